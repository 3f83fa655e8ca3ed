//! The operator's handle, proven on a stand-in.

use dialplane_test_harness::{Operator, OperatorBuilder};

fn stand_in() -> OperatorBuilder {
    Operator::builder(env!("CARGO_BIN_EXE_harness-stand-in"))
        .kubeconfig("/a/kubeconfig")
        .google_endpoint("http://127.0.0.1:1")
        .namespace("voice")
}

#[tokio::test]
async fn it_is_ready_says_its_metrics_and_ends_when_asked() {
    let mut operator = stand_in().spawn().await.unwrap();
    assert_eq!(operator.metrics().await.unwrap(), "stand_in 1\n");
    assert!(operator.terminate().await.unwrap().success());
    let log = operator.log();
    assert!(
        log.contains(r#"http://127.0.0.1:1 Some("voice") json /a/kubeconfig"#),
        "{log}"
    );
    assert!(log.contains("ended as asked"), "{log}");
}

#[tokio::test]
async fn it_can_be_killed_and_started_again() {
    use std::os::unix::process::ExitStatusExt as _;
    let builder = stand_in();
    let mut first = builder.clone().spawn().await.unwrap();
    first.kill9();
    assert_eq!(first.wait().await.unwrap().signal(), Some(9));
    assert!(!first.log().contains("ended as asked"));
    let second = builder.spawn().await.unwrap();
    let identity = second.identity().unwrap();
    assert!(identity.is_alive());
    drop(second);
    assert!(!identity.is_alive());
}

#[tokio::test]
async fn a_start_that_fails_shows_the_log() {
    let error = stand_in()
        .env("RUST_BACKTRACE", "0")
        .arg("--fail")
        .spawn()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("told to fail") && error.contains("exit status: 1"),
        "{error}"
    );
}

#[tokio::test]
async fn it_can_be_taken_before_it_is_ready() {
    let mut operator = stand_in().without_waiting().spawn().await.unwrap();
    operator.ready().await.unwrap();
}
