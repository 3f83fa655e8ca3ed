//! The CRDs as the API server takes them.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde_json::json;

use super::{GoogleWorkspaceIntegration, PbxExtension};

/// Every CRD, ready to apply.
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![
        finished(GoogleWorkspaceIntegration::crd()),
        finished(PbxExtension::crd()),
    ]
}

/// One CRD as YAML, with the file name that it is kept under.
pub fn to_yaml(crd: &CustomResourceDefinition) -> Result<(String, String), serde_yaml::Error> {
    let name = format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural);
    Ok((name, serde_yaml::to_string(crd)?))
}

/// Adds what the derive cannot say.
fn finished(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    let versions = crd.spec.versions.iter_mut();
    for root in versions.filter_map(|version| version.schema.as_mut()?.open_api_v3_schema.as_mut()) {
        forbid_null(root);
        if let Some(status) = root
            .properties
            .as_mut()
            .and_then(|properties| properties.get_mut("status"))
        {
            // kstatus calls an object without status finished; with this default a new object is in progress.
            status.default = Some(JSON(json!({"observedGeneration": -1})));
        }
    }
    crd
}

/// Drops `nullable`, so that the API server prunes an explicit null as if the field were left out. CEL's `has()` is
/// true for a stored null, and a rule that then reads the field would fail with a message that helps nobody.
fn forbid_null(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    for child in schema
        .properties
        .iter_mut()
        .flat_map(|properties| properties.values_mut())
    {
        forbid_null(child);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        forbid_null(items);
    }
}
