//! Strangers at the public port: however many connections they open, and whatever they leave unfinished, the operator has few of
//! them, little memory, and goes on.

use std::fs;
use std::time::Duration;

use dialplane_test_harness::Operator;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::{World, company, poll};

/// More than fill a pod's memory when each is kept with what it sends.
const STRANGERS: usize = 600;
/// What the operator lets in at a time, and room for its own files and connections.
const DESCRIPTORS: usize = 256 + 64;
/// Of these about 30 are the operator's own. 256 connections have at most 16 KiB for each head.
const PEAK_MIB: u64 = 64;

/// Strangers who send something, and then nothing more, for as long as the value lives.
async fn strangers(operator: &Operator, sent: &[u8]) -> Vec<TcpStream> {
    let address = operator.http_url().trim_start_matches("http://").to_owned();
    let mut held = Vec::new();
    for _ in 0..STRANGERS {
        let Ok(Ok(stream)) = timeout(Duration::from_secs(5), TcpStream::connect(&address)).await else {
            break; // the kernel's queue is full, too
        };
        // It takes what fits from whoever is not let in yet.
        let _ = stream.writable().await;
        let _ = stream.try_write(sent);
        held.push(stream);
    }
    held
}

/// File descriptors and peak of memory (MiB) of the operator.
fn burden(operator: &Operator) -> (usize, u64) {
    let pid = operator.identity().unwrap().pid;
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: u64 = peak.split_whitespace().next().unwrap().parse().unwrap();
    (descriptors, kib / 1024)
}

#[tokio::test]
async fn a_flood_of_connections_costs_little_and_stops_nothing() {
    let world = World::new(company(&["ana"])).await;
    let operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let long = format!(
        "POST /push/google/x HTTP/1.1\r\nhost: x\r\nslow: {}",
        "x".repeat(8000)
    );
    let body = format!(
        "POST /push/google/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{}",
        "x".repeat(8000)
    );
    let mut held = Vec::new();
    // Half-open, in the middle of a head, and in the middle of a body.
    for sent in [b"".as_slice(), long.as_bytes(), body.as_bytes()] {
        drop(std::mem::take(&mut held));
        poll("the strangers of before to be gone", async || {
            (burden(&operator).0 < 100).then_some(())
        })
        .await;
        held = strangers(&operator, sent).await;
        assert!(held.len() > DESCRIPTORS, "{} strangers are no flood", held.len());
        let (descriptors, peak) = burden(&operator);
        assert!(descriptors < DESCRIPTORS, "{descriptors} descriptors");
        assert!(peak < PEAK_MIB, "{peak} MiB");
        // The kubelet and whoever scrapes come by another door.
        for path in ["healthz", "readyz", "metrics"] {
            let answer = reqwest::get(format!("{}/{path}", operator.metrics_url())).await;
            assert_eq!(answer.unwrap().status(), 200, "{path}");
        }
    }
    world
        .google
        .patch_user("ana@acme.example", json!({"name": {"givenName": "Anna"}}))
        .unwrap();
    world.sync().await;
    let ana = world.extensions().get("acme-1002").await.unwrap();
    assert_eq!(ana.spec.user.unwrap().first_name.as_deref(), Some("Anna"));
    // Their time passes, though they never close: Google gets in again.
    let public = reqwest::Client::new();
    let answered = poll("an answer at the public port", async || {
        let url = format!("{}/push/google/x", operator.http_url());
        let answer = public.post(url).send().await.ok()?;
        Some(answer.status().as_u16())
    })
    .await;
    assert_eq!(answered, 404);
    let (descriptors, peak) = burden(&operator);
    assert!(
        descriptors < DESCRIPTORS && peak < PEAK_MIB,
        "{descriptors} {peak} MiB"
    );
    drop(held);
    world.finish().await;
}

/// Who is connected when the process ends does not hold it up.
#[tokio::test]
async fn connections_that_do_not_end_do_not_hold_up_the_end() {
    let world = World::new(company(&["ana"])).await;
    let mut operator = world.operator().await;
    let held = strangers(&operator, b"GET / HTTP/1.1\r\nslow: ").await;
    let status = operator.terminate().await.unwrap();
    assert!(status.success(), "{status}: {}", operator.log());
    drop(held);
    world.finish().await;
}

/// What Google is asked and how many people there are is not for strangers.
#[tokio::test]
async fn the_public_port_has_no_metrics() {
    let world = World::new(company(&["ana"])).await;
    let operator = world.operator().await;
    let status = async |url: String| reqwest::get(url).await.unwrap().status().as_u16();
    assert_eq!(status(format!("{}/metrics", operator.http_url())).await, 404);
    assert_eq!(status(format!("{}/metrics", operator.metrics_url())).await, 200);
    assert_eq!(
        status(format!("{}/push/google/x", operator.metrics_url())).await,
        404
    );
    world.finish().await;
}
