//! Making, moving and removing organizational units, and the people in them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::draft::etag;
use super::org_units::{ID_PREFIX, OrgUnit, invent_id, join, moved, split};
use super::shelf::Order;
use super::user::{Stored, User};
use super::{ChangeError, Directory, note_addresses};
use crate::schema;

/// How deep Google lets units be.
const DEEPEST: usize = 35;

impl Directory {
    /// Adds a unit: `name` and its parent's path or id, or `orgUnitPath` alone.
    pub(crate) fn create_org_unit(&mut self, resource: &Value) -> Result<Value, ChangeError> {
        let given = checked(resource, "the org unit")?;
        let path = match (text(given, "orgUnitPath")?, text(given, "name")?) {
            (Some(path), name) => {
                let (_, last) = split(path).ok_or_else(|| {
                    ChangeError::Invalid(format!(
                        "orgUnitPath: {path:?} is no path such as \"/Sales/EMEA\""
                    ))
                })?;
                if name.is_some_and(|name| name != last) {
                    return Err(ChangeError::invalid("name: is not the last part of orgUnitPath"));
                }
                path.to_owned()
            }
            (None, Some(name)) => {
                let parent = self.parent(given)?.ok_or_else(|| {
                    ChangeError::invalid(
                        "parentOrgUnitPath or parentOrgUnitId is required; \"/\" is the root",
                    )
                })?;
                join(&parent.path, valid_name(name)?)
            }
            (None, None) => return Err(ChangeError::invalid("name: is required")),
        };
        let (parent, name) = split(&path).unwrap_or(("/", &path));
        if self.org_units.at(parent).is_none() {
            return Err(ChangeError::NotFound(format!("{parent:?}: no such org unit")));
        }
        let id = match text(given, "orgUnitId")? {
            Some(id) => format!("{ID_PREFIX}{}", id.trim_start_matches(ID_PREFIX)),
            None => self.free_id(&path),
        };
        self.check_free(&path, &id)?;
        if self.org_units.by_id(&id).is_some() {
            return Err(ChangeError::Conflict(format!("orgUnitId: {id:?} is taken")));
        }
        let unit = OrgUnit {
            name: name.to_owned(),
            description: text(given, "description")?.unwrap_or_default().to_owned(),
            etag: etag(&(&id, self.next_version())),
            path,
            id: id.clone(),
        };
        self.org_units.insert(unit);
        self.org_unit_resource(&id)
    }

    /// Renames, moves or describes a unit, and answers with the resource. Units and people below it follow.
    pub(crate) fn patch_org_unit(&mut self, key: &str, patch: &Value) -> Result<Value, ChangeError> {
        let change = checked(patch, "the patch")?;
        let mut unit = self.org_units.find(key).ok_or_else(|| no_unit(key))?.clone();
        for (name, own) in [("orgUnitPath", &unit.path), ("orgUnitId", &unit.id)] {
            if change.get(name).is_some_and(|value| value.as_str() != Some(own)) {
                return Err(ChangeError::Invalid(format!(
                    "{name}: cannot be set; change name, or parentOrgUnitPath or parentOrgUnitId"
                )));
            }
        }
        if let Some(name) = text(change, "name")? {
            valid_name(name)?.clone_into(&mut unit.name);
        }
        let target = self.path_after(&unit, change)?;
        self.check_free(&target, &unit.id)?;
        if change.contains_key("description") {
            text(change, "description")?
                .unwrap_or_default()
                .clone_into(&mut unit.description);
        }
        let (id, before) = (unit.id.clone(), unit.path.clone());
        self.org_units.remove(&id);
        self.org_units.insert(unit);
        self.move_units(&before, &target);
        if target != before {
            self.move_people(&before, &target);
        }
        self.org_unit_resource(&id)
    }

    /// Where a unit, which has its new name already, is after a change.
    fn path_after(&self, unit: &OrgUnit, change: &Map<String, Value>) -> Result<String, ChangeError> {
        let (own_parent, own_name) = match split(&unit.path) {
            Some(parts) => parts,
            None if change.contains_key("description") && change.len() == 1 => return Ok(unit.path.clone()),
            None => {
                return Err(ChangeError::invalid(
                    "of the root only the description can be changed",
                ));
            }
        };
        let parent = self.parent(change)?.map_or(own_parent, |parent| &parent.path);
        if moved(parent, &unit.path, "").is_some() {
            return Err(ChangeError::Conflict(format!(
                "{own_name:?} cannot be moved below itself"
            )));
        }
        Ok(join(parent, &unit.name))
    }

    /// Moves a unit and what is below it.
    fn move_units(&mut self, from: &str, to: &str) {
        let below = self.org_units.below(from).map(|unit| unit.id.clone());
        let own = self.org_units.at(from).map(|unit| unit.id.clone());
        let ids: Vec<String> = below.chain(own).collect();
        for id in ids {
            let version = self.next_version();
            if let Some(mut unit) = self.org_units.remove(&id) {
                unit.path = moved(&unit.path, from, to).unwrap_or(unit.path);
                unit.etag = etag(&(id, version));
                self.org_units.insert(unit);
            }
        }
    }

    /// Removes a unit that nobody and nothing is in.
    pub(crate) fn delete_org_unit(&mut self, key: &str) -> Result<(), ChangeError> {
        let unit = self.org_units.find(key).ok_or_else(|| no_unit(key))?;
        if unit.path == "/" {
            return Err(ChangeError::invalid("the root cannot be deleted"));
        }
        let units = self.org_units.below(&unit.path).count();
        let inside = |user: &User| user.org_unit_path() == unit.path;
        let people = self.live.after(Order::Email, false, None).filter(inside).count();
        if units + people > 0 {
            return Err(ChangeError::Conflict(format!(
                "{:?} holds {people} people and {units} units; move them first",
                unit.path
            )));
        }
        let id = unit.id.clone();
        self.org_units.remove(&id);
        Ok(())
    }

    /// Makes the root, which every organization has.
    pub(crate) fn make_root(&mut self) {
        let organization = self
            .customer
            .get("postalAddress")
            .and_then(|address| address.get("organizationName"));
        let domain = self.customer.get("customerDomain");
        let name = organization
            .or(domain)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let id = invent_id(self.customer_id());
        let unit = OrgUnit {
            etag: etag(&(&id, self.next_version())),
            path: "/".to_owned(),
            description: String::new(),
            name,
            id,
        };
        self.org_units.insert(unit);
    }

    /// Makes the units on the way to a path that are not there yet. What is no path is left alone.
    pub(crate) fn imply_org_unit(&mut self, path: &str) {
        let Some((parent, name)) = split(path) else { return };
        if self.org_units.at(path).is_some() || path.matches('/').count() > DEEPEST {
            return;
        }
        self.imply_org_unit(parent);
        let id = self.free_id(path);
        let unit = OrgUnit {
            etag: etag(&(&id, self.next_version())),
            path: path.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            id,
        };
        self.org_units.insert(unit);
    }

    fn move_people(&mut self, from: &str, to: &str) {
        let mut version = self.version;
        for shelf in [&mut self.live, &mut self.deleted] {
            let inside: Vec<(User, String)> = shelf
                .after(Order::Email, false, None)
                .filter_map(|user| {
                    let path = moved(user.org_unit_path(), from, to)?;
                    Some((user, path))
                })
                .collect();
            for (user, path) in inside {
                version += 1;
                let mut draft = user.draft();
                draft.resource.insert("orgUnitPath".to_owned(), path.into());
                draft.stamp(version);
                let user = Arc::new(Stored::from(draft));
                if user.deleted_at.is_none() {
                    note_addresses(&mut self.addresses, &user);
                }
                shelf.insert(user);
            }
        }
        self.version = version;
    }

    fn parent(&self, given: &Map<String, Value>) -> Result<Option<&OrgUnit>, ChangeError> {
        let key = text(given, "parentOrgUnitId")?.or(text(given, "parentOrgUnitPath")?);
        key.map(|key| self.org_units.find(key).ok_or_else(|| no_unit(key)))
            .transpose()
    }

    fn check_free(&self, path: &str, id: &str) -> Result<(), ChangeError> {
        match self.org_units.at(path) {
            Some(unit) if unit.id != id => Err(ChangeError::Conflict(format!("{path:?} is taken"))),
            _ => Ok(()),
        }
    }

    /// An id that is not taken: a unit that moved away keeps its own.
    fn free_id(&self, path: &str) -> String {
        let mut words = path.to_owned();
        loop {
            let id = invent_id(&words);
            if self.org_units.by_id(&id).is_none() {
                return id;
            }
            words.push('\'');
        }
    }

    fn org_unit_resource(&self, id: &str) -> Result<Value, ChangeError> {
        let unit = self.org_units.by_id(id).ok_or_else(|| no_unit(id))?;
        Ok(Value::Object(self.org_units.show(unit)))
    }
}

fn checked<'a>(resource: &'a Value, what: &str) -> Result<&'a Map<String, Value>, ChangeError> {
    let Value::Object(given) = resource else {
        return Err(ChangeError::Invalid(format!("{what} must be a JSON object")));
    };
    schema::ORG_UNIT
        .check_names(given, "orgUnit")
        .map_err(|error| ChangeError::Invalid(error.to_string()))?;
    Ok(given)
}

fn text<'a>(given: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, ChangeError> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(ChangeError::Invalid(format!("{name}: {other} is not a string"))),
    }
}

fn valid_name(name: &str) -> Result<&str, ChangeError> {
    if name.is_empty() || name.contains('/') {
        return Err(ChangeError::Invalid(format!(
            "name: {name:?} is empty or has a slash"
        )));
    }
    Ok(name)
}

fn no_unit(key: &str) -> ChangeError {
    ChangeError::NotFound(format!("{key:?}: no such org unit"))
}
