//! The same program as kubectl's plugin, the flags that it shares with kubectl, and completion.

use std::os::unix::fs::symlink;
use std::path::Path;

use dialplane_test_harness::ControlPlane;
use dialplane_test_harness::ControlPlaneOptions;
use kube::config::{Context, Kubeconfig, NamedContext};
use serde_json::json;
use tokio::process::Command;

use crate::plan::quiet;
use crate::program::{DIALPLANE, Ran, program, run};
use crate::world::{NAME, World};

/// Runs the real kubectl, which finds its plugin in `bin`.
async fn kubectl(world: &World, bin: &Path, args: &[&str]) -> Ran {
    let mut command = program(world, &world.plane.assets().kubectl, world.plane.kubeconfig());
    let path = std::env::var("PATH").unwrap();
    command
        .args(args)
        .env("PATH", format!("{}:{path}", bin.display()));
    run(command, "").await
}

#[tokio::test]
async fn kubectl_finds_the_plugin_and_the_plugin_knows_its_name() {
    let world = World::with_people(2).await;
    world.declare(quiet()).await;
    let bin = tempfile::tempdir().unwrap();
    let plugin = bin.path().join("kubectl-dialplane");
    symlink(DIALPLANE, &plugin).unwrap();
    let listed = kubectl(&world, bin.path(), &["plugin", "list"]).await.code(0);
    listed.says(&[plugin.to_str().unwrap()]);

    let help = kubectl(&world, bin.path(), &["dialplane", "--help"])
        .await
        .code(0);
    help.says(&["Usage: kubectl dialplane <COMMAND>"]);
    let help = kubectl(&world, bin.path(), &["dialplane", "approve", "--help"])
        .await
        .code(0);
    help.says(&["Usage: kubectl dialplane approve [OPTIONS] <NAME> [HASH]"]);
    let here = ["dialplane", "plan", NAME, "-n", &world.namespace];
    kubectl(&world, bin.path(), &here)
        .await
        .code(2)
        .says(&["Plan: 2 to create"]);
    world.change(json!({"suspend": true})).await;
    let suspended = kubectl(
        &world,
        bin.path(),
        &["dialplane", "sync", NAME, "-n", &world.namespace],
    )
    .await
    .code(1);
    suspended.notes(&[&format!(
        "with: kubectl dialplane resume -n {} acme",
        world.namespace
    )]);
    let help = world.dialplane(&["approve", "--help"]).await.code(0);
    help.says(&["Usage: dialplane approve [OPTIONS] <NAME> [HASH]"]);
    world.finish().await;
}

#[tokio::test]
async fn cluster_and_namespace_are_found_as_kubectl_finds_them() {
    let world = World::with_people(2).await;
    world.declare(quiet()).await;
    let mut config = Kubeconfig::read_from(world.plane.kubeconfig()).unwrap();
    let local = config.contexts[0].context.clone().unwrap();
    config.contexts.push(NamedContext {
        name: "acme-voice".to_owned(),
        context: Some(Context {
            namespace: Some(world.namespace.clone()),
            ..local
        }),
        ..NamedContext::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    std::fs::write(&file, serde_yaml::to_string(&config).unwrap()).unwrap();
    let ask = async |kubeconfig: &Path, args: &[&str]| {
        let mut command = program(&world, DIALPLANE, kubeconfig);
        command.args(args);
        run(command, "").await
    };
    ask(&file, &["plan", NAME])
        .await
        .code(1)
        .notes(&["acme in namespace default"]);
    ask(&file, &["plan", NAME, "--context", "acme-voice"])
        .await
        .code(2);
    let nowhere = Path::new("/no-such-kubeconfig");
    ask(nowhere, &["plan", NAME])
        .await
        .code(1)
        .notes(&["error: cannot find a cluster: "]);
    ask(&file, &["plan", NAME, "--context", "other"])
        .await
        .code(1)
        .notes(&["error: cannot find a cluster: ", "other"]);
    let flags = ["--kubeconfig", file.to_str().unwrap(), "--context", "acme-voice"];
    ask(nowhere, &[&["plan", NAME], flags.as_slice()].concat())
        .await
        .code(2);
    // The command that a message proposes leads to the same place.
    world.change(json!({"suspend": true})).await;
    let refused = ask(nowhere, &[&["sync", NAME], flags.as_slice()].concat())
        .await
        .code(1);
    let resume = format!(
        "dialplane resume -n {} --context acme-voice --kubeconfig {} acme\n",
        world.namespace,
        file.display()
    );
    refused.notes(&[&resume]);
    world.finish().await;
}

#[tokio::test]
async fn a_cluster_without_dialplane_says_so() {
    let plane = ControlPlane::start(ControlPlaneOptions::default()).await.unwrap();
    for args in [["plan", NAME], ["sync", NAME], ["suspend", NAME]] {
        let mut command = Command::new(DIALPLANE);
        command.args(args).env("KUBECONFIG", plane.kubeconfig());
        let refused = run(command, "").await.code(1);
        refused.notes(&[
            "the cluster does not have Dialplane's resources",
            "kubectl apply --server-side -f crds/",
        ]);
    }
    plane.stop_api_server().await;
    let mut command = Command::new(DIALPLANE);
    command.args(["plan", NAME]).env("KUBECONFIG", plane.kubeconfig());
    run(command, "")
        .await
        .code(1)
        .notes(&["cannot reach the API server: "]);
}

#[tokio::test]
async fn shells_complete_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let mut command = Command::new(DIALPLANE);
        command.args(["completion", shell]);
        let script = run(command, "").await.code(0);
        script.says(&["dialplane", "approve", "google-endpoint"]);
    }
    let mut shell = Command::new("bash");
    let dir = Path::new(DIALPLANE).parent().unwrap();
    let path = format!("{}:{}", dir.display(), std::env::var("PATH").unwrap());
    shell
        .args(["-c", "source <(dialplane completion bash); complete -p dialplane"])
        .env("PATH", path);
    run(shell, "").await.code(0).says(&["-F _dialplane"]);
}
