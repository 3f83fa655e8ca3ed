//! The generated CRDs as a flat list of fields and of rules.

use dialplane::api;
use serde_json::Value;

use crate::samples::{Kind, dotted};

/// One field, list item or section of a schema.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// JSON pointer into an object; items of a list are `/0`.
    pub(crate) pointer: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

impl Field {
    pub(crate) fn path(&self) -> String {
        dotted(&self.pointer)
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.schema["type"] == kind
    }
}

/// One CEL rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Where the API server says that it failed.
    pub(crate) path: String,
    pub(crate) message: String,
    /// Whether it compares with the object as it was.
    pub(crate) transition: bool,
}

/// The schema of the one version of a resource.
pub(crate) fn root(kind: Kind) -> Value {
    let crds = api::crds();
    let crd = match kind {
        Kind::Integration => &crds[0],
        Kind::Extension => &crds[1],
    };
    let versions = serde_json::to_value(crd).unwrap()["spec"]["versions"].clone();
    assert_eq!(versions.as_array().unwrap().len(), 1);
    versions[0]["schema"]["openAPIV3Schema"].clone()
}

/// Everything below `spec` or `status`, that itself included.
pub(crate) fn fields(kind: Kind, section: &str) -> Vec<Field> {
    let all = descend(root(kind));
    let pointer = format!("/{section}");
    let inside =
        |field: &Field| field.pointer == pointer || field.pointer.starts_with(&format!("{pointer}/"));
    all.into_iter().filter(inside).collect()
}

/// Everything, the object itself first.
pub(crate) fn descend(root: Value) -> Vec<Field> {
    let mut found = vec![Field {
        pointer: String::new(),
        schema: root,
        required: true,
    }];
    let mut next = 0;
    while let Some(Field { pointer, schema, .. }) = found.get(next).cloned() {
        next += 1;
        for (name, child) in schema["properties"].as_object().into_iter().flatten() {
            let required = schema["required"].as_array();
            found.push(Field {
                pointer: format!("{pointer}/{name}"),
                schema: child.clone(),
                required: required.is_some_and(|names| names.iter().any(|other| other == name)),
            });
        }
        if schema["items"].is_object() {
            found.push(Field {
                pointer: format!("{pointer}/0"),
                schema: schema["items"].clone(),
                required: true,
            });
        }
    }
    found
}

/// Every CEL rule of a resource.
pub(crate) fn rules(kind: Kind) -> Vec<Rule> {
    let mut rules = Vec::new();
    for field in descend(root(kind)) {
        for rule in field.schema["x-kubernetes-validations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let below = rule["fieldPath"].as_str().unwrap_or_default();
            rules.push(Rule {
                path: (field.path() + below).trim_start_matches('.').to_owned(),
                message: rule["message"].as_str().unwrap_or_default().to_owned(),
                transition: rule["rule"].as_str().unwrap().contains("oldSelf"),
            });
        }
    }
    rules
}

/// The one rule whose message begins like this.
pub(crate) fn rule(kind: Kind, beginning: &str) -> Rule {
    let mut found = rules(kind)
        .into_iter()
        .filter(|rule| rule.message.starts_with(beginning));
    let rule = found
        .next()
        .unwrap_or_else(|| panic!("no rule says {beginning:?}"));
    assert!(found.next().is_none(), "two rules say {beginning:?}");
    rule
}

/// Fails unless the table has exactly the rules of the CRDs.
pub(crate) fn assert_all_covered(transition: bool, covered: &[(Kind, &str)]) {
    for kind in Kind::ALL {
        for rule in rules(kind)
            .into_iter()
            .filter(|rule| rule.transition == transition)
        {
            assert!(
                covered
                    .iter()
                    .any(|(other, beginning)| *other == kind && rule.message.starts_with(beginning)),
                "no case for the rule of {kind:?} that says {:?}",
                rule.message
            );
        }
    }
}
