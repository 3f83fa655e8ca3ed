//! The table of other systems' settings in the manual, held against the schemas: a field that it names is there, and one
//! that it calls not yet available is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use dialplane::api::names;
use dialplane_test_harness::repository;
use serde_json::Value;

use crate::samples::{Kind, dotted};
use crate::schema::{descend, root};

const PAGE: &str = "docs/settings-of-other-systems.md";

/// One line of a table.
struct Row {
    setting: String,
    here: String,
}

impl Row {
    fn is_planned(&self) -> bool {
        self.here.starts_with("Not yet available")
    }

    /// What stands in back ticks in the last column.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.here.split('`').skip(1).step_by(2)
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        let prefixes = ["gwi.", "pbxext."];
        self.code()
            .filter(move |code| prefixes.iter().any(|prefix| code.starts_with(prefix)))
    }
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(repository().join(PAGE)).unwrap();
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [setting, _, here] = cells[..] else {
            panic!("{line} has not three columns");
        };
        if setting != "Setting" && !setting.starts_with("---") {
            rows.push(Row {
                setting: setting.to_owned(),
                here: here.to_owned(),
            });
        }
    }
    rows
}

/// The schema of every field, by the name that the page gives it.
fn schemas() -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for (resource, kind) in [("gwi", Kind::Integration), ("pbxext", Kind::Extension)] {
        for field in descend(root(kind)) {
            let path = dotted(&field.pointer).replace("[0]", "");
            schemas
                .entry(format!("{resource}.{path}"))
                .or_insert(field.schema);
        }
    }
    schemas
}

/// Whether `gwi.spec.users.syncMode`, or `gwi.spec.users.syncMode: Manual`, is something that can be written.
fn exists(schemas: &BTreeMap<String, Value>, code: &str) -> bool {
    let takes = |schema: &Value, value: &str| match schema["enum"].as_array() {
        Some(values) => values.iter().any(|one| one == value),
        None => schema["type"] == "boolean" && ["true", "false"].contains(&value),
    };
    match code.split_once(": ") {
        Some((path, value)) => schemas.get(path).is_some_and(|schema| takes(schema, value)),
        None => schemas.contains_key(code),
    }
}

#[test]
fn every_field_in_the_table_is_there_and_no_planned_one_is() {
    let schemas = schemas();
    let (mut problems, mut available) = (Vec::new(), 0);
    for row in rows() {
        for field in row.fields() {
            available += usize::from(!row.is_planned());
            if exists(&schemas, field) == row.is_planned() {
                problems.push(format!("{}: {field} exists: {}", row.setting, row.is_planned()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(available > 50, "{available} available");
}

#[test]
fn every_row_says_where_the_setting_is() {
    let annotations = [
        names::ANNOTATION_SYNC_REQUESTED_AT,
        names::ANNOTATION_APPROVE_REMOVALS,
        names::LABEL_SOURCE,
    ];
    let mut settings = BTreeSet::new();
    for row in rows() {
        assert!(
            settings.insert(row.setting.clone()),
            "{} is there twice",
            row.setting
        );
        assert!(
            !row.is_planned() || row.fields().count() > 0,
            "{}: which field?",
            row.setting
        );
        assert!(!row.here.is_empty(), "{}: where is it?", row.setting);
        for code in row.code().filter(|code| code.starts_with("dialplane.io/")) {
            assert!(annotations.contains(&code), "{}: there is no {code}", row.setting);
        }
    }
    assert!(settings.len() > 80, "{} settings", settings.len());
}

/// What can be declared about users is in the table, so that a new field is not forgotten there.
#[test]
fn every_field_about_users_is_in_the_table() {
    let rows = rows();
    let named: Vec<_> = rows
        .iter()
        .filter(|row| !row.is_planned())
        .flat_map(Row::fields)
        .map(|code| code.split(": ").next().unwrap())
        .collect();
    for (path, schema) in schemas() {
        let declared = path.starts_with("gwi.spec.users.") && schema["type"] != "object";
        // What an assignment consists of goes without saying.
        let part = path.starts_with("gwi.spec.users.numbering.assignments.");
        assert!(
            !declared || part || named.contains(&path.as_str()),
            "{PAGE} has no {path}"
        );
    }
}
