//! The pages of the kinds, held against the schemas: every field and every value is in them.

use std::collections::BTreeSet;
use std::fs;

use dialplane_test_harness::repository;

use crate::samples::Kind;
use crate::schema::fields;

/// Every word that stands in back ticks outside the code blocks, `google.userId` as two of them.
fn words(page: &str) -> BTreeSet<String> {
    let prose = page.split("```").step_by(2);
    let code = prose.flat_map(|text| text.split('`').skip(1).step_by(2));
    code.flat_map(|code| code.split(|character: char| !character.is_ascii_alphanumeric()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_field_and_value_is_in_the_manual() {
    let (mut missing, mut looked_up) = (Vec::new(), 0);
    for (kind, page) in [
        (Kind::Integration, "docs/google-workspace-integration.md"),
        (Kind::Extension, "docs/pbx-extension.md"),
    ] {
        let words = words(&fs::read_to_string(repository().join(page)).unwrap());
        for field in ["spec", "status"].map(|section| fields(kind, section)).concat() {
            // Conditions are Kubernetes' own, and their types have a page.
            if field.pointer.starts_with("/status/conditions/") || field.pointer.ends_with("/0") {
                continue;
            }
            let name = field.pointer.rsplit('/').next().unwrap();
            let values = field.schema["enum"].as_array().into_iter().flatten();
            let values: Vec<_> = values.filter_map(|value| value.as_str()).collect();
            for word in [&[name], values.as_slice()].concat() {
                looked_up += 1;
                if !words.contains(word) && !["spec", "status"].contains(&word) {
                    missing.push(format!("{page} has no `{word}` of {}", field.path()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(looked_up > 100, "only {looked_up} words");
}
