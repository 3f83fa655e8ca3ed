//! The check of manifests.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a check fails by a panic"
)]

use kube::Resource as _;
use serde_json::Value;

use super::manifest::Contents;
use super::yaml;
use crate::api::GoogleWorkspaceIntegration;
use crate::api::names::GROUP;

/// No error may repeat it.
const CANARY: &str = "c4n4ry";
/// A key of YAML ends within 1024 characters; what is shorter as JSON has no longer one.
const SHORT: usize = 1_000;

/// The bytes are a file for `plan -f`. It is read or explained; what was read says the same as JSON, and only integrations are kept.
pub fn manifest(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match yaml::documents::<Vec<Value>>(text, "x.yaml") {
        Ok(documents) => documents.iter().for_each(same_as_json),
        Err(error) => explained(&error),
    }
    let Ok(contents) = yaml::documents::<Contents>(text, "x.yaml") else {
        return;
    };
    for object in contents.ours {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        assert!(version.split('/').next() == Some(GROUP), "{version}");
        assert_eq!(object["kind"], *GoogleWorkspaceIntegration::kind(&()));
    }
}

fn same_as_json(document: &Value) {
    let json = document.to_string();
    // Neither of these does YAML take as they are.
    let foreign = |char: char| matches!(char, '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if document.is_null() || json.len() > SHORT || json.contains(foreign) {
        return;
    }
    match yaml::documents::<Vec<Value>>(&json, "x.json") {
        Ok(again) => assert_eq!(again.first(), Some(document), "{json}"),
        Err(error) => panic!("{error}: {json}"),
    }
}

fn explained(error: &str) {
    let starts = ["x.yaml is not YAML: document ", "x.yaml is not read: "];
    assert!(starts.iter().any(|start| error.starts_with(start)), "{error}");
    assert!(error.len() < 300 && !error.contains(char::is_control), "{error}");
    assert!(!error.contains(CANARY), "{error}");
}
