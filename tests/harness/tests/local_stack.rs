//! The command behind `make quickstart` and `make stop`, as far as Kubernetes goes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::Context as _;

fn local_stack(dir: &Path, args: &[&str]) -> anyhow::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-stack"));
    command
        .arg("--dir")
        .arg(dir)
        .args(args)
        .current_dir(dir)
        .output()
        .context("run local-stack")
}

/// Ends the stack also when the test fails.
struct Down<'a>(&'a Path);

impl Drop for Down<'_> {
    fn drop(&mut self) {
        let _ = local_stack(self.0, &["down"]);
    }
}

fn records(dir: &Path) -> Vec<(String, String)> {
    let Ok(files) = fs::read_dir(dir.join("pid")) else {
        return Vec::new();
    };
    let mut records: Vec<(String, String)> = files
        .flatten()
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read_to_string(file.path()).unwrap_or_default())
        })
        .collect();
    records.sort();
    records
}

fn up(dir: &Path) -> String {
    let output = local_stack(dir, &["up", "--only-control-plane"]);
    output.map_or_else(
        |error| error.to_string(),
        |output| String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn up_and_down_can_be_repeated_and_the_data_stay() {
    let dir = tempfile::tempdir().unwrap();
    let _down = Down(dir.path());
    let said = up(dir.path());
    assert!(
        said.contains(r#"export PATH="$PWD/bin:$PATH" KUBECONFIG="$PWD/kubeconfig""#),
        "{said}"
    );
    let first = records(dir.path());
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["etcd", "kube-apiserver", "kube-controller-manager"]);

    // As a person does it: with the printed line.
    let script = r#"export PATH="$PWD/bin:$PATH" KUBECONFIG="$PWD/kubeconfig"; kubectl create namespace kept && helm list"#;
    assert!(
        Command::new("sh")
            .args(["-c", script])
            .current_dir(dir.path())
            .status()
            .unwrap()
            .success()
    );
    assert!(
        fs::metadata(dir.path().join("log/kube-apiserver.log"))
            .unwrap()
            .len()
            > 0
    );

    let said = up(dir.path());
    assert!(said.contains("runs already"), "{said}");
    assert_eq!(records(dir.path()), first);

    // One of them dies: the next start mends it.
    let record: serde_json::Value = serde_json::from_str(&first[1].1).unwrap();
    assert!(
        Command::new("sh")
            .args(["-c", &format!("kill -9 {}", record["pid"])])
            .status()
            .unwrap()
            .success()
    );
    let said = up(dir.path());
    assert!(said.contains("Kubernetes answers"), "{said}");
    assert_ne!(records(dir.path()), first);

    for expected in [
        "ended kube-controller-manager, kube-apiserver, etcd",
        "nothing was running",
    ] {
        let output = local_stack(dir.path(), &["down"]).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains(expected), "{said}");
        assert_eq!(records(dir.path()), []);
    }

    up(dir.path());
    // It runs without this program's build, and ends the same way.
    let kept = Command::new(dir.path().join("local-stack"))
        .args(["path", "kubectl"])
        .output()
        .unwrap();
    assert!(kept.status.success(), "{kept:?}");
    let get = "KUBECONFIG=$PWD/kubeconfig bin/kubectl get namespace kept";
    assert!(
        Command::new("sh")
            .args(["-c", get])
            .current_dir(dir.path())
            .status()
            .unwrap()
            .success()
    );
}

/// cargo and Go are not there: whoever wants to end something does not wait for a build.
#[test]
fn stop_builds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join(".run");
    fs::create_dir(&run).unwrap();
    let _down = Down(&run);
    up(&run);
    assert_eq!(records(&run).len(), 3);
    let stop = || {
        let makefile = dialplane_test_harness::repository().join("Makefile");
        let output = Command::new("make")
            .arg("--file")
            .arg(makefile)
            .args(["stop", "CARGO=no-cargo-here", "CARGO_TARGET_DIR=/no-target-here"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(stop().contains("ended kube-controller-manager, kube-apiserver, etcd"));
    assert_eq!(records(&run), []);
    assert!(stop().contains("nothing was running"));
}

/// On a machine that lacks what is needed, it is said before anything is built, with what installs it.
#[test]
fn quickstart_says_beforehand_what_it_needs() {
    let dir = tempfile::tempdir().unwrap();
    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    // Nobody here is root, and there is neither a compiler nor cargo nor Go.
    for program in ["bash", "setpriv", "setsid", "curl"] {
        std::os::unix::fs::symlink(which(program), bin.join(program)).unwrap();
    }
    fs::write(bin.join("id"), "#!/bin/sh\necho 1000\n").unwrap();
    fs::set_permissions(
        bin.join("id"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let output = Command::new(which("make"))
        .arg("--file")
        .arg(dialplane_test_harness::repository().join("Makefile"))
        .arg("quickstart")
        .arg(format!("CACHE={}", dir.path().join("cache").display()))
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", &bin)
        .output()
        .unwrap();
    let (said, wants) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(!output.status.success(), "{said}");
    for words in ["etcd, kube-apiserver", "minutes on two cores", "asks nothing"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for words in [
        "sudo apt-get install --yes build-essential",
        "rustup.rs",
        "Go 1.26",
    ] {
        assert!(wants.contains(words), "{words}: {wants}");
    }
}

fn which(program: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
        .unwrap_or_else(|| program.into())
}
