//! Organizational units as stored: by path, so that what is below a unit is a range.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

/// What ids of units begin with.
pub(crate) const ID_PREFIX: &str = "id:";

/// An organizational unit.
#[derive(Debug, Clone)]
pub(crate) struct OrgUnit {
    /// Begins with [`ID_PREFIX`].
    pub(crate) id: String,
    /// Begins with a slash; the root is `/`.
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) etag: String,
}

/// All organizational units. Paths are told apart without regard to case.
#[derive(Debug, Default)]
pub(crate) struct OrgUnits {
    by_path: BTreeMap<String, OrgUnit>,
    paths: HashMap<String, String>,
}

impl OrgUnits {
    pub(crate) fn len(&self) -> usize {
        self.by_path.len()
    }

    /// A unit by its path.
    pub(crate) fn at(&self, path: &str) -> Option<&OrgUnit> {
        self.by_path.get(&path.to_lowercase())
    }

    /// A unit by its id, with the prefix.
    pub(crate) fn by_id(&self, id: &str) -> Option<&OrgUnit> {
        self.by_path.get(self.paths.get(id)?)
    }

    /// A unit by id or path, however it is written: with or without the prefix or the leading slash.
    pub(crate) fn find(&self, key: &str) -> Option<&OrgUnit> {
        let prefixed = || self.by_id(&format!("{ID_PREFIX}{key}"));
        let by_path = || self.at(&format!("/{}", key.trim_start_matches('/')));
        self.by_id(key).or_else(prefixed).or_else(by_path)
    }

    pub(crate) fn insert(&mut self, unit: OrgUnit) {
        let path = unit.path.to_lowercase();
        self.paths.insert(unit.id.clone(), path.clone());
        self.by_path.insert(path, unit);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<OrgUnit> {
        self.by_path.remove(&self.paths.remove(id)?)
    }

    /// Everything below a unit, in the order of the paths.
    pub(crate) fn below(&self, path: &str) -> impl Iterator<Item = &OrgUnit> {
        let start = inside(&path.to_lowercase());
        self.by_path
            .range(start.clone()..)
            .take_while(move |(path, _)| path.starts_with(&start))
            .map(|(_, unit)| unit)
            .filter(|unit| unit.path != "/")
    }

    /// The `OrgUnit` resource.
    pub(crate) fn show(&self, unit: &OrgUnit) -> Map<String, Value> {
        let mut shown = json!({ "kind": "admin#directory#orgUnit", "etag": unit.etag, "name": unit.name,
            "description": unit.description, "orgUnitPath": unit.path, "orgUnitId": unit.id, "blockInheritance": false });
        if let Some((parent, _)) = split(&unit.path) {
            shown["parentOrgUnitPath"] = parent.into();
            if let Some(parent) = self.at(parent) {
                shown["parentOrgUnitId"] = parent.id.clone().into();
            }
        }
        match shown {
            Value::Object(shown) => shown,
            _ => Map::new(),
        }
    }
}

/// What paths below a unit begin with.
fn inside(path: &str) -> String {
    if path == "/" {
        path.to_owned()
    } else {
        format!("{path}/")
    }
}

/// The path of something in a unit.
pub(crate) fn join(parent: &str, name: &str) -> String {
    inside(parent) + name
}

/// The parent's path and the name; nothing for the root, and for what is no path.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    let (parent, name) = path.strip_prefix('/').and(path.rsplit_once('/'))?;
    if name.is_empty() || parent.ends_with('/') {
        return None;
    }
    Some((if parent.is_empty() { "/" } else { parent }, name))
}

/// A path after a unit moved; nothing when it is not in that unit.
pub(crate) fn moved(path: &str, from: &str, to: &str) -> Option<String> {
    if path == from {
        return Some(to.to_owned());
    }
    let rest = path.strip_prefix(&inside(from))?;
    Some(join(to, rest))
}

/// An id, the same for the same words.
pub(crate) fn invent_id(words: &str) -> String {
    let mut hasher = DefaultHasher::new();
    words.to_lowercase().hash(&mut hasher);
    format!("{ID_PREFIX}03{:013x}", hasher.finish() >> 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_and_moved() {
        assert_eq!(split("/Sales"), Some(("/", "Sales")));
        assert_eq!(split("/Sales/EMEA"), Some(("/Sales", "EMEA")));
        for not_a_unit in ["/", "", "Sales", "/Sales/", "/Sales//EMEA"] {
            assert_eq!(split(not_a_unit), None, "{not_a_unit:?}");
        }
        assert_eq!(moved("/Sales/EMEA", "/Sales", "/Trade").unwrap(), "/Trade/EMEA");
        assert_eq!(moved("/Sales", "/Sales", "/A/B").unwrap(), "/A/B");
        assert_eq!(moved("/Salesforce", "/Sales", "/Trade"), None);
    }
}
