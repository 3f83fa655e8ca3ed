//! Faults: named errors, raw bodies, damaged reads, broken connections, and which requests they hit.

use google_workspace_simulator::Fault;
use serde_json::{Value, json};

use crate::support::*;

const LIST: &str = "/admin/directory/v1/users?customer=my_customer&maxResults=2";

fn on_list(fault: Fault) -> Fault {
    Fault {
        path_prefix: Some("/admin/directory/v1/users".into()),
        ..fault
    }
}

/// Reads all pages and answers with the ids, or with the status of the page that failed.
async fn read(acme: &Acme) -> Result<String, u16> {
    let (mut all, mut token) = (String::new(), String::new());
    loop {
        let (status, page) = acme.get(&format!("{LIST}{token}")).await;
        if status != 200 {
            return Err(status.as_u16());
        }
        all += &ids(&page);
        match page["nextPageToken"].as_str() {
            Some(next) => token = format!("&pageToken={next}"),
            None => return Ok(all),
        }
    }
}

#[tokio::test]
async fn every_named_error_has_its_status_on_the_wire() {
    let acme = Acme::start().await;
    for name in Fault::api_reasons()
        .chain(Fault::push_reasons())
        .chain(Fault::token_reasons())
    {
        acme.sim
            .add_fault(on_list(Fault {
                count: Some(1),
                ..Fault::named(name)
            }))
            .unwrap();
        let response = acme.request(LIST).send().await.unwrap();
        assert!(response.status().as_u16() >= 400, "{name}");
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let text = response.text().await.unwrap();
        match kind.split(';').next().unwrap() {
            "application/json" => assert!(
                serde_json::from_str::<Value>(&text)
                    .unwrap()
                    .get("error")
                    .is_some(),
                "{name}"
            ),
            "text/html" => assert!(text.starts_with("<!DOCTYPE html>"), "{name}"),
            "text/plain" => assert!(!text.is_empty(), "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
    assert_eq!(acme.get(LIST).await.0, 200, "count ended every fault");
}

#[tokio::test]
async fn known_bodies_are_exact() {
    let acme = Acme::start().await;
    let simple = |code: u16, message: &str, reason: &str| json!({"error": {"code": code, "message": message, "errors": [{"message": message, "domain": "global", "reason": reason}]}});
    let cases = [
        (
            "serviceUnavailable",
            503,
            simple(503, "Service unavailable. Please try again", "backendError"),
        ),
        ("invalid", 400, simple(400, "Invalid Input", "invalid")),
        (
            "forbidden",
            403,
            simple(403, "Not Authorized to access this resource/api", "forbidden"),
        ),
        (
            "invalid_rapt",
            400,
            json!({"error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)",
            "error_uri": "https://support.google.com/a/answer/9368756", "error_subtype": "invalid_rapt"}),
        ),
    ];
    for (name, status, expected) in cases {
        acme.sim
            .add_fault(Fault {
                count: Some(1),
                ..Fault::named(name)
            })
            .unwrap();
        let (got, body) = acme.get(LIST).await;
        assert_eq!((got.as_u16(), body), (status, expected), "{name}");
    }
    acme.sim
        .add_fault(Fault {
            count: Some(1),
            status: Some(429),
            ..Fault::named("quotaExceeded")
        })
        .unwrap();
    let (status, body) = acme.get(LIST).await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"], reason(&body)),
        (429, &json!(429), "quotaExceeded")
    );
}

#[tokio::test]
async fn a_bare_status_and_a_raw_body_are_sent() {
    let acme = Acme::start().await;
    let fault = |text: &'static str| {
        let acme = &acme;
        async move {
            let (status, body) = acme.control("POST", "/_simulator/faults", text).await;
            assert_eq!(status, 200, "{body}");
            let response = acme.request(LIST).send().await.unwrap();
            assert_eq!(acme.control("DELETE", "/_simulator/faults", "").await.0, 204);
            (
                response.status().as_u16(),
                response.headers()["content-type"].to_str().unwrap().to_owned(),
                response.text().await.unwrap(),
            )
        }
    };
    assert!(
        fault(r#"{"status": 503}"#)
            .await
            .2
            .contains("Service unavailable. Please try again")
    );
    assert_eq!(fault(r#"{"status": 418}"#).await.0, 418);
    assert_eq!(
        fault(r#"{"body": {}}"#).await,
        (200, "application/json; charset=UTF-8".into(), "{}".into())
    );
    assert_eq!(
        fault(r#"{"status": 200, "body": "{\"kind\": \"admin#dir"}"#)
            .await
            .2,
        "{\"kind\": \"admin#dir"
    );
    assert_eq!(
        fault(r#"{"status": 502, "body": "<html>Bad Gateway</html>"}"#)
            .await
            .1,
        "text/html; charset=UTF-8"
    );
    assert_eq!(
        fault(r#"{"status": 200, "body": {"kind": "admin#directory#users"}}"#)
            .await
            .2,
        r#"{"kind":"admin#directory#users"}"#
    );
}

#[tokio::test]
async fn skip_chooses_the_page_of_every_read() {
    let acme = Acme::start().await;
    for (skip, pages) in [(0, 1), (1, 2), (2, 3)] {
        acme.sim
            .add_fault(on_list(Fault {
                skip,
                count: Some(2),
                ..Fault::named("backendError")
            }))
            .unwrap();
        acme.sim.clear_requests();
        assert_eq!(read(&acme).await, Err(500));
        assert_eq!(acme.sim.requests().len(), pages);
        assert_eq!(
            read(&acme).await,
            Err(500),
            "the next read fails at the same page"
        );
        assert_eq!(
            read(&acme).await,
            Ok("0002030401".into()),
            "then the fault has ended"
        );
    }
    acme.sim
        .add_fault(on_list(Fault {
            skip: 3,
            ..Fault::named("backendError")
        }))
        .unwrap();
    assert_eq!(
        read(&acme).await,
        Ok("0002030401".into()),
        "there is no fourth page"
    );
}

#[tokio::test]
async fn faults_hit_only_what_they_name() {
    let acme = Acme::start().await;
    acme.sim
        .add_fault(Fault {
            method: Some("POST".into()),
            path_prefix: Some("/token".into()),
            skip: 1,
            count: Some(1),
            ..Fault::named("access_denied")
        })
        .unwrap();
    assert_eq!(acme.get(LIST).await.0, 200);
    acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    let (status, body) = acme.ask_token(&[]).await;
    assert_eq!((status.as_u16(), &body["error"]), (400, &json!("access_denied")));
    acme.token_for(&DELEGATED, Some(ADMIN), &[USER_READONLY]).await;
    acme.sim.add_fault(Fault::named("forbidden")).unwrap();
    assert_eq!(
        acme.control("GET", "/_simulator/requests", "").await.0,
        200,
        "control paths are never hit"
    );
    acme.sim.clear_faults();
    assert_eq!(acme.get(LIST).await.0, 200);
}

#[tokio::test]
async fn damaged_reads_look_like_success() {
    let acme = Acme::start().await;
    let damaged = |name: &'static str| {
        let acme = &acme;
        async move {
            acme.sim
                .add_fault(on_list(Fault {
                    count: Some(1),
                    ..Fault::named(name)
                }))
                .unwrap();
            let response = acme.request(LIST).send().await.unwrap();
            assert_eq!(response.status(), 200, "{name}");
            response.text().await.unwrap()
        }
    };
    assert_eq!(damaged("emptyObject").await, "{}");
    let page: Value = serde_json::from_str(&damaged("emptyPage").await).unwrap();
    assert_eq!(
        page.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["etag", "kind"]
    );
    let page: Value = serde_json::from_str(&damaged("shortRead").await).unwrap();
    assert_eq!((ids(&page).as_str(), page.get("nextPageToken")), ("0002", None));
    let page: Value = serde_json::from_str(&damaged("shortPage").await).unwrap();
    assert_eq!(
        (ids(&page).as_str(), page.get("nextPageToken").is_some()),
        ("00", true)
    );
    assert!(serde_json::from_str::<Value>(&damaged("truncatedJson").await).is_err());
    assert!(damaged("htmlPage").await.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_looping_read_repeats_its_page_token() {
    let acme = Acme::start().await;
    acme.sim
        .add_fault(on_list(Fault::named("pageTokenLoop")))
        .unwrap();
    let (_, first) = acme.get(LIST).await;
    let token = first["nextPageToken"].as_str().unwrap();
    for _ in 0..3 {
        let (status, page) = acme.get(&format!("{LIST}&pageToken={token}")).await;
        assert_eq!(
            (status.as_u16(), ids(&page).as_str(), &page["nextPageToken"]),
            (200, "0002", &json!(token))
        );
    }
}

#[tokio::test]
async fn connections_break_before_and_in_the_middle_of_an_answer() {
    let acme = Acme::start().await;
    for fault in [
        Fault {
            close_connection: true,
            ..Fault::default()
        },
        Fault::named("connectionClosed"),
    ] {
        acme.sim
            .add_fault(Fault {
                count: Some(1),
                ..fault
            })
            .unwrap();
        assert!(acme.request(LIST).send().await.is_err());
    }
    let cuts = [
        Fault {
            close_connection: true,
            status: Some(200),
            ..Fault::default()
        },
        Fault {
            close_connection: true,
            ..Fault::named("serviceUnavailable")
        },
        Fault::named("connectionCut"),
    ];
    for fault in cuts {
        acme.sim
            .add_fault(Fault {
                count: Some(1),
                ..fault
            })
            .unwrap();
        let mut response = acme.request(LIST).send().await.unwrap();
        let announced = response.content_length().unwrap();
        let half = response.chunk().await.unwrap().unwrap();
        assert!(!half.is_empty() && (half.len() as u64) < announced);
        assert!(response.chunk().await.is_err(), "the rest never comes");
    }
    assert_eq!(read(&acme).await, Ok("0002030401".into()));
    assert_eq!(
        acme.sim.requests()[..2]
            .iter()
            .map(|seen| seen.status)
            .collect::<Vec<_>>(),
        [0, 0]
    );
}

#[tokio::test]
async fn delays_hold_the_answer_back() {
    let acme = Acme::start().await;
    acme.sim
        .add_fault(Fault {
            delay_ms: Some(60_000),
            ..Fault::default()
        })
        .unwrap();
    let impatient = acme
        .request(LIST)
        .timeout(std::time::Duration::from_millis(300))
        .send()
        .await;
    assert!(impatient.unwrap_err().is_timeout());
    acme.sim.clear_faults();
    acme.sim
        .add_fault(Fault {
            delay_ms: Some(1),
            ..Fault::default()
        })
        .unwrap();
    assert_eq!(acme.get(LIST).await.0, 200, "then comes the real answer");
}

#[tokio::test]
async fn held_requests_wait_for_their_release_and_are_answered_with_what_is_there_then() {
    let acme = Acme::start().await;
    let held = acme
        .sim
        .hold(Fault {
            method: Some("users.get".to_owned()),
            ..Fault::default()
        })
        .unwrap();
    let path = "/admin/directory/v1/users/102";
    let asked = async { acme.get(path).await.1["name"]["givenName"].clone() };
    let test = async {
        held.reached(1).await;
        assert_eq!(acme.get(LIST).await.0, 200, "others go on");
        let rename = json!({"name": {"givenName": "Robert"}});
        acme.sim.patch_user("102", rename).unwrap();
        held.release();
    };
    let (name, ()) = tokio::join!(asked, test);
    assert_eq!(name, "Robert");

    // What was released holds nobody, and stands in no other fault's way.
    acme.sim.add_fault(Fault::named("forbidden")).unwrap();
    assert_eq!(acme.get(path).await.0, 403);
}
