//! What the front end does: disguised requests, batches, the discovery document, paths that are not simulated.

use google_workspace_simulator::Fault;
use reqwest::header;
use serde_json::{Value, json};

use crate::support::*;

const LIST: &str = "/admin/directory/v1/users";

#[tokio::test]
async fn a_get_may_come_as_a_post() {
    let acme = Acme::start().await;
    let long = "x".repeat(3000);
    let form = format!("customer=my_customer&query=email%3Azoe*&quotaTag={long}");
    let request = acme
        .http
        .post(acme.url(&format!("{LIST}?maxResults=7")))
        .bearer_auth(&acme.token)
        .header("X-HTTP-Method-Override", "GET")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.clone());
    let (status, body) = answer(request).await;
    assert_eq!((status.as_u16(), ids(&body).as_str()), (200, "01"));
    let seen = &acme.sim.requests()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", LIST));
    assert_eq!(seen.query, format!("maxResults=7&{form}"));
    let unsaid = acme.http.post(acme.url(LIST)).bearer_auth(&acme.token).body(form);
    assert_eq!(
        unsaid.send().await.unwrap().status(),
        404,
        "without the header it is a POST"
    );
    let removal = acme
        .http
        .post(acme.url(&format!("{LIST}/101")))
        .bearer_auth(&acme.token)
        .header("X-HTTP-Method-Override", "DELETE");
    assert_eq!(
        removal.send().await.unwrap().status(),
        404,
        "and nothing is deleted"
    );
    assert!(acme.sim.user("101").is_some());
}

#[tokio::test]
async fn a_batch_answers_each_of_its_calls() {
    let acme = Acme::start().await;
    acme.sim
        .add_fault(Fault {
            method: Some("groups.get".into()),
            ..Fault::named("backendError")
        })
        .unwrap();
    let other = acme
        .token_for(&DELEGATED, Some("zoe@acme.example"), &[USER_READONLY])
        .await;
    acme.sim.clear_requests();
    let text = format!(
        "--x\r\nContent-Type: application/http\r\nContent-ID: <b + 1>\r\n\r\nGET {LIST}/101?fields=id HTTP/1.1\r\n\r\n\r\n\
         --x\r\nContent-Type: application/http\r\nContent-ID: <b + 2>\r\n\r\nGET {LIST}/102 HTTP/1.1\r\n\
         Authorization: Bearer {other}\r\nAccept-Encoding: gzip\r\nUser-Agent: (gzip)\r\n\r\n\r\n\
         --x\r\nContent-Type: application/http\r\n\r\nGET /admin/directory/v1/groups/team@acme.example HTTP/1.1\r\n\r\n\
         --x\r\nContent-Type: application/http\r\n\r\nPOST /batch HTTP/1.1\r\n\r\n\
         --x--\r\n"
    );
    let request = |token: &str| {
        acme.http
            .post(acme.url("/batch"))
            .bearer_auth(token)
            .header(header::CONTENT_TYPE, "multipart/mixed; boundary=\"x\"")
            .body(text.clone())
    };
    let response = request(&acme.token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()[header::CONTENT_TYPE]
        .to_str()
        .unwrap()
        .to_owned();
    let boundary = kind
        .strip_prefix("multipart/mixed; boundary=")
        .unwrap()
        .to_owned();
    let body = response.text().await.unwrap();
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[5].trim()), (6, "--"));
    for (part, expected) in [
        (
            parts[1],
            [
                "Content-ID: <response-b + 1>",
                "HTTP/1.1 200 OK",
                "\"id\": \"101\"",
            ],
        ),
        (
            parts[2],
            [
                "Content-ID: <response-b + 2>",
                "HTTP/1.1 403 Forbidden",
                "Not Authorized",
            ],
        ),
        (
            parts[3],
            [
                "application/http",
                "HTTP/1.1 500 Internal Server Error",
                "backendError",
            ],
        ),
        (
            parts[4],
            ["application/http", "HTTP/1.1 400 Bad Request", "invalid"],
        ),
    ] {
        for text in expected {
            assert!(part.contains(text), "{text:?} is not in {part}");
        }
    }
    let seen: Vec<u16> = acme.sim.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(seen, [200, 403, 500], "each call is a request");
    let broken = request(&acme.token).body("--y--");
    let (status, body) = answer(broken).await;
    assert_eq!((status.as_u16(), reason(&body)), (400, "badRequest"));
}

#[tokio::test]
async fn the_discovery_document_describes_what_can_be_called() {
    let acme = Acme::start().await;
    let path = "/$discovery/rest?version=directory_v1";
    let (status, document) = answer(acme.http.get(acme.url(path))).await;
    assert_eq!(
        (status.as_u16(), &document["kind"]),
        (200, &json!("discovery#restDescription"))
    );
    assert_eq!(document["rootUrl"], format!("{}/", acme.sim.url()));
    let list = &document["resources"]["users"]["methods"]["list"];
    assert_eq!(
        (&list["path"], &list["id"]),
        (&json!("admin/directory/v1/users"), &json!("directory.users.list"))
    );
    assert_eq!(list["parameters"]["maxResults"]["type"], "integer");
    let aliases = &document["resources"]["users"]["resources"]["aliases"]["methods"]["watch"];
    assert_eq!(
        (
            &aliases["httpMethod"],
            &aliases["parameters"]["userKey"]["required"],
            &aliases["request"]["$ref"]
        ),
        (&json!("POST"), &json!(true), &json!("Channel"))
    );
    assert_eq!(
        document["schemas"]["Users"]["properties"]["users"]["items"]["$ref"],
        "User"
    );
    let older = "/discovery/v1/apis/admin/directory_v1/rest";
    assert_eq!(answer(acme.http.get(acme.url(older))).await.1, document);
    let google = acme
        .http
        .get(acme.url(path))
        .header(header::HOST, "admin.googleapis.com");
    assert_eq!(answer(google).await.1["baseUrl"], "https://admin.googleapis.com/");
    let unknown = acme.http.get(acme.url("/$discovery/rest?version=directory_v2"));
    let (status, body) = answer(unknown).await;
    assert_eq!((status.as_u16(), reason(&body)), (404, "notFound"));

    // Whatever it describes is there: without credentials an answer is 401, and never 404.
    let mut methods = Vec::new();
    collect(&document["resources"], &mut methods);
    assert!(methods.len() >= 20, "{}", methods.len());
    for (http, path) in methods {
        let url = acme.url(&format!("/{}", path.replace("{+", "{")));
        let request = acme.http.request(http.parse().unwrap(), url);
        assert_eq!(request.send().await.unwrap().status(), 401, "{http} {path}");
    }
}

fn collect(resources: &Value, found: &mut Vec<(String, String)>) {
    for resource in resources
        .as_object()
        .into_iter()
        .flat_map(|resources| resources.values())
    {
        for method in resource["methods"]
            .as_object()
            .into_iter()
            .flat_map(|methods| methods.values())
        {
            let text = |key: &str| method[key].as_str().unwrap().to_owned();
            found.push((text("httpMethod"), text("path")));
        }
        collect(&resource["resources"], found);
    }
}

#[tokio::test]
async fn what_google_has_and_the_simulator_does_not_is_not_found_in_json() {
    let acme = Acme::start().await;
    for path in [
        "/admin/directory/v1/users/101/tokens",
        "/admin/directory/v1/customer/my_customer/devices/chromeos",
        "/admin/reports/v1/activity/users/all/applications/admin",
        "/calendar/v3/calendars/primary/events",
    ] {
        let response = acme.request(path).send().await.unwrap();
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/json; charset=UTF-8",
            "{path}"
        );
        let body: Value = response.json().await.unwrap();
        assert_eq!(
            body,
            json!({"error": {"code": 404, "message": "Not Found",
                "errors": [{"message": "Not Found", "domain": "global", "reason": "notFound"}]}})
        );
    }
}
