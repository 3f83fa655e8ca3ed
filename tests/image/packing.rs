//! The packing step, with the packing program itself in the place of the operator: it is static too, and built at once.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::repository;

use crate::archive::{Image, run};

fn go(args: &[&str]) -> Command {
    let mut command = Command::new("go");
    command
        .args(args)
        .current_dir(repository().join("image"))
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .env("GOTOOLCHAIN", "local");
    command
}

fn stand_in(dir: &Path) -> Result<Image> {
    let program = dir.join("program");
    run(go(&["build", "-trimpath", "-o"]).arg(&program).arg("."))?;
    let certificates = dir.join("certificates.pem");
    fs::write(&certificates, "-----BEGIN CERTIFICATE-----\n")?;
    let archive = dir.join("image.tar");
    run(Command::new(&program)
        .arg("--binary")
        .arg(&program)
        .arg("--certificates")
        .arg(&certificates)
        .arg("--license")
        .arg(repository().join("LICENSE"))
        .args([
            "--version",
            "1.2.3",
            "--reference",
            "registry.example/dialplane:1.2.3",
        ])
        .arg("--output")
        .arg(&archive)
        .env("SOURCE_DATE_EPOCH", "1700000000"))?;
    Image::open(&archive)
}

#[test]
fn the_packing_program_is_right_by_its_own_tests() -> Result<()> {
    run(&mut go(&["vet", "./..."]))?;
    let tested = run(&mut go(&["test", "-v", "./..."]))?;
    let said = String::from_utf8(tested.stdout)?;
    ensure!(said.matches("--- PASS").count() >= 5, "{said}");
    Ok(())
}

#[test]
fn the_image_is_what_every_tool_takes_and_the_kubelet_allows() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let image = stand_in(dir.path())?;
    let expected = [
        "LICENSE",
        "dialplane",
        "etc/nsswitch.conf",
        "etc/ssl/certs/ca-certificates.crt",
    ];
    ensure!(image.files() == expected, "{}", image.listing);
    for line in image.listing.lines() {
        ensure!(line.contains(" 0/0 "), "somebody's file: {line}");
    }
    let config = &image.config["config"];
    ensure!(config["User"] == "65532:65532", "{config}");
    ensure!(
        config["Labels"]["org.opencontainers.image.created"] == "2023-11-14T22:13:20Z",
        "{config}"
    );
    let annotations = &image.index["manifests"][0]["annotations"];
    ensure!(annotations["io.containerd.image.name"] == "registry.example/dialplane:1.2.3");
    ensure!(image.docker[0]["RepoTags"][0] == "registry.example/dialplane:1.2.3");
    let ran = image.command(&["-h"])?.output()?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(said.contains("-certificates"), "on its own root: {said}");
    Ok(())
}

/// Whoever takes the one gets the same as with the other.
#[test]
fn the_dockerfile_makes_the_same_image() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let image = stand_in(dir.path())?;
    let dockerfile = fs::read_to_string(repository().join("Dockerfile"))?;
    let config = &image.config["config"];
    let labels = config["Labels"].as_object().context("no labels")?;
    // Of the one build, not of the program.
    let of_the_build = ["created", "version", "revision"];
    let mut wanted: Vec<String> = labels
        .iter()
        .filter(|(name, _)| !of_the_build.iter().any(|suffix| name.ends_with(suffix)))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    ensure!(wanted.len() == 4, "{wanted:?}");
    wanted.push(format!("USER {}", config["User"].as_str().context("no user")?));
    wanted.push(format!("ENTRYPOINT {}", config["Entrypoint"]));
    wanted.push(format!("CMD {}", config["Cmd"]));
    wanted.push("EXPOSE 8080 8081".to_owned());
    ensure!(config["ExposedPorts"].as_object().is_some_and(|ports| {
        ports.len() == 2 && ports.contains_key("8080/tcp") && ports.contains_key("8081/tcp")
    }));
    wanted.extend(image.files().iter().map(|file| format!("/image/{file}")));
    for line in wanted {
        ensure!(dockerfile.contains(&line), "the Dockerfile lacks {line}");
    }
    Ok(())
}
