//! Building the directory from a seed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::crowd::Crowd;
use super::draft::etag;
use super::groups::Members;
use super::roster::Roster;
use super::{ChangeError, Directory, org_units};
use crate::clock::google_time;
use crate::generate::{self, Population};
use crate::seed::Seed;

/// People of a crowd: those of a unit, and below it.
type People = (Arc<Crowd>, &'static str);

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
            foreign_domains: seed
                .foreign_domains
                .iter()
                .map(|domain| domain.to_lowercase())
                .collect(),
            ..Self::default()
        };
        directory.domains.insert(domain.clone());
        for (index, schema) in seed.schemas.into_iter().enumerate() {
            directory
                .schemas
                .declare(schema)
                .map_err(|error| error.at(&format!("schemas[{index}]")))?;
        }
        directory.seed_org_units(seed.org_units)?;
        for (index, user) in seed.users.into_iter().enumerate() {
            directory
                .create(user, now)
                .map_err(|error| error.at(&format!("users[{index}]")))?;
        }
        let mut groups: Vec<_> = seed.groups.into_iter().map(|group| (group, None)).collect();
        if generate > 0 {
            let crowd = directory.seed_crowd(&domain, generate, now)?;
            let mut company = generate::Groups::default();
            company.note(&Value::Object(crowd.draft(0).resource));
            for group in company.seed(&domain) {
                let unit = generate::unit_of(&group);
                groups.push((group, unit.map(|unit| (Arc::clone(&crowd), unit))));
            }
        }
        directory.seed_groups(groups)?;
        tracing::info!(
            people = directory.live.len(),
            groups = directory.groups.len(),
            org_units = directory.org_units.len(),
            "the directory is built"
        );
        Ok(directory)
    }

    /// Lets generated people enter, one after the other; the first whom somebody is in the way of is refused.
    fn seed_crowd(&mut self, domain: &str, size: usize, now: Timestamp) -> Result<Arc<Crowd>, ChangeError> {
        let size = u32::try_from(size)
            .map_err(|_| ChangeError::Invalid(format!("generate: {size} people are too many")))?;
        let people = Population::new(domain, size);
        let in_the_way = self.live.stored().flat_map(|user| {
            let by_address = |address: &String| people.by_address(&address.to_lowercase());
            let addresses = user.addresses.iter().filter_map(by_address);
            addresses.chain(people.by_id(&user.id))
        });
        if let Some(index) = in_the_way.min() {
            self.create(people.resource(index), now)
                .map_err(|error| error.at(&format!("generated[{index}]")))?;
        }
        self.domains.insert(domain.to_owned());
        let crowd = Arc::new(Crowd::new(people, &self.context(now)));
        self.version += u64::from(size - 1);
        self.live.settle(Arc::clone(&crowd));
        Ok(crowd)
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

    /// All groups come before any member, since groups are members of each other. Those of a crowd's unit have its people.
    fn seed_groups(&mut self, groups: Vec<(Value, Option<People>)>) -> Result<(), ChangeError> {
        let mut memberships = Vec::new();
        for (index, (mut group, unit)) in groups.into_iter().enumerate() {
            let members = group.as_object_mut().and_then(|group| group.remove("members"));
            let made = self
                .create_group(group)
                .map_err(|error| error.at(&format!("groups[{index}]")))?;
            if let (Some(Value::Array(members)), Some(id)) = (members, made["id"].as_str()) {
                memberships.push((index, id.to_owned(), unit, members));
            }
        }
        for (index, group, unit, members) in memberships {
            if let Some((crowd, unit)) = unit {
                let roster = Roster::new(crowd, unit, &group, self.version + 1);
                self.version += u64::try_from(roster.size()).unwrap_or(u64::MAX);
                if let Some(group) = self.groups.find_mut(&group) {
                    group.members = Members::of_crowd(roster);
                }
            }
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
