//! The directory of the simulated Workspace: people, deleted people, groups, org units and the customer.

mod change_error;
mod crowd;
pub(crate) mod custom_schemas;
pub(crate) mod draft;
pub(crate) mod groups;
mod member;
mod membership;
pub(crate) mod org_units;
pub(crate) mod photos;
mod picturing;
mod place;
mod placing;
mod roster;
mod seeding;
pub(crate) mod shelf;
#[cfg(test)]
mod twins;
pub(crate) mod user;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::answers::TokenError;
pub use change_error::ChangeError;
use change_error::nobody;
use custom_schemas::CustomSchemas;
use draft::{Context, Draft};
use groups::Groups;
use org_units::OrgUnits;
use photos::Photos;
use shelf::Shelf;
use user::{Stored, User};

/// For how long a deleted person can be listed and restored.
const UNDELETE: SignedDuration = SignedDuration::from_hours(20 * 24);

/// Everything that the Directory API reads.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    customer: Map<String, Value>,
    live: Shelf,
    deleted: Shelf,
    /// Lower-case address of a living person who is stored to id.
    addresses: HashMap<String, String>,
    groups: Groups,
    org_units: OrgUnits,
    schemas: CustomSchemas,
    photos: Photos,
    domains: HashSet<String>,
    /// Domains of other customers.
    foreign_domains: HashSet<String>,
    version: u64,
}

impl Directory {
    /// The `Customer` resource.
    pub(crate) fn customer(&self) -> &Map<String, Value> {
        &self.customer
    }

    /// The customer id.
    pub(crate) fn customer_id(&self) -> &str {
        self.customer
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether a domain belongs to this customer.
    pub(crate) fn has_domain(&self, domain: &str) -> bool {
        self.domains.contains(&domain.to_lowercase())
    }

    /// Whether a domain belongs to another customer.
    pub(crate) fn is_foreign_domain(&self, domain: &str) -> bool {
        self.foreign_domains.contains(&domain.to_lowercase())
    }

    /// All groups.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// All organizational units.
    pub(crate) fn org_units(&self) -> &OrgUnits {
        &self.org_units
    }

    /// The schemas of custom fields.
    pub(crate) fn schemas(&self) -> &CustomSchemas {
        &self.schemas
    }

    /// The customer's domains, in the order of their names.
    pub(crate) fn domains(&self) -> Vec<&str> {
        let mut domains: Vec<&str> = self.domains.iter().map(String::as_str).collect();
        domains.sort_unstable();
        domains
    }

    /// The people that can be listed: the living, or those deleted in the last 20 days.
    pub(crate) fn people(&self, deleted: bool) -> &Shelf {
        if deleted { &self.deleted } else { &self.live }
    }

    /// A living person by id, primary address or alias.
    pub(crate) fn find(&self, key: &str) -> Option<User> {
        let by_address = || self.reached_at(&key.to_lowercase());
        self.live.get(key).or_else(by_address)
    }

    /// The living person whom an address in lower case reaches.
    fn reached_at(&self, address: &str) -> Option<User> {
        match self.addresses.get(address) {
            Some(id) => self.live.get(id),
            None => self.live.made_at(address),
        }
    }

    /// The id of the person that a service account wants to act for; nothing when there is no such person.
    pub(crate) fn subject(&self, address: &str) -> Result<Option<String>, TokenError> {
        let Some((_, domain)) = address.split_once('@').filter(|(local, _)| !local.is_empty()) else {
            let description = format!("Invalid impersonation &quot;sub&quot; field: {address}");
            return Err(TokenError::new("invalid_request", &description));
        };
        if !self.has_domain(domain) {
            return Err(TokenError::new(
                "unauthorized_client",
                "Unauthorized client or scope in request.",
            ));
        }
        match self.find(address) {
            Some(user) if user.flag("suspended") || user.flag("archived") => {
                Err(TokenError::new("invalid_account", "Forbidden"))
            }
            found => Ok(found.map(|user| user.id().into_owned())),
        }
    }

    /// Adds a person.
    pub(crate) fn create(&mut self, resource: Value, now: Timestamp) -> Result<User, ChangeError> {
        let Value::Object(given) = resource else {
            return Err(ChangeError::Invalid("the user must be a JSON object".to_owned()));
        };
        let context = self.context(now);
        let user = Stored::from(Draft::create(given, &context)?);
        if self.live.get(&user.id).is_some() || self.deleted.get(&user.id).is_some() {
            return Err(ChangeError::Conflict(format!("id: {:?} is taken", user.id)));
        }
        self.admit(user)
    }

    /// Changes a living person by id, address or alias; or restores a deleted one, by id, when `deletionTime` is `null`.
    pub(crate) fn patch(&mut self, key: &str, patch: &Value, now: Timestamp) -> Result<User, ChangeError> {
        let Value::Object(patch) = patch else {
            return Err(ChangeError::Invalid("the patch must be a JSON object".to_owned()));
        };
        self.forget_expired(now);
        if patch.get("deletionTime").is_some_and(|time| !time.is_null()) {
            return Err(ChangeError::Invalid(
                "deletionTime: delete the user instead of setting it".to_owned(),
            ));
        }
        let restore = patch.contains_key("deletionTime");
        let current = match self.find(key) {
            Some(user) => user,
            None if restore => self.deleted.get(key).ok_or_else(|| nobody(key))?,
            None => return Err(nobody(key)),
        };
        let context = self.context(now);
        let changed = Stored::from(current.draft().patched(patch, &context)?);
        self.check_addresses(&changed)?;
        self.deleted.remove(&current.id());
        self.evict(&current);
        let changed = self.admit(changed)?;
        if changed.primary_email() != current.primary_email() {
            self.groups
                .readdress_member(&changed.id(), &changed.primary_email());
        }
        Ok(changed)
    }

    /// Deletes a living person, who can be listed and restored for 20 days.
    pub(crate) fn delete(&mut self, key: &str, now: Timestamp) -> Result<(), ChangeError> {
        self.forget_expired(now);
        let user = self.find(key).ok_or_else(|| nobody(key))?;
        self.evict(&user);
        let mut gone = user.draft();
        gone.deleted_at = Some(now);
        gone.stamp(self.next_version());
        self.deleted.insert(Arc::new(gone.into()));
        Ok(())
    }

    /// Forgets people who were deleted more than 20 days ago.
    pub(crate) fn forget_expired(&mut self, now: Timestamp) {
        let expired = |user: &User| {
            user.deleted_at()
                .is_none_or(|at| now.duration_since(at) >= UNDELETE)
        };
        let ids: Vec<String> = self
            .deleted
            .after(shelf::Order::Email, false, None)
            .filter(expired)
            .map(|user| user.id().into_owned())
            .collect();
        for id in ids {
            self.deleted.remove(&id);
            self.photos.forget(&id);
        }
    }

    fn admit(&mut self, user: Stored) -> Result<User, ChangeError> {
        self.check_addresses(&user)?;
        note_addresses(&mut self.addresses, &user);
        if let Some((_, domain)) = user.primary_email.split_once('@') {
            self.domains.insert(domain.to_lowercase());
        }
        self.imply_org_unit(&user.org_unit_path);
        let user = Arc::new(user);
        self.live.insert(Arc::clone(&user));
        let user = User::Stored(user);
        if user.has_custom_fields() {
            self.schemas.imply(&user.resource());
        }
        Ok(user)
    }

    fn evict(&mut self, user: &User) {
        if self.live.remove(&user.id()) {
            for address in &*user.addresses() {
                self.addresses.remove(&address.to_lowercase());
            }
        }
    }

    fn check_addresses(&self, user: &Stored) -> Result<(), ChangeError> {
        for address in &user.addresses {
            let lower = address.to_lowercase();
            let other = self
                .reached_at(&lower)
                .is_some_and(|other| other.id() != *user.id);
            if other || self.groups.find(&lower).is_some() {
                return Err(ChangeError::Conflict(format!("{address:?} is taken")));
            }
        }
        Ok(())
    }

    fn context(&mut self, now: Timestamp) -> Context<'_> {
        let version = self.next_version();
        Context {
            customer_id: self.customer_id(),
            now,
            version,
        }
    }

    fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }
}

fn note_addresses(addresses: &mut HashMap<String, String>, user: &Stored) {
    for address in &user.addresses {
        addresses.insert(address.to_lowercase(), user.id.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use serde_json::json;

    fn directory() -> Directory {
        let seed = Seed {
            users: vec![
                json!({"primaryEmail": "ann@acme.example"}),
                json!({"primaryEmail": "bob@acme.example"}),
            ],
            groups: vec![json!({"email": "team@acme.example"})],
            ..Seed::default()
        };
        Directory::new(seed, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn addresses_are_unique_across_people_aliases_and_groups() {
        let mut directory = directory();
        let now = Timestamp::UNIX_EPOCH;
        for taken in ["ANN@acme.example", "team@acme.example"] {
            let error = directory.create(json!({"primaryEmail": taken}), now).unwrap_err();
            assert!(matches!(error, ChangeError::Conflict(_)), "{error}");
        }
        let error = directory
            .patch("bob@acme.example", &json!({"aliases": ["ann@acme.example"]}), now)
            .unwrap_err();
        assert!(matches!(error, ChangeError::Conflict(_)), "{error}");
        assert_eq!(
            directory.find("bob@acme.example").unwrap().primary_email(),
            "bob@acme.example"
        );
    }

    #[test]
    fn a_restored_person_must_not_take_an_address_that_is_used_again() {
        let mut directory = directory();
        let now = Timestamp::UNIX_EPOCH;
        let id = directory.find("ann@acme.example").unwrap().id().into_owned();
        directory.delete(&id, now).unwrap();
        directory
            .create(json!({"primaryEmail": "ann@acme.example", "id": "42"}), now)
            .unwrap();
        let restore = json!({"deletionTime": null});
        assert!(matches!(
            directory.patch(&id, &restore, now),
            Err(ChangeError::Conflict(_))
        ));
        directory.delete("42", now).unwrap();
        assert_eq!(directory.patch(&id, &restore, now).unwrap().id(), id);
        assert!(directory.people(true).get("42").is_some() && directory.people(true).get(&id).is_none());
    }

    #[test]
    fn seed_errors_name_the_entry() {
        let seed = Seed {
            users: vec![
                json!({"primaryEmail": "ann@acme.example"}),
                json!({"primaryEmail": "ann@acme.example", "id": "1"}),
            ],
            ..Seed::default()
        };
        let error = Directory::new(seed, Timestamp::UNIX_EPOCH)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("users[1]: "), "{error}");
    }
}
