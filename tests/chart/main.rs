//! The Helm chart on a real API server: what it refuses, what it renders, what it installs, and exactly which rights
//! it gives.

mod approvals;
mod break_glass;
mod files;
mod installation;
mod locked;
mod locks;
mod objects;
mod person;
mod public_url;
mod refusals;
mod rendering;
mod rights;
mod roles;
mod scopes;

use anyhow::{Context as _, Result};
use dialplane_test_harness::{CommandOutput, ControlPlane};
use serde::Deserialize as _;
use serde_json::Value;

pub(crate) const CHART: &str = "charts/dialplane";
pub(crate) fn helm(plane: &ControlPlane, verb: &[&str], namespace: &str, values: &[&str]) -> CommandOutput {
    let mut args = [verb, &["--namespace", namespace]].concat();
    args.extend(values.iter().flat_map(|value| ["--set-json", value]));
    plane.helm(&args)
}

pub(crate) fn template(plane: &ControlPlane, release: &str, values: &[&str]) -> Result<String> {
    helm(plane, &["template", release, CHART], "dialplane-system", values).ok()
}

pub(crate) fn documents(yaml: &str) -> Result<Vec<Value>> {
    let values: Result<Vec<Value>, _> = serde_yaml::Deserializer::from_str(yaml)
        .map(Value::deserialize)
        .collect();
    Ok(values?.into_iter().filter(|value| !value.is_null()).collect())
}

pub(crate) fn rendered(plane: &ControlPlane, values: &[&str]) -> Result<Vec<Value>> {
    documents(&template(plane, "dialplane", values)?)
}

pub(crate) fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

pub(crate) fn deployment(objects: &[Value]) -> Result<&Value> {
    of_kind(objects, "Deployment").next().context("no Deployment")
}
