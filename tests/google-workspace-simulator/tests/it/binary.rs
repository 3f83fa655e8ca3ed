//! The binary: its first line, its options, its end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use crate::support::*;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_google-workspace-simulator"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = command(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap_or_else(|| panic!("{line:?}"))
        .to_owned();
    (child, url)
}

#[tokio::test]
async fn it_serves_seed_and_generated_people_until_sigterm() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    let seed = serde_json::json!({"customer": {"customerDomain": "blue.example"}, "users": [{"primaryEmail": "extra@blue.example"}], "serviceAccounts": [DELEGATED.seed]});
    std::fs::write(&path, seed.to_string()).unwrap();
    let (mut child, url) = start(&[
        "--listen",
        "127.0.0.1:0",
        "--seed",
        path.to_str().unwrap(),
        "--generate",
        "30",
        "--latency",
        "1ms",
        "--insecure-webhooks",
        "--strict",
    ]);
    assert!(
        url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"),
        "{url}"
    );

    let http = reqwest::Client::new();
    let signed = assertion(
        &DELEGATED,
        &claims(&DELEGATED, Some("admin@blue.example"), &[USER_READONLY]),
    );
    let (_, token) = answer(
        http.post(format!("{url}/token"))
            .form(&[("grant_type", GRANT), ("assertion", &signed)]),
    )
    .await;
    let (_, page) = answer(
        http.get(format!("{url}/admin/directory/v1/users?customer=my_customer"))
            .bearer_auth(token["access_token"].as_str().unwrap()),
    )
    .await;
    assert_eq!(page["users"].as_array().unwrap().len(), 31);

    let (_, switches) = answer(http.get(format!("{url}/_simulator/switches"))).await;
    assert_eq!(switches["insecureWebhooks"], true);
    assert_eq!(switches["strict"], true);

    let killed = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success(), "SIGTERM ends it cleanly");
}

#[test]
fn a_bad_seed_ends_it_with_an_error_that_names_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    for (text, expected) in [
        ("{\"people\": []}", "people"),
        ("{\"users\": [", "EOF"),
        (
            "{\"users\": [{\"primaryEmail\": \"a@b.example\", \"mail\": 1}]}",
            "users[0].mail",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let mut child = command(&["--seed", path.to_str().unwrap()]).spawn().unwrap();
        assert!(!child.wait().unwrap().success());
        let mut error = String::new();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        assert!(error.contains(expected) && error.contains("seed.json"), "{error}");
    }
}
