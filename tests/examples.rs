//! Every folder of `examples/` is applied to a real API server, as its comments tell people to.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, repository};
use serde::Deserialize as _;
use serde_json::Value;

fn folders() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(repository().join("examples"))?.collect::<Result<Vec<_>, _>>()?;
    let mut folders: Vec<PathBuf> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}

fn objects(folder: &PathBuf) -> Result<Vec<Value>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let mut objects = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
    {
        for document in serde_yaml::Deserializer::from_str(&fs::read_to_string(file)?) {
            objects.push(Value::deserialize(document).with_context(|| file.display().to_string())?);
        }
    }
    Ok(objects)
}

/// Every path that `wanted` sets has the same value in `found`, which may have more (defaults).
fn is_contained(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|other| is_contained(value, other))),
        _ => wanted == found,
    }
}

#[tokio::test]
async fn every_example_is_accepted_as_it_is() -> Result<()> {
    let plane = ControlPlane::shared().await;
    plane.install_crds().await;
    let folders = folders()?;
    ensure!(folders.len() >= 6, "where are the examples? {folders:?}");
    for folder in folders {
        let path = folder.to_str().context("a path that is no text")?;
        for object in objects(&folder)?
            .iter()
            .filter(|object| object["kind"] == "Namespace")
        {
            plane
                .kubectl_stdin(&["apply", "-f", "-"], &object.to_string())
                .ok()?;
        }
        let strict = ["apply", "-f", path, "--validate=strict", "--warnings-as-errors"];
        plane
            .kubectl(&[&strict[..], &["--dry-run=server"]].concat())
            .ok()?;
        plane.kubectl(&strict).ok()?;
        for object in objects(&folder)? {
            let resource = match object["kind"].as_str() {
                Some("GoogleWorkspaceIntegration") => "gwi",
                Some("PbxExtension") => "pbxext",
                _ => continue,
            };
            let name = object["metadata"]["name"].as_str().context("no name")?;
            let namespace = object["metadata"]["namespace"].as_str().context("no namespace")?;
            let stored = plane
                .kubectl(&["get", resource, name, "-n", namespace, "-o", "json"])
                .ok()?;
            let stored: Value = serde_json::from_str(&stored)?;
            ensure!(
                is_contained(&object["spec"], &stored["spec"]),
                "{path}: something was dropped or changed:\n{stored:#}"
            );
        }
    }
    Ok(())
}

/// The code blocks of a page that hold one of our resources.
fn manifests_in(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.contains("apiVersion: dialplane.io"))
}

#[tokio::test]
async fn every_manifest_in_the_manual_is_accepted() -> Result<()> {
    let plane = ControlPlane::shared().await;
    plane.install_crds().await;
    let mut pages: Vec<PathBuf> = fs::read_dir(repository().join("docs"))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    pages.push(repository().join("README.md"));
    let mut tried = 0;
    for page in pages
        .iter()
        .filter(|page| page.extension().is_some_and(|extension| extension == "md"))
    {
        for manifest in manifests_in(&fs::read_to_string(page)?) {
            let mut object: Value = serde_yaml::from_str(manifest)?;
            object["metadata"]["namespace"] = "default".into();
            let strict = [
                "apply",
                "--dry-run=server",
                "--validate=strict",
                "--warnings-as-errors",
                "-f",
                "-",
            ];
            plane
                .kubectl_stdin(&strict, &object.to_string())
                .ok()
                .with_context(|| page.display().to_string())?;
            tried += 1;
        }
    }
    let chart: Value = serde_yaml::from_str(&fs::read_to_string(
        repository().join("charts/dialplane/Chart.yaml"),
    )?)?;
    let advertised = chart["annotations"]["artifacthub.io/crdsExamples"]
        .as_str()
        .context("no crdsExamples")?;
    for mut object in serde_yaml::from_str::<Vec<Value>>(advertised)? {
        object["metadata"]["namespace"] = "default".into();
        plane
            .kubectl_stdin(
                &["apply", "--dry-run=server", "--validate=strict", "-f", "-"],
                &object.to_string(),
            )
            .ok()?;
    }
    ensure!(tried >= 3, "the manual shows {tried} manifests only");
    Ok(())
}

#[test]
fn every_example_is_complete_explained_and_listed() -> Result<()> {
    let index = fs::read_to_string(repository().join("examples/README.md"))?;
    let mut tenants = BTreeSet::new();
    for folder in folders()? {
        let name = folder
            .file_name()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        ensure!(
            index.contains(&format!("`{name}`")),
            "examples/README.md does not list {name}"
        );
        let objects = objects(&folder)?;
        let of_kind = |kind: &str| objects.iter().filter(|object| object["kind"] == kind).count();
        ensure!(
            of_kind("Namespace") == 1 && of_kind("GoogleWorkspaceIntegration") == 1,
            "{name} is not complete"
        );
        for object in &objects {
            let tenant = &object["spec"]["tenant"]["name"];
            ensure!(
                tenant.is_null() || tenants.insert(tenant.to_string()),
                "{name}: tenant {tenant} is in two examples"
            );
        }
        for file in fs::read_dir(&folder)?.flatten() {
            ensure!(
                fs::read_to_string(file.path())?.starts_with("# "),
                "{} says nothing about itself",
                file.path().display()
            );
        }
    }
    Ok(())
}

/// What examples/README.md tells people to type is typed, and typed once more when the integration is changed: the key stays.
#[tokio::test]
async fn the_commands_of_the_index_work_in_their_order_and_keep_the_key() -> Result<()> {
    // These namespaces are the test's alone, so it has a cluster of its own.
    let plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
    plane.install_crds().await;
    let index = fs::read_to_string(repository().join("examples/README.md"))?;
    let commands: Vec<&str> = index
        .lines()
        .filter_map(|line| line.strip_prefix("    kubectl "))
        .collect();
    let key = tempfile::NamedTempFile::new()?;
    fs::write(key.path(), "a real key")?;
    let key = key.path().to_str().context("a path that is no text")?;
    let folder = |name: &str| repository().join(name).display().to_string();
    for command in &commands {
        let typed: Vec<String> = command
            .split(' ')
            .map(|word| match word.strip_prefix("examples/") {
                Some(_) => folder(word),
                None => word.replace("./key.json", key),
            })
            .collect();
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        plane
            .kubectl(&typed)
            .ok()
            .with_context(|| (*command).to_owned())?;
    }
    for path in folders()? {
        let name = path
            .file_name()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        let apply = format!("apply -f examples/{name}/");
        ensure!(commands.contains(&apply.as_str()), "nobody is told to {apply}");
        plane
            .kubectl(&["apply", "-f", &folder(&format!("examples/{name}"))])
            .ok()?;
        let objects = objects(&path)?;
        let integration = objects
            .iter()
            .find(|object| object["kind"] == "GoogleWorkspaceIntegration")
            .context("none")?;
        let reference = &integration["spec"]["google"]["credentials"]["serviceAccount"]["secretRef"];
        let [secret, namespace] =
            [&reference["name"], &integration["metadata"]["namespace"]].map(|it| it.as_str());
        let (secret, namespace) = (secret.context("no Secret")?, namespace.context("no namespace")?);
        let entry = reference["key"]
            .as_str()
            .unwrap_or("key.json")
            .replace('.', "\\.");
        let read = format!("--output=jsonpath={{.data.{entry}}}");
        let kept = plane
            .kubectl(&["get", "secret", secret, "-n", namespace, &read])
            .ok()?;
        assert_eq!(kept, "YSByZWFsIGtleQ==", "{name}");
    }
    Ok(())
}

#[test]
fn no_example_holds_a_secret() -> Result<()> {
    for folder in folders()? {
        let secrets = objects(&folder)?
            .iter()
            .filter(|object| object["kind"] == "Secret")
            .count();
        ensure!(
            secrets == 0,
            "{}: applied, it takes the place of a real key",
            folder.display()
        );
    }
    Ok(())
}

#[test]
fn the_quickstart_is_what_the_manual_describes() -> Result<()> {
    let objects = objects(&repository().join("examples/quickstart"))?;
    let integration = objects
        .iter()
        .find(|object| object["kind"] == "GoogleWorkspaceIntegration")
        .context("none")?;
    assert_eq!(integration["metadata"]["namespace"], "acme-voice");
    assert_eq!(integration["spec"]["users"]["schedule"]["interval"], "1m");
    assert_eq!(integration["spec"]["users"]["numbering"]["start"], "1001");
    Ok(())
}

/// Who is assigned to a number finds an extension there that nobody keeps, and is in scope.
#[test]
fn the_assigned_numbers_were_created_in_advance() -> Result<()> {
    let objects = objects(&repository().join("examples/assigned-numbers"))?;
    let integration = objects
        .iter()
        .find(|object| object["kind"] == "GoogleWorkspaceIntegration")
        .context("none")?;
    let users = &integration["spec"]["users"];
    let assignments = users["numbering"]["assignments"].as_array().context("none")?;
    ensure!(assignments.len() >= 2);
    for assignment in assignments {
        let extension = objects.iter().find(|object| {
            object["kind"] == "PbxExtension" && object["spec"]["number"] == assignment["number"]
        });
        let extension = extension.with_context(|| assignment.to_string())?;
        assert_eq!(extension["spec"]["tenant"], integration["spec"]["tenant"]["name"]);
        assert_eq!(
            extension["metadata"]["namespace"],
            integration["metadata"]["namespace"]
        );
        assert!(extension["metadata"]["labels"].is_null(), "somebody keeps it");
        let included = users["scope"]["include"]["users"].as_array().context("none")?;
        assert!(included.contains(&assignment["user"]), "{assignment}");
    }
    Ok(())
}
