//! What we know of the extensions of one tenant: a digest per object, found by number and by person.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;

use super::number::Number;
use super::person::PersonId;
use super::view::View;
use crate::api::PbxExtension;
use crate::api::extension::{DisabledReason, Photo};
use crate::api::names::{LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, MANAGED_BY};

/// What is kept in memory of one `PbxExtension`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The number; with the tenant it is the object's name.
    pub number: Number,
    /// The integration that keeps the extension; `None` for one of the phone system's administrators.
    pub integration: Option<Arc<str>>,
    /// The person whose extension it is, when it came from a directory.
    pub person: Option<PersonId>,
    /// The organization that the person came from.
    pub customer: Option<Arc<str>>,
    /// `spec.enabled`.
    pub enabled: bool,
    /// `spec.disabledReason`.
    pub reason: Option<DisabledReason>,
    /// `spec.removeAfter`, in seconds since 1970.
    pub remove_after: Option<i64>,
    /// The addresses in an extension that no integration keeps.
    pub addresses: Option<Box<Addresses>>,
    /// Hash of the [`View`].
    pub view: u64,
    /// [`photo_mark`] of `spec.user.photo`.
    pub photo: u32,
    /// `metadata.generation`.
    pub generation: i64,
    /// `metadata.resourceVersion`; Kubernetes 1.35 and later promise that they compare as numbers, and etcd's always have.
    pub version: u64,
    /// `metadata.creationTimestamp` in seconds since 1970.
    pub created: i64,
    /// Deleted, and kept by somebody's finalizer until that is done.
    pub terminating: bool,
}

impl Digest {
    /// Reduces an object; `None` when its number is none, which the CRD's schema refuses.
    pub fn of(object: &PbxExtension, names: &mut Names) -> Option<Self> {
        let labels = object.labels();
        let ours = labels
            .get(LABEL_MANAGED_BY)
            .is_some_and(|value| value == MANAGED_BY);
        let integration = labels
            .get(LABEL_INTEGRATION)
            .filter(|_| ours)
            .map(|name| names.shared(name));
        let identity = object.spec.google.as_ref();
        let person = identity.map(|google| google.user_id.as_str()).or_else(|| {
            integration.as_ref()?;
            labels.get(LABEL_GOOGLE_USER_ID).map(String::as_str)
        });
        let addresses = integration.is_none().then(|| Addresses::of(object)).flatten();
        let remove_after = object.spec.remove_after.as_deref();
        Some(Self {
            number: Number::parse(&object.spec.number)?,
            integration,
            person: person.map(PersonId::new),
            customer: identity
                .and_then(|google| google.customer_id.as_deref())
                .map(|id| names.shared(id)),
            enabled: object.spec.enabled,
            reason: object.spec.disabled_reason,
            remove_after: remove_after
                .and_then(|time| time.parse::<Timestamp>().ok())
                .map(Timestamp::as_second),
            addresses,
            view: View::of(object).hash(),
            photo: photo_mark(photo_of(object)),
            generation: object.metadata.generation.unwrap_or_default(),
            version: object
                .resource_version()
                .and_then(|version| version.parse().ok())
                .unwrap_or_default(),
            created: object.creation_timestamp().map_or(0, |time| time.0.as_second()),
            terminating: object.metadata.deletion_timestamp.is_some(),
        })
    }

    /// Disabled by an administrator, not by us: a sync respects that.
    pub fn disabled_by_administrator(&self) -> bool {
        !self.enabled && self.reason.is_none()
    }

    /// Hash of everything that a sync keeps, the photo included. Good within one process only.
    pub fn kept(&self) -> u64 {
        kept(self.view, self.photo)
    }

    fn is_kept_by(&self, integration: &str) -> bool {
        self.integration.as_deref() == Some(integration)
    }

    /// Of two extensions of one person the older one stays, and of two equally old ones the lower number; but none that goes.
    fn precedence(&self) -> (bool, i64, Number) {
        (self.terminating, self.created, self.number)
    }
}

/// What an extension says about its person's photo.
pub fn photo_of(object: &PbxExtension) -> Option<&Photo> {
    object.spec.user.as_ref()?.photo.as_ref()
}

/// Hash of what an extension says about a photo, 0 for none. Good within one process only. 32 bits fit where a digest has
/// room; by chance two marks of a photo are equal once in a billion changes.
pub fn photo_mark(photo: Option<&Photo>) -> u32 {
    photo.map_or(0, |photo| {
        let mut hasher = DefaultHasher::new();
        photo.hash(&mut hasher);
        let hash = hasher.finish();
        u32::try_from(hash >> 32).map_or(1, |mark| mark.max(1))
    })
}

/// Hash of an extension with this view and this photo.
pub fn kept(view: u64, photo: u32) -> u64 {
    view ^ u64::from(photo)
}

/// The e-mail addresses of an extension, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(Vec<String>);

impl Addresses {
    fn of(object: &PbxExtension) -> Option<Box<Self>> {
        let user = object.spec.user.as_ref()?;
        let all = user.email.iter().chain(&user.email_aliases);
        let addresses: Vec<_> = all.map(|address| address.to_lowercase()).collect();
        (!addresses.is_empty()).then(|| Box::new(Self(addresses)))
    }
}

/// Shares the few names that stand in every digest.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, Arc<str>>);

impl Names {
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.0.get(name) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = name.into();
        self.0.insert(name.to_owned(), Arc::clone(&shared));
        shared
    }
}

/// The extensions of one tenant in one namespace.
#[derive(Debug, Default)]
pub struct TenantIndex {
    /// Boxed, because a hash table that has just grown is half empty.
    by_number: HashMap<Number, Box<Digest>>,
    /// The extension that stays, for each person.
    by_person: HashMap<PersonId, Number>,
    /// Further extensions of a person; there are some only after two operators were alive at once.
    duplicates: HashMap<PersonId, Vec<Number>>,
    /// Numbers whose extension somebody deleted by hand: they are their persons' until these have them back.
    former: HashMap<PersonId, Number>,
    former_of: HashMap<Number, PersonId>,
    /// Extensions that no integration keeps, by the addresses in them.
    unmanaged: HashMap<String, BTreeSet<Number>>,
}

impl TenantIndex {
    /// Adds or replaces what is known of an extension, unless something newer is known already.
    pub fn upsert(&mut self, digest: Digest) {
        if self
            .by_number
            .get(&digest.number)
            .is_some_and(|known| known.version > digest.version)
        {
            return;
        }
        self.take(digest.number);
        let (number, person) = (digest.number, digest.person.clone());
        for address in digest.addresses.iter().flat_map(|addresses| &addresses.0) {
            let numbers = self.unmanaged.entry(address.clone()).or_default();
            numbers.insert(number);
        }
        self.by_number.insert(number, Box::new(digest));
        if let Some(person) = person {
            self.forget_former(&person);
            self.link(person, number);
        }
    }

    /// Forgets an extension that is gone.
    pub fn remove(&mut self, number: Number) -> Option<Digest> {
        self.take(number)
    }

    /// Forgets an extension that was deleted by hand, and keeps its number for its person.
    pub fn remove_by_hand(&mut self, number: Number) -> Option<Digest> {
        let digest = self.take(number)?;
        if let Some(person) = digest
            .person
            .as_ref()
            .filter(|person| !self.by_person.contains_key(*person))
        {
            self.former.insert(person.clone(), number);
            self.former_of.insert(number, person.clone());
        }
        Some(digest)
    }

    fn link(&mut self, person: PersonId, number: Number) {
        let Some(stays) = self.by_person.get(&person).copied() else {
            self.by_person.insert(person, number);
            return;
        };
        let (first, second) = if self.precedence(number) < self.precedence(stays) {
            (number, stays)
        } else {
            (stays, number)
        };
        self.by_person.insert(person.clone(), first);
        self.duplicates.entry(person).or_default().push(second);
    }

    fn take(&mut self, number: Number) -> Option<Digest> {
        let digest = *self.by_number.remove(&number)?;
        for address in digest.addresses.iter().flat_map(|addresses| &addresses.0) {
            if let Some(numbers) = self.unmanaged.get_mut(address) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    self.unmanaged.remove(address);
                }
            }
        }
        let Some(person) = &digest.person else {
            return Some(digest);
        };
        let mut others = self.duplicates.remove(person).unwrap_or_default();
        others.retain(|other| *other != number);
        if self.by_person.get(person) == Some(&number) {
            self.by_person.remove(person);
            for other in others {
                self.link(person.clone(), other);
            }
        } else if !others.is_empty() {
            self.duplicates.insert(person.clone(), others);
        }
        Some(digest)
    }

    fn precedence(&self, number: Number) -> Option<(bool, i64, Number)> {
        self.get(number).map(Digest::precedence)
    }

    /// The extension with this number.
    pub fn get(&self, number: Number) -> Option<&Digest> {
        self.by_number.get(&number).map(Box::as_ref)
    }

    /// Whether any extension, ours or not, has this number.
    pub fn is_taken(&self, number: Number) -> bool {
        self.by_number.contains_key(&number)
    }

    /// The person's extension. When there are several, the one that stays.
    pub fn of_person(&self, person: &PersonId) -> Option<&Digest> {
        self.get(*self.by_person.get(person)?)
    }

    /// Every extension of a person, the one that stays first.
    pub fn all_of_person(&self, person: &PersonId) -> impl Iterator<Item = &Digest> {
        let first = self.by_person.get(person);
        let others = self.duplicates.get(person).into_iter().flatten();
        first
            .into_iter()
            .chain(others)
            .filter_map(|number| self.get(*number))
    }

    /// Extensions that no integration keeps and that have one of these addresses, by number.
    pub fn unmanaged_with<'a>(&self, addresses: impl Iterator<Item = &'a String>) -> Vec<&Digest> {
        let numbers: BTreeSet<_> = addresses
            .filter_map(|address| self.unmanaged.get(address))
            .flatten()
            .collect();
        numbers
            .into_iter()
            .filter_map(|number| self.get(*number))
            .collect()
    }

    /// Extensions that an integration keeps for people who have an older one, by number.
    pub fn duplicates(&self, integration: &str) -> Vec<&Digest> {
        let mut duplicates: Vec<_> = self
            .duplicates
            .values()
            .flatten()
            .filter_map(|number| self.get(*number))
            .filter(|digest| digest.is_kept_by(integration))
            .collect();
        duplicates.sort_by_key(|digest| digest.number);
        duplicates
    }

    /// Every extension, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.by_number.values().map(Box::as_ref)
    }

    /// The extensions that an integration keeps, in no order.
    pub fn kept_by<'a>(&'a self, integration: &'a str) -> impl Iterator<Item = &'a Digest> {
        self.iter().filter(move |digest| digest.is_kept_by(integration))
    }

    /// The organization that an integration's extensions came from.
    pub fn customer_of(&self, integration: &str) -> Option<Arc<str>> {
        self.kept_by(integration)
            .find_map(|digest| digest.customer.clone())
    }

    /// The number that this person had until somebody deleted the extension by hand.
    pub fn former_number(&self, person: &PersonId) -> Option<Number> {
        self.former.get(person).copied()
    }

    /// Whether another person is about to get this number back.
    pub fn is_former_number_of_another(&self, number: Number, person: &PersonId) -> bool {
        self.former_of.get(&number).is_some_and(|owner| owner != person)
    }

    /// Gives up the claim on a number that was deleted by hand.
    pub fn forget_former(&mut self, person: &PersonId) {
        if let Some(number) = self.former.remove(person)
            && self.former_of.get(&number) == Some(person)
        {
            self.former_of.remove(&number);
        }
    }

    /// Gives up the claims of everybody who did not turn up in a complete read: their numbers are free.
    pub fn keep_former(&mut self, turned_up: impl Fn(&PersonId) -> bool) {
        self.former.retain(|person, _| turned_up(person));
        let former = &self.former;
        self.former_of
            .retain(|number, person| former.get(person) == Some(number));
    }

    /// How many extensions there are.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: &str, person: &str, created: i64, version: u64) -> Digest {
        Digest {
            number: Number::parse(number).unwrap(),
            integration: Some("acme".into()),
            person: Some(PersonId::new(person)),
            customer: None,
            enabled: true,
            reason: None,
            remove_after: None,
            addresses: None,
            view: 0,
            photo: 0,
            generation: 1,
            version,
            created,
            terminating: false,
        }
    }

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn an_older_version_never_replaces_a_newer_one() {
        let mut index = TenantIndex::default();
        index.upsert(digest("1001", "1", 0, 5));
        index.upsert(Digest {
            enabled: false,
            ..digest("1001", "1", 0, 4)
        });
        assert!(index.get(number("1001")).unwrap().enabled);
    }

    #[test]
    fn of_two_extensions_the_older_stays_and_the_other_is_a_duplicate() {
        let mut index = TenantIndex::default();
        index.upsert(digest("1001", "1", 20, 1));
        index.upsert(digest("1002", "1", 10, 2));
        index.upsert(digest("1003", "1", 10, 3));
        assert_eq!(
            index.of_person(&PersonId::new("1")).unwrap().number,
            number("1002")
        );
        let duplicates: Vec<_> = index.duplicates("acme").iter().map(|d| d.number).collect();
        assert_eq!(duplicates, [number("1001"), number("1003")]);
        index.remove(number("1002"));
        assert_eq!(
            index.of_person(&PersonId::new("1")).unwrap().number,
            number("1003")
        );
        index.remove(number("1003"));
        assert_eq!(
            index.of_person(&PersonId::new("1")).unwrap().number,
            number("1001")
        );
        assert!(index.duplicates("acme").is_empty());
        index.remove(number("1001"));
        assert!(index.of_person(&PersonId::new("1")).is_none());
        assert!(index.is_empty());
    }

    #[test]
    fn who_does_not_turn_up_has_no_claim() {
        let mut index = TenantIndex::default();
        for (text, person) in [("1001", "1"), ("1002", "2")] {
            index.upsert(digest(text, person, 0, 1));
            index.remove_by_hand(number(text));
        }
        index.keep_former(|person| person.as_str() == "2");
        assert_eq!(index.former_number(&PersonId::new("1")), None);
        assert!(!index.is_former_number_of_another(number("1001"), &PersonId::new("3")));
        assert_eq!(index.former_number(&PersonId::new("2")), Some(number("1002")));
    }

    #[test]
    fn a_number_deleted_by_hand_waits_for_its_person() {
        let mut index = TenantIndex::default();
        let (ana, bo) = (PersonId::new("1"), PersonId::new("2"));
        index.upsert(digest("1001", "1", 0, 1));
        index.remove_by_hand(number("1001"));
        assert_eq!(index.former_number(&ana), Some(number("1001")));
        assert!(index.is_former_number_of_another(number("1001"), &bo));
        index.upsert(digest("1001", "1", 0, 2));
        assert_eq!(index.former_number(&ana), None);
        assert!(!index.is_former_number_of_another(number("1001"), &bo));
    }

    #[test]
    fn a_number_deleted_by_hand_twice_waits_for_the_second_person_too() {
        let mut index = TenantIndex::default();
        for (person, version) in [("1", 1), ("2", 2)] {
            index.upsert(digest("1001", person, 0, version));
            index.remove_by_hand(number("1001"));
        }
        index.upsert(digest("1002", "1", 0, 3));
        assert_eq!(index.former_number(&PersonId::new("2")), Some(number("1001")));
        assert!(index.is_former_number_of_another(number("1001"), &PersonId::new("3")));
    }

    #[test]
    fn a_photo_shows_in_its_mark_and_not_in_the_view() {
        let mut names = Names::default();
        let mut of = |photo: serde_json::Value| {
            let object = serde_json::json!({
                "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension", "metadata": {"name": "acme-1001"},
                "spec": {"tenant": "acme", "number": "1001", "user": {"firstName": "Ana", "photo": photo}},
            });
            Digest::of(&serde_json::from_value(object).unwrap(), &mut names).unwrap()
        };
        let photo = |name: &str, key: &str, mime: &str, etag: &str| serde_json::json!({"configMapRef": {"name": name, "key": key}, "mimeType": mime, "etag": etag});
        let none = of(serde_json::Value::Null);
        assert_eq!((none.photo, none.kept()), (0, none.view));
        let all = [
            of(photo("a", "b", "c", "d")),
            of(photo("x", "b", "c", "d")),
            of(photo("a", "x", "c", "d")),
            of(photo("a", "b", "x", "d")),
            of(photo("a", "b", "c", "x")),
        ];
        let marks: BTreeSet<_> = all.iter().map(|digest| digest.photo).collect();
        let kept: BTreeSet<_> = all.iter().map(Digest::kept).collect();
        assert_eq!((marks.len(), kept.len(), marks.contains(&0)), (5, 5, false));
        assert!(all.iter().all(|digest| digest.view == none.view));
        // What 300,000 of them take counts.
        assert_eq!(size_of::<Digest>(), 120);
    }
}
