//! The image that `make image` wrote, with the operator in it: `make test-image`.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use dialplane_test_harness::repository;

use crate::archive::{Image, run};

const PATIENCE: Duration = Duration::from_mins(1);

fn released() -> Result<Image> {
    let file = std::env::var_os("DIALPLANE_IMAGE")
        .map_or_else(|| repository().join("target/dialplane-image.tar"), PathBuf::from);
    Image::open(&file).with_context(|| format!("{}: make image writes it", file.display()))
}

#[test]
#[ignore = "the release takes minutes to build: make test-image"]
fn the_operator_runs_with_nothing_beside_it() -> Result<()> {
    let image = released()?;
    let version = String::from_utf8(run(&mut image.command(&["--version"])?)?.stdout)?;
    ensure!(
        version.trim() == concat!("dialplane ", env!("CARGO_PKG_VERSION")),
        "{version}"
    );
    let label = &image.config["config"]["Labels"]["org.opencontainers.image.version"];
    ensure!(label == env!("CARGO_PKG_VERSION"), "{label}");
    let printed = String::from_utf8(run(&mut image.command(&["crds"])?)?.stdout)?;
    for file in fs::read_dir(repository().join("crds"))? {
        let written = fs::read_to_string(file?.path())?;
        ensure!(printed.contains(written.trim()), "crds prints others than crds/");
    }
    Ok(())
}

/// glibc's resolver is the part of a static program that may want more than the program.
#[test]
#[ignore = "the release takes minutes to build: make test-image"]
fn the_operator_finds_the_api_server_by_its_name() -> Result<()> {
    let image = released()?;
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    fs::write(image.root().join("etc/hosts"), "127.0.0.1 cluster.example\n")?;
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: 'http://cluster.example:{port}'}}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{token: t}}}}]\n"
    );
    fs::write(image.root().join("kubeconfig"), kubeconfig)?;
    let mut asking = image
        .command(&["plan", "acme", "--kubeconfig", "/kubeconfig"])?
        .spawn()?;
    let (sender, connected) = mpsc::channel();
    std::thread::spawn(move || sender.send(server.accept().is_ok()));
    let asked = connected.recv_timeout(PATIENCE).unwrap_or(false);
    // It waits for an answer that never comes, or has ended.
    let _ = asking.kill();
    asking.wait()?;
    ensure!(asked, "nobody asked cluster.example");
    Ok(())
}
