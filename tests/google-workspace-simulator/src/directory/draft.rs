//! Making and changing a person's `User` resource as Google does.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::change_error::ChangeError;
use crate::clock::google_time;
use crate::schema;

/// A person's resource while it is made or changed. It may be malformed wherever a test wants it to be; the identity is not.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) primary_email: String,
    pub(crate) resource: Map<String, Value>,
    /// Set on deleted people only.
    pub(crate) deleted_at: Option<Timestamp>,
}

/// What a new resource is completed with.
pub(crate) struct Context<'a> {
    pub(crate) customer_id: &'a str,
    pub(crate) now: Timestamp,
    /// Grows with every change, so that every change gives a new etag.
    pub(crate) version: u64,
}

impl Draft {
    /// Makes a person from a resource: fills in what Google always sends. A field given as `null` stays absent.
    pub(crate) fn create(given: Map<String, Value>, context: &Context<'_>) -> Result<Self, ChangeError> {
        schema::USER
            .check_names(&given, "user")
            .map_err(|error| ChangeError::Invalid(error.to_string()))?;
        let primary_email = address(given.get("primaryEmail"), "primaryEmail")?;
        let id = match given.get("id") {
            Some(id) => valid_id(id)?,
            None => invent_person_id(&primary_email),
        };
        Ok(Self::complete(given, id, primary_email, context))
    }

    /// Fills in what Google always sends. Id and address are those of the resource.
    pub(crate) fn complete(
        given: Map<String, Value>,
        id: String,
        primary_email: String,
        context: &Context<'_>,
    ) -> Self {
        let mut resource = defaults(&primary_email, context);
        let full_name_given = gives_full_name(&given);
        resource.extend(given);
        resource.insert("id".to_owned(), id.clone().into());
        let derived = emails(&addresses(&resource, &primary_email));
        resource.entry("emails").or_insert(derived);
        resource.retain(|_, value| !value.is_null());
        resource.remove("deletionTime");
        resource.remove("password");
        resource.remove("hashFunction");
        let mut user = Self {
            id,
            primary_email,
            resource,
            deleted_at: None,
        };
        if !full_name_given {
            user.complete_name();
        }
        user.follow_flags(context.now);
        user.stamp(context.version);
        user
    }

    /// The person after a JSON merge patch: a renamed person keeps the id, and the old address becomes an alias.
    pub(crate) fn patched(
        &self,
        patch: &Map<String, Value>,
        context: &Context<'_>,
    ) -> Result<Self, ChangeError> {
        schema::USER
            .check_names(patch, "user")
            .map_err(|error| ChangeError::Invalid(error.to_string()))?;
        if patch.get("id").is_some_and(|id| id.as_str() != Some(&self.id)) {
            return Err(ChangeError::Invalid("id: never changes".to_owned()));
        }
        let mut user = self.clone();
        user.deleted_at = None;
        merge(&mut user.resource, patch);
        for key in ["etag", "kind", "deletionTime", "password", "hashFunction"] {
            user.resource.remove(key);
        }
        user.resource.insert("id".to_owned(), user.id.clone().into());
        user.primary_email = address(user.resource.get("primaryEmail"), "primaryEmail")?;
        user.follow_addresses(self, patch);
        if patch.contains_key("name") && !gives_full_name(patch) {
            user.complete_name();
        }
        user.follow_flags(context.now);
        user.stamp(context.version);
        Ok(user)
    }

    /// Every address that reaches this person, the primary one first.
    pub(crate) fn addresses(&self) -> Vec<String> {
        addresses(&self.resource, &self.primary_email)
    }

    /// Gives the resource its kind and a new etag.
    pub(crate) fn stamp(&mut self, version: u64) {
        self.resource
            .insert("kind".to_owned(), "admin#directory#user".into());
        self.resource
            .insert("etag".to_owned(), etag(&(&self.id, version)).into());
    }

    /// `fullName` is Google's concatenation unless somebody gave one.
    fn complete_name(&mut self) {
        let Some(Value::Object(name)) = self.resource.get_mut("name") else {
            return;
        };
        let part = |part: &str| name.get(part).and_then(Value::as_str).unwrap_or_default();
        let full = full_name(part("givenName"), part("familyName"));
        name.insert("fullName".to_owned(), full.into());
    }

    /// Suspension and archival bring their times and reasons, and take them away again.
    fn follow_flags(&mut self, now: Timestamp) {
        for (flag, companions) in [
            (
                "suspended",
                &[("suspensionReason", None), ("suspensionTime", Some(()))][..],
            ),
            ("archived", &[("archivalTime", Some(()))][..]),
        ] {
            let set = self.resource.get(flag) == Some(&Value::Bool(true));
            for (name, is_time) in companions {
                if !set {
                    self.resource.remove(*name);
                } else if !self.resource.contains_key(*name) {
                    let value = if is_time.is_some() {
                        google_time(now)
                    } else {
                        "ADMIN".to_owned()
                    };
                    self.resource.insert((*name).to_owned(), value.into());
                }
            }
        }
    }

    /// Keeps aliases and the `emails` list in step with a changed primary address or changed aliases.
    fn follow_addresses(&mut self, before: &Self, patch: &Map<String, Value>) {
        let renamed = self.primary_email != before.primary_email;
        if renamed {
            let mut aliases = strings(self.resource.get("aliases"));
            aliases.retain(|alias| !alias.eq_ignore_ascii_case(&self.primary_email));
            let known = |address: &str| aliases.iter().any(|alias| alias.eq_ignore_ascii_case(address));
            if !known(&before.primary_email)
                && !before.primary_email.eq_ignore_ascii_case(&self.primary_email)
            {
                aliases.push(before.primary_email.clone());
            }
            if aliases.is_empty() {
                self.resource.remove("aliases");
            } else {
                self.resource.insert("aliases".to_owned(), aliases.into());
            }
        }
        let own_list =
            patch.contains_key("emails") || !self.resource.get("emails").is_some_and(Value::is_array);
        if own_list || !(renamed || patch.contains_key("aliases")) {
            return;
        }
        let old = before.addresses();
        let mut list = emails(&self.addresses());
        if let (Value::Array(list), Some(Value::Array(entries))) = (&mut list, self.resource.get("emails")) {
            let others = entries.iter().filter(|entry| {
                let address = entry.get("address").and_then(Value::as_str).unwrap_or_default();
                !old.iter().any(|own| own.eq_ignore_ascii_case(address))
            });
            list.extend(others.cloned());
        }
        self.resource.insert("emails".to_owned(), list);
    }
}

/// An etag as Google writes them: two hashes in literal quotes.
pub(crate) fn etag(of: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let first = hasher.finish();
    hasher.write_u64(first);
    let encode = |number: u64| URL_SAFE_NO_PAD.encode(number.to_be_bytes());
    format!("\"{}/{}\"", encode(first), encode(hasher.finish()))
}

fn defaults(primary_email: &str, context: &Context<'_>) -> Map<String, Value> {
    let mut resource = Map::new();
    let flags = [
        ("agreedToTerms", true),
        ("archived", false),
        ("changePasswordAtNextLogin", false),
        ("includeInGlobalAddressList", true),
        ("ipWhitelisted", false),
        ("isAdmin", false),
        ("isDelegatedAdmin", false),
        ("isEnforcedIn2Sv", false),
        ("isEnrolledIn2Sv", false),
        ("isMailboxSetup", true),
        ("suspended", false),
    ];
    for (flag, value) in flags {
        resource.insert(flag.to_owned(), value.into());
    }
    let texts = [
        ("creationTime", google_time(context.now)),
        ("customerId", context.customer_id.to_owned()),
        ("lastLoginTime", google_time(Timestamp::UNIX_EPOCH)),
        ("orgUnitPath", "/".to_owned()),
    ];
    for (name, value) in texts {
        resource.insert(name.to_owned(), value.into());
    }
    resource.insert(
        "nonEditableAliases".to_owned(),
        json!([format!("{primary_email}.test-google-a.com")]),
    );
    resource
}

/// Google's concatenation.
pub(super) fn full_name(given: &str, family: &str) -> String {
    format!("{given} {family}").trim().to_owned()
}

fn gives_full_name(given: &Map<String, Value>) -> bool {
    given
        .get("name")
        .is_some_and(|name| name.get("fullName").is_some())
}

fn addresses(resource: &Map<String, Value>, primary_email: &str) -> Vec<String> {
    let mut all = vec![primary_email.to_owned()];
    all.extend(strings(resource.get("aliases")));
    all.extend(strings(resource.get("nonEditableAliases")));
    all
}

/// The `emails` list that Google derives: the primary entry has no type, aliases follow.
fn emails(addresses: &[String]) -> Value {
    let entry = |(index, address): (usize, &String)| match index {
        0 => json!({ "address": address, "primary": true }),
        _ => json!({ "address": address }),
    };
    addresses.iter().enumerate().map(entry).collect()
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let items = list
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// An address given as a field of a resource.
pub(super) fn address(value: Option<&Value>, field: &str) -> Result<String, ChangeError> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    match text.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => Ok(text.to_owned()),
        _ => Err(ChangeError::Invalid(format!(
            "{field}: {text:?} is not an address"
        ))),
    }
}

fn valid_id(value: &Value) -> Result<String, ChangeError> {
    match value.as_str() {
        Some(id) if !id.is_empty() && id.len() <= 21 && id.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(id.to_owned())
        }
        _ => Err(ChangeError::Invalid(format!(
            "id: {value} is not a string of up to 21 digits"
        ))),
    }
}

/// An id of 21 digits, the same for the same address.
pub(super) fn invent_person_id(primary_email: &str) -> String {
    let mut hasher = DefaultHasher::new();
    primary_email.to_lowercase().hash(&mut hasher);
    format!("1{:020}", hasher.finish())
}

/// JSON merge patch (RFC 7396) of one object.
pub(super) fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, change) in patch {
        match (target.get_mut(key), change) {
            (_, Value::Null) => {
                target.remove(key);
            }
            (Some(Value::Object(inner)), Value::Object(change)) => merge(inner, change),
            (_, Value::Object(change)) => {
                let mut inner = Map::new();
                merge(&mut inner, change);
                target.insert(key.clone(), Value::Object(inner));
            }
            _ => {
                target.insert(key.clone(), change.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context<'static> {
        Context {
            customer_id: "C1",
            now: Timestamp::UNIX_EPOCH,
            version: 1,
        }
    }

    fn user(resource: &Value) -> Draft {
        Draft::create(resource.as_object().unwrap().clone(), &context()).unwrap()
    }

    fn patched(user: &Draft, patch: &Value) -> Draft {
        user.patched(
            patch.as_object().unwrap(),
            &Context {
                version: 2,
                ..context()
            },
        )
        .unwrap()
    }

    #[test]
    fn a_new_person_is_completed_but_null_stays_absent() {
        let user = user(
            &json!({"primaryEmail": "Ann@acme.example", "name": {"givenName": "Ann", "familyName": "Lee"}, "archived": null}),
        );
        assert_eq!(user.id.len(), 21);
        assert_eq!(user.resource["name"]["fullName"], "Ann Lee");
        assert_eq!(user.resource["suspended"], false);
        assert!(!user.resource.contains_key("archived"));
        assert_eq!(
            user.resource["emails"][1]["address"],
            "Ann@acme.example.test-google-a.com"
        );
    }

    #[test]
    fn a_rename_keeps_the_id_and_turns_the_old_address_into_an_alias() {
        let before = user(
            &json!({"primaryEmail": "ann@acme.example", "aliases": ["al@acme.example"],
            "emails": [{"address": "ann@acme.example", "primary": true}, {"address": "home@home.example", "type": "home"}]}),
        );
        let after = patched(&before, &json!({"primaryEmail": "al@acme.example"}));
        assert_eq!(after.id, before.id);
        assert_eq!(after.resource["aliases"], json!(["ann@acme.example"]));
        assert_eq!(
            after.resource["emails"][0],
            json!({"address": "al@acme.example", "primary": true})
        );
        assert!(
            after.resource["emails"]
                .as_array()
                .unwrap()
                .contains(&json!({"address": "home@home.example", "type": "home"}))
        );
        assert_ne!(after.resource["etag"], before.resource["etag"]);
    }

    #[test]
    fn suspension_and_archival_bring_their_companions_and_take_them_away() {
        let before = user(&json!({"primaryEmail": "ann@acme.example"}));
        let suspended = patched(&before, &json!({"suspended": true, "archived": true}));
        assert_eq!(suspended.resource["suspensionReason"], "ADMIN");
        assert_eq!(suspended.resource["archivalTime"], "1970-01-01T00:00:00.000Z");
        let back = patched(&suspended, &json!({"suspended": false, "archived": false}));
        assert!(
            !back.resource.contains_key("suspensionReason") && !back.resource.contains_key("archivalTime")
        );
    }

    #[test]
    fn wrong_identities_are_refused() {
        let ann = user(&json!({"primaryEmail": "ann@acme.example"}));
        for patch in [
            json!({"id": "7"}),
            json!({"primaryEmail": "ann"}),
            json!({"primaryEmail": null}),
            json!({"mail": 1}),
        ] {
            assert!(
                ann.patched(patch.as_object().unwrap(), &context()).is_err(),
                "{patch}"
            );
        }
        for resource in [
            json!({}),
            json!({"primaryEmail": "@acme.example"}),
            json!({"primaryEmail": "a@b", "id": 7}),
        ] {
            assert!(
                Draft::create(resource.as_object().unwrap().clone(), &context()).is_err(),
                "{resource}"
            );
        }
    }
}
