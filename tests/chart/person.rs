//! The person on an extension that an integration keeps, and the extensions that the manual tells people to make.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::repository;
use serde_json::{Value, json};

use super::documents;
use super::locked::{Locked, extension, locked_out};
use super::locks::editors;

/// Also a field that comes to `spec.user` later.
#[tokio::test]
async fn every_field_of_the_person_is_the_directorys() -> Result<()> {
    let fields = json!({
        "firstName": "Ana", "lastName": "Silva", "displayName": "Ana Silva", "email": "ana@acme.example",
        "emailAliases": ["a@acme.example"], "mobile": "+351 910 000 000", "workPhone": "+351 210 000 000",
        "jobTitle": "Engineer", "department": "R&D", "language": "pt",
        "photo": {"configMapRef": {"name": "acme-1001-photo", "key": "photo"}, "mimeType": "image/jpeg", "etag": "1"},
    });
    let crd = fs::read_to_string(repository().join("crds/dialplane.io_pbxextensions.yaml"))?;
    let crd: Value = serde_yaml::from_str(&crd)?;
    let schema =
        &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["user"];
    let names = |object: &Value| -> Option<std::collections::BTreeSet<String>> {
        Some(object.as_object()?.keys().cloned().collect())
    };
    assert_eq!(names(&schema["properties"]), names(&fields), "what spec.user has");
    let (photo, mut person) = (fields["photo"].clone(), fields.clone());
    person.as_object_mut().context("no object")?.remove("photo");

    let locked = Locked::install(&[]).await?;
    let operator = locked.operator().await?;
    operator
        .create(extension("acme", "1001", json!({"spec": {"user": fields}})))
        .await?;
    operator
        .create(extension("acme", "1002", json!({"spec": {"user": null}})))
        .await?;
    for actor in editors(&locked).await? {
        for (field, value) in person.as_object().context("no object")? {
            for (name, value) in [("acme-1001", &Value::Null), ("acme-1002", value)] {
                let patch = json!({"spec": {"user": {field: value}}});
                let message = locked_out(actor.edit(name, &patch).await)
                    .with_context(|| format!("{} {name} {patch}", actor.name))?;
                ensure!(
                    message.starts_with(&format!("spec.user.{field}: comes from Google")),
                    "{message}"
                );
            }
        }
        // Taken away, it is fetched again.
        for photo in [&Value::Null, &photo] {
            actor
                .edit("acme-1001", &json!({"spec": {"user": {"photo": photo}}}))
                .await?;
        }
    }
    Ok(())
}

/// The extensions in the YAML of the manual and of the examples.
fn shown_extensions() -> Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join("docs"), repository().join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.display().to_string();
            let text = fs::read_to_string(&path)?;
            let blocks: Vec<&str> = match path.extension().and_then(|it| it.to_str()) {
                Some("yaml") => vec![&text],
                Some("md") => text
                    .split("```yaml\n")
                    .skip(1)
                    .filter_map(|rest| rest.split("```").next())
                    .filter(|block| block.contains("kind: PbxExtension"))
                    .collect(),
                _ => Vec::new(),
            };
            for block in blocks {
                let objects = documents(block).with_context(|| name.clone())?;
                let extensions = objects.into_iter().filter(|it| it["kind"] == "PbxExtension");
                found.extend(extensions.map(|object| (name.clone(), object)));
            }
        }
    }
    Ok(found)
}

/// A manifest in the manual is there to be copied: the locks let it pass.
#[tokio::test]
async fn every_extension_that_is_shown_can_be_made_by_an_editor() -> Result<()> {
    let locked = Locked::install(&[]).await?;
    let editor = locked.user("edit").await?;
    let shown = shown_extensions()?;
    ensure!(shown.len() >= 4, "{shown:#?}");
    for (number, (place, mut object)) in shown.into_iter().enumerate() {
        // Two pages may show the same one.
        let (tenant, new) = (format!("shown{number}"), object["spec"]["number"].clone());
        object["spec"]["tenant"] = tenant.clone().into();
        object["metadata"]["name"] = format!("{tenant}-{}", new.as_str().context("no number")?).into();
        object["metadata"]["namespace"] = locked.namespace.clone().into();
        editor.create(object).await.context(place)?;
    }
    Ok(())
}
