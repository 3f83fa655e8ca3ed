//! Integrations that stand in a file and not in the cluster yet, as they would be there.
//!
//! Each goes to the API server as a dry run, so that defaults, rules and admission say what they would say.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use kube::api::{Patch, PatchParams};
use kube::core::ApiResource;
use kube::core::DynamicObject;
use kube::{Api, Resource};
use serde_json::{Value, json};

use super::shown::Shown;
use super::yaml;
use crate::api::GoogleWorkspaceIntegration;
use crate::api::names::GROUP;
use crate::cli::cluster::{Cluster, Connection};
use crate::cli::failure;
use crate::cli::output::note;

/// In the managed fields of nothing: it is only ever used for dry runs.
const FIELD_MANAGER: &str = "dialplane-plan";

/// An integration as it would be, or why the API server would refuse it.
type Declared = Result<GoogleWorkspaceIntegration, Shown>;

/// Every integration of the files.
pub(super) async fn read(
    connection: &Connection,
    cluster: &Cluster,
    files: &[PathBuf],
) -> Result<Vec<Declared>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    for file in files {
        for object in documents(&text(file)?, &file.display().to_string())? {
            let (namespace, name, object) = located(object, cluster, connection)?;
            if found.insert((namespace.clone(), name.clone()), object).is_some() {
                return Err(format!("{namespace}/{name} is in the files more than once").into());
            }
        }
    }
    if found.is_empty() {
        return Err("the files contain no GoogleWorkspaceIntegration".into());
    }
    let mut declared = Vec::with_capacity(found.len());
    for ((namespace, name), object) in found {
        let tried = dry_run(connection, &namespace, &name, object).await;
        declared.push(tried.map_err(|why| Shown::refused(&namespace, &name, &why)));
    }
    Ok(declared)
}

/// The whole file, unless it is too large: neither that nor an endless one is kept.
fn text(file: &Path) -> Result<String, Box<dyn Error>> {
    let name = file.display();
    let read = if file.as_os_str() == "-" {
        limited(io::stdin().lock())
    } else {
        File::open(file).and_then(limited)
    };
    let bytes = read.map_err(|error| format!("cannot read {name}: {error}"))?;
    if bytes.len() > yaml::LARGEST_FILE {
        return Err(yaml::too_large(&name.to_string()).into());
    }
    let text = String::from_utf8(bytes);
    Ok(text.map_err(|_| format!("{name} is not YAML: it is no text in UTF-8; store it as UTF-8"))?)
}

fn limited(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(yaml::LARGEST_FILE).unwrap_or(u64::MAX);
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is in a file: the integrations, and the names of whatever else there is.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) ours: Vec<Value>,
    ignored: Vec<String>,
}

impl Extend<Value> for Contents {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, documents: I) {
        for document in documents {
            self.add(document);
        }
    }
}

impl Contents {
    fn add(&mut self, mut document: Value) {
        if document.is_null() {
            return;
        }
        if document["kind"] == "List" {
            let items = document.get_mut("items").map(Value::take);
            let Some(Value::Array(items)) = items else { return };
            for item in items {
                self.sort(item);
            }
        } else {
            self.sort(document);
        }
    }

    fn sort(&mut self, object: Value) {
        let kind = object["kind"].as_str().unwrap_or("document without a kind");
        let group = object["apiVersion"]
            .as_str()
            .and_then(|version| version.split_once('/'));
        let is_ours =
            group.is_some_and(|(group, _)| group == GROUP) && kind == GoogleWorkspaceIntegration::kind(&());
        if is_ours {
            self.ours.push(object);
        } else {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            self.ignored.push(format!("{kind} {name}"));
        }
    }
}

/// The integrations of one file; whatever else is in it is named and left alone.
fn documents(text: &str, file: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    let contents: Contents = yaml::documents(text, file)?;
    for ignored in contents.ignored {
        note(&format!("note: {file}: ignored {ignored}"));
    }
    Ok(contents.ours)
}

/// Namespace, name and object, by kubectl's rules.
fn located(
    mut object: Value,
    cluster: &Cluster,
    connection: &Connection,
) -> Result<(String, String, Value), Box<dyn Error>> {
    let metadata = |key: &str| object["metadata"][key].as_str().map(str::to_owned);
    let Some(name) = metadata("name") else {
        return Err("a GoogleWorkspaceIntegration in the files has no metadata.name".into());
    };
    crate::cli::integration::name(&name)?;
    let namespace = match (metadata("namespace"), &cluster.namespace) {
        (Some(own), Some(flag)) if own != *flag => {
            return Err(format!(
                "{name} has namespace {own} in the file, but --namespace is {flag}. Omit the flag."
            )
            .into());
        }
        (Some(own), _) => own,
        (None, _) => connection.namespace.clone(),
    };
    object["metadata"]["namespace"] = json!(namespace);
    // What `kubectl get -o yaml` adds is not declared by anybody.
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in [
            "managedFields",
            "resourceVersion",
            "uid",
            "generation",
            "creationTimestamp",
        ] {
            metadata.remove(field);
        }
    }
    Ok((namespace, name, object))
}

/// The object as the API server would keep it.
async fn dry_run(
    connection: &Connection,
    namespace: &str,
    name: &str,
    object: Value,
) -> Result<GoogleWorkspaceIntegration, String> {
    let kind = ApiResource::erase::<GoogleWorkspaceIntegration>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(connection.client.clone(), namespace, &kind);
    let doing = format!("plan {namespace}/{name}");
    let refused = |error: kube::Error| failure::kubernetes(&doing, &error);
    let present = match api.get(name).await {
        Ok(present) => Some(serde_json::to_value(present).map_err(|error| error.to_string())?),
        Err(kube::Error::Api(status)) if status.reason == "NotFound" => None,
        Err(error) => return Err(refused(error)),
    };
    let answer = match present {
        None => {
            let params = PatchParams::apply(FIELD_MANAGER)
                .force()
                .dry_run()
                .validation_strict();
            api.patch(name, &params, &Patch::Apply(object)).await
        }
        Some(present) => {
            let mut params = PatchParams::default().dry_run().validation_strict();
            params.field_manager = Some(FIELD_MANAGER.to_owned());
            api.patch(name, &params, &Patch::Merge(change(&present, object)))
                .await
        }
    };
    let object = serde_json::to_value(answer.map_err(refused)?).map_err(|error| error.to_string())?;
    serde_json::from_value(object).map_err(|error| format!("cannot read the API server's response: {error}"))
}

/// The merge patch that makes the spec exactly the declared one: what the file leaves out goes, and gets its default.
/// Labels and annotations of others stay.
fn change(present: &Value, declared: Value) -> Value {
    let mut patch = declared;
    if let Some(spec) = patch.get_mut("spec") {
        forget(&present["spec"], spec);
    }
    patch
}

/// Adds a null for everything that is present and not declared.
fn forget(present: &Value, declared: &mut Value) {
    let (Value::Object(present), Value::Object(declared)) = (present, declared) else {
        return;
    };
    for (key, value) in present {
        match declared.get_mut(key) {
            Some(declared) => forget(value, declared),
            None => {
                declared.insert(key.clone(), Value::Null);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_leaves_out_goes() {
        let present = json!({"spec": {"a": 1, "b": {"c": 2, "d": [1]}, "e": {"f": 3}}});
        let declared = json!({"metadata": {"name": "x"}, "spec": {"a": 5, "b": {"d": [2], "g": {"h": 1}}}});
        assert_eq!(
            change(&present, declared),
            json!({"metadata": {"name": "x"}, "spec": {"a": 5, "b": {"c": null, "d": [2], "g": {"h": 1}}, "e": null}})
        );
    }

    #[test]
    fn only_integrations_are_taken_from_a_file() {
        let text = "\
---
---
apiVersion: v1
kind: Secret
metadata: {name: key}
---
apiVersion: dialplane.io/v1alpha1
kind: GoogleWorkspaceIntegration
metadata: {name: acme}
---
apiVersion: other.example/v1
kind: GoogleWorkspaceIntegration
metadata: {name: foreign}
---
apiVersion: v1
kind: List
items:
- apiVersion: dialplane.io/v1alpha1
  kind: GoogleWorkspaceIntegration
  metadata: {name: globex}
- apiVersion: v1
  kind: ConfigMap
---
just text
";
        let found = documents(text, "all.yaml").unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|object| object["metadata"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["acme", "globex"]);
        assert!(documents("", "none.yaml").unwrap().is_empty());
        assert!(
            documents("a: [", "broken.yaml")
                .unwrap_err()
                .to_string()
                .starts_with("broken.yaml is not YAML")
        );
    }
}
