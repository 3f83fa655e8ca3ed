//! What outlives the command that started it is found again, and ended.

use std::fs;
use std::path::{Path, PathBuf};

use dialplane_test_harness::{ControlPlane, ControlPlaneOptions, Service, Services, Tether};

fn service(program: PathBuf, port: u16) -> Service {
    let address = format!("127.0.0.1:{port}");
    let args = [
        "run",
        "--google-endpoint",
        "g",
        "--log-format",
        "json",
        "--http-address",
        &address,
        "--metrics-address",
        "127.0.0.1:0",
    ];
    Service {
        name: "stand-in",
        program,
        args: args.map(str::to_owned).into(),
        env: Vec::new(),
        ready_url: format!("http://{address}/readyz"),
    }
}

/// Ends what a failed test leaves behind.
struct Ended(Services);

impl Drop for Ended {
    fn drop(&mut self) {
        for name in ["stand-in", "kube-apiserver", "etcd"] {
            self.0.end(name);
        }
    }
}

fn record(dir: &Path) -> Option<String> {
    fs::read_to_string(dir.join("pid/stand-in")).ok()
}

#[tokio::test]
async fn a_service_is_reused_until_it_dies_or_changes() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_harness-stand-in"), &program).unwrap();
    let services = Services::new(dir.path()).unwrap();
    let _ended = Ended(services.clone());
    let mut service = service(program.clone(), dialplane_test_harness::free_port().unwrap());

    assert!(services.ensure(&service).await.unwrap());
    let first = record(dir.path());
    assert!(!services.ensure(&service).await.unwrap());
    assert_eq!(record(dir.path()), first);

    service.env.push(("NEW".into(), "1".into()));
    assert!(services.ensure(&service).await.unwrap());
    let second = record(dir.path());
    assert_ne!(second, first);

    // A new build of the program.
    fs::remove_file(&program).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_harness-stand-in"), &program).unwrap();
    assert!(services.ensure(&service).await.unwrap());
    assert_ne!(record(dir.path()), second);

    assert!(services.is_alive("stand-in"));
    assert!(services.end("stand-in"));
    assert!(!services.end("stand-in"));
    assert!(!services.is_alive("stand-in"));
    assert_eq!(record(dir.path()), None);
    let log = fs::read_to_string(dir.path().join("log/stand-in.log")).unwrap();
    assert!(log.contains("ended as asked"), "{log}");
}

#[tokio::test]
async fn a_service_that_does_not_start_leaves_no_record() {
    let dir = tempfile::tempdir().unwrap();
    let services = Services::new(dir.path()).unwrap();
    let _ended = Ended(services.clone());
    let mut service = service(env!("CARGO_BIN_EXE_harness-stand-in").into(), 1);
    service.args.push("--fail".into());
    service.env.push(("RUST_BACKTRACE".into(), "0".into()));
    let error = services.ensure(&service).await.unwrap_err().to_string();
    assert!(error.contains("told to fail"), "{error}");
    assert_eq!(record(dir.path()), None);
}

#[tokio::test]
async fn a_detached_control_plane_can_be_joined() {
    let dir = tempfile::tempdir().unwrap();
    let services = Services::new(dir.path()).unwrap();
    let _ended = Ended(services.clone());
    assert!(ControlPlane::attach(dir.path()).await.is_err());
    let options = ControlPlaneOptions {
        dir: Some(dir.path().to_path_buf()),
        tether: Tether::Detached,
        records: Some(services.clone()),
        ..Default::default()
    };
    let started = ControlPlane::start(options).await.unwrap();
    assert!(services.is_alive("etcd") && services.is_alive("kube-apiserver"));
    drop(started);
    let joined = ControlPlane::attach(dir.path()).await.unwrap();
    assert!(
        joined
            .kubectl(&["get", "namespaces"])
            .ok()
            .unwrap()
            .contains("default")
    );
    for name in ["kube-apiserver", "etcd"] {
        assert!(services.end(name));
    }
    assert!(ControlPlane::attach(dir.path()).await.is_err());
}
