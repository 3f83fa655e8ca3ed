//! Building the directory from a seed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::draft::etag;
use super::{ChangeError, Directory, org_units};
use crate::clock::google_time;
use crate::generate;
use crate::seed::Seed;

impl Directory {
    /// Builds the directory that a seed describes.
    pub(crate) fn new(mut seed: Seed, now: Timestamp) -> Result<Self, ChangeError> {
        let generate = seed.generate;
        if generate > 0 {
            seed.merge(generate::company(seed.domain()));
        }
        let domain = seed.domain().to_lowercase();
        let mut directory = Self {
            customer: customer(&seed, now),
            ..Self::default()
        };
        directory.domains.insert(domain.clone());
        directory.seed_org_units(seed.org_units)?;
        for (index, user) in seed.users.into_iter().enumerate() {
            directory
                .create(user, now)
                .map_err(|error| error.at(&format!("users[{index}]")))?;
        }
        let mut groups = generate::Groups::default();
        for (index, user) in generate::people(&domain, generate).enumerate() {
            groups.note(&user);
            directory
                .create(user, now)
                .map_err(|error| error.at(&format!("generated[{index}]")))?;
        }
        if generate > 0 {
            seed.groups.extend(groups.seed(&domain));
        }
        directory.seed_groups(seed.groups)?;
        tracing::info!(
            people = directory.live.len(),
            groups = directory.groups.len(),
            org_units = directory.org_units.len(),
            "the directory is built"
        );
        Ok(directory)
    }

    /// Parents come first, whatever the seed's order; those that it leaves out are implied.
    fn seed_org_units(&mut self, units: Vec<Value>) -> Result<(), ChangeError> {
        self.make_root();
        let mut units: Vec<(usize, Value)> = units.into_iter().enumerate().collect();
        let path = |unit: &Value| {
            unit.get("orgUnitPath")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        units.sort_by_key(|(_, unit)| path(unit).matches('/').count());
        for (index, unit) in units {
            if let Some((parent, _)) = org_units::split(&path(&unit)) {
                self.imply_org_unit(parent);
            }
            self.create_org_unit(&unit)
                .map_err(|error| error.at(&format!("orgUnits[{index}]")))?;
        }
        Ok(())
    }

    /// All groups come before any member, since groups are members of each other.
    fn seed_groups(&mut self, groups: Vec<Value>) -> Result<(), ChangeError> {
        let mut memberships = Vec::new();
        for (index, mut group) in groups.into_iter().enumerate() {
            let members = group.as_object_mut().and_then(|group| group.remove("members"));
            let made = self
                .create_group(group)
                .map_err(|error| error.at(&format!("groups[{index}]")))?;
            if let (Some(Value::Array(members)), Some(id)) = (members, made["id"].as_str()) {
                memberships.push((index, id.to_owned(), members));
            }
        }
        for (index, group, members) in memberships {
            for (number, member) in members.into_iter().enumerate() {
                self.add_member(&group, member)
                    .map_err(|error| error.at(&format!("groups[{index}].members[{number}]")))?;
            }
        }
        Ok(())
    }
}

fn customer(seed: &Seed, now: Timestamp) -> Map<String, Value> {
    let mut customer = Map::new();
    let defaults = [
        ("kind", json!("admin#directory#customer")),
        ("id", json!(seed.customer_id())),
        ("etag", json!(etag(&seed.customer_id()))),
        ("customerDomain", json!(seed.domain())),
        ("customerCreationTime", json!(google_time(now))),
        ("language", json!("en")),
    ];
    for (key, value) in defaults {
        customer.insert(key.to_owned(), value);
    }
    customer.extend(seed.customer.clone());
    customer.retain(|_, value| !value.is_null());
    customer
}
