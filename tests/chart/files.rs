//! What is in the chart's files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{ControlPlane, repository};
use serde_json::{Value, json};

use super::{CHART, of_kind, rendered};

#[tokio::test]
async fn helm_lints_it_strictly() -> Result<()> {
    let plane = ControlPlane::shared().await;
    plane.helm(&["lint", CHART, "--strict"]).ok()?;
    plane
        .helm(&[
            "lint",
            CHART,
            "--strict",
            "--set-json",
            r#"watchNamespaces=["a","b"]"#,
        ])
        .ok()?;
    Ok(())
}

#[test]
fn its_version_is_the_operators() -> Result<()> {
    let chart: Value =
        serde_yaml::from_str(&fs::read_to_string(repository().join(CHART).join("Chart.yaml"))?)?;
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    Ok(())
}

#[test]
fn every_value_has_a_comment_and_a_place_in_the_schema() -> Result<()> {
    let chart = repository().join(CHART);
    let text = fs::read_to_string(chart.join("values.yaml"))?;
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let is_leaf = line.split_once(':').is_some_and(|(_, value)| !value.is_empty())
            && !line.trim_start().starts_with('#');
        let in_resources = ["cpu:", "memory:"]
            .iter()
            .any(|key| line.trim_start().starts_with(key));
        let commented = index > 0 && lines[index - 1].trim_start().starts_with('#');
        assert!(
            !is_leaf || in_resources || commented,
            "values.yaml line {}: `{line}` has no comment",
            index + 1
        );
    }
    let values: BTreeMap<String, Value> = serde_yaml::from_str(&text)?;
    let schema: Value = serde_json::from_str(&fs::read_to_string(chart.join("values.schema.json"))?)?;
    let known = schema["properties"]
        .as_object()
        .context("the schema has no properties")?;
    let known: BTreeSet<&str> = known
        .keys()
        .map(String::as_str)
        .filter(|key| *key != "global")
        .collect();
    assert_eq!(values.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    Ok(())
}

fn files_in(folder: &Path) -> Result<BTreeMap<String, String>> {
    let paths = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    paths
        .map(|entry| {
            let entry = entry?;
            Ok((
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path())?,
            ))
        })
        .collect()
}

#[tokio::test]
async fn it_carries_the_generated_definitions_unchanged() -> Result<()> {
    let generated = files_in(&repository().join("crds"))?;
    assert_eq!(
        generated,
        files_in(&repository().join(CHART).join("files/crds"))?,
        "run `make crds`"
    );
    let plane = ControlPlane::shared().await;
    let objects = rendered(&plane, &[])?;
    let shipped: BTreeMap<_, _> = of_kind(&objects, "CustomResourceDefinition")
        .map(name_and_spec)
        .collect();
    assert_eq!(shipped.len(), generated.len());
    for text in generated.values() {
        let (name, spec) = name_and_spec(&serde_yaml::from_str(text)?);
        ensure!(
            shipped.get(&name) == Some(&spec),
            "the template changes the spec of {name}"
        );
    }
    Ok(())
}

fn name_and_spec(crd: &Value) -> (String, Value) {
    (
        crd["metadata"]["name"].to_string(),
        with_plain_numbers(&crd["spec"]),
    )
}

/// -1.0 and -1 are the same to the API server, and Helm writes the shorter.
fn with_plain_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(with_plain_numbers).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| (key.clone(), with_plain_numbers(field)))
            .collect(),
        other => other.clone(),
    }
}
