//! The CRDs as the API server accepts them.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde_json::json;

use super::extension::PbxExtension;
use super::integration::GoogleWorkspaceIntegration;

/// As `status::MAX_GENERATION`, in the type that JSON schema has for it.
const MAX_GENERATION: f64 = 9_007_199_254_740_991.0;

/// All CRDs, ready to apply.
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![
        finished(GoogleWorkspaceIntegration::crd()),
        finished(PbxExtension::crd()),
    ]
}

/// One CRD as YAML, with its file name.
pub fn to_yaml(crd: &CustomResourceDefinition) -> Result<(String, String), serde_yaml::Error> {
    let name = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
    Ok((name, serde_yaml::to_string(crd)?))
}

/// Adds what the derive macro cannot express.
fn finished(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    let versions = crd.spec.versions.iter_mut();
    for root in versions.filter_map(|version| version.schema.as_mut()?.open_api_v3_schema.as_mut()) {
        finish(root);
        declare_name(root);
        if let Some(status) = property(root, "status") {
            // kstatus treats an object without status as current; with this default a new object is in progress.
            status.default = Some(JSON(json!({"observedGeneration": -1})));
            if let Some(JSONSchemaPropsOrArray::Schema(item)) =
                property(status, "conditions").and_then(|conditions| conditions.items.as_mut())
            {
                describe_condition(item);
            }
        }
    }
    crd
}

/// Declares metadata.name, which a CRD may describe, so that a rule can point to it. Otherwise the API server reports
/// `<nil>` as the path.
fn declare_name(root: &mut JSONSchemaProps) {
    let of_type = |kind: &str| JSONSchemaProps {
        type_: Some(kind.to_owned()),
        ..Default::default()
    };
    let name = JSONSchemaProps {
        // The limit of the API server, for the CEL cost estimate.
        max_length: Some(253),
        ..of_type("string")
    };
    let metadata = JSONSchemaProps {
        properties: Some([("name".to_owned(), name)].into()),
        ..of_type("object")
    };
    let properties = root.properties.get_or_insert_default();
    properties.insert("metadata".to_owned(), metadata);
}

fn property<'a>(schema: &'a mut JSONSchemaProps, name: &str) -> Option<&'a mut JSONSchemaProps> {
    schema.properties.as_mut()?.get_mut(name)
}

/// Adjusts a schema and all schemas below it.
///
/// It removes `nullable`, so that the API server treats an explicit null as an omitted field: CEL's `has()` is true for a
/// stored null, and a rule that reads the field then fails with an unhelpful message. It also removes the line breaks of
/// the source, which `kubectl explain` would preserve.
fn finish(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    if let Some(description) = &mut schema.description {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    for child in schema
        .properties
        .iter_mut()
        .flat_map(|properties| properties.values_mut())
    {
        finish(child);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        finish(items);
    }
}

/// Sets the limits of a Kubernetes condition, which the published type does not have, and shorter descriptions.
fn describe_condition(condition: &mut JSONSchemaProps) {
    let limits = [("type", 316), ("reason", 1024), ("message", 32_768)];
    for (name, limit) in limits {
        if let Some(text) = property(condition, name) {
            text.max_length = Some(limit);
        }
    }
    if let Some(status) = property(condition, "status") {
        status.enum_ = Some(
            ["True", "False", "Unknown"]
                .map(|value| JSON(value.into()))
                .to_vec(),
        );
    }
    if let Some(generation) = property(condition, "observedGeneration") {
        generation.minimum = Some(0.0);
        generation.maximum = Some(MAX_GENERATION);
    }
    let descriptions = [
        ("type", "Type of the condition, in one word. Example: Ready."),
        (
            "status",
            "Whether the condition holds. True: it holds. False: it does not hold. Unknown: its state is not known yet.",
        ),
        (
            "reason",
            "Reason for the status in one word, for programs. Example: Succeeded.",
        ),
        ("message", "Reason for the status and what to do, for people."),
        ("lastTransitionTime", "Time at which the status last changed."),
        (
            "observedGeneration",
            "The metadata.generation that the condition describes.",
        ),
    ];
    condition.description = Some("One aspect of the state of the object.".to_owned());
    for (name, description) in descriptions {
        if let Some(field) = property(condition, name) {
            field.description = Some(description.to_owned());
        }
    }
}
