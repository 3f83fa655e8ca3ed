//! What the API server makes of an accepted object: defaults, nulls, unknown fields, selection, size.

use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension};
use serde_json::{Value, json};

use crate::samples::{Kind, with};
use crate::schema::fields;
use crate::server::{Server, expect_refusal};

#[tokio::test]
async fn what_is_left_out_is_filled_in_as_documented() {
    let server = Server::new().await;
    let integration = with(Kind::Integration.minimal(), "/spec/users", json!({}));
    let stored = server.accepts(Kind::Integration, &integration).await;
    let expected = json!({
        "tenant": {"name": "acme", "level": "Tenant"},
        "google": {
            "customerId": "my_customer", "authorizationEpoch": 1,
            "credentials": {"serviceAccount": {"secretRef": {"name": "acme-google-key", "key": "key.json"}}},
        },
        "suspend": false, "dryRun": false, "deletionPolicy": "Retain",
        "users": {
            "enabled": false,
            "whenDisabled": "Retain",
            "realtime": false,
            "numbering": {"source": "Automatic", "fallback": "None", "quarantine": "720h"},
            "lifecycle": {
                "adoptByEmail": false, "onSuspended": "Disable", "onArchived": "Disable", "onDeleted": "Disable",
                "onOutOfScope": "Disable", "gracePeriod": "0s", "removalLimit": {"percent": 10, "minimum": 5},
            },
            "profile": {"mobile": "Mobile", "photo": false},
        },
    });
    assert_eq!(stored["spec"], expected);
    let schedule = json!({"syncMode": "Automatic", "schedule": {}});
    let stored = server
        .accepts(
            Kind::Integration,
            &with(Kind::Integration.minimal(), "/spec/users", schedule),
        )
        .await;
    assert_eq!(
        stored["spec"]["users"]["schedule"],
        json!({}),
        "an empty schedule is the default one"
    );
    let daily = json!({"syncMode": "Automatic", "schedule": {"daily": {"at": "02:00:00"}}});
    let stored = server
        .accepts(
            Kind::Integration,
            &with(Kind::Integration.minimal(), "/spec/users", daily),
        )
        .await;
    assert_eq!(
        stored["spec"]["users"]["schedule"]["daily"],
        json!({"at": "02:00:00", "timeZone": "UTC"})
    );

    let mut extension = Kind::Extension.minimal();
    extension["spec"]["signIn"] = json!({});
    extension["spec"]["voicemail"] = json!({"pinSecretRef": {"name": "pins"}});
    let stored = server.accepts(Kind::Extension, &extension).await;
    let expected = json!({
        "tenant": "acme", "number": "1001", "enabled": true,
        "signIn": {"enabled": false, "role": "Standard"},
        "voicemail": {"enabled": true, "pinSecretRef": {"name": "pins", "key": "pin"}},
    });
    assert_eq!(stored["spec"], expected);
}

/// A section that is left out stays so: nobody has asked for users.
#[tokio::test]
async fn an_optional_section_does_not_appear_by_itself() {
    let server = Server::new().await;
    let stored = server
        .accepts(Kind::Integration, &Kind::Integration.minimal())
        .await;
    assert_eq!(stored["spec"]["users"], Value::Null);
    let stored = server.accepts(Kind::Extension, &Kind::Extension.minimal()).await;
    assert_eq!(
        stored["spec"],
        json!({"tenant": "acme", "number": "1001", "enabled": true})
    );
}

/// The operator's types fill in the same values as the schema, and lose nothing of it.
#[tokio::test]
async fn the_types_read_objects_as_the_api_server_does() {
    let server = Server::new().await;
    for (kind, spec) in [
        (Kind::Integration, Kind::Integration.minimal()),
        (
            Kind::Integration,
            with(Kind::Integration.minimal(), "/spec/users", json!({})),
        ),
        (Kind::Integration, Kind::Integration.samples().remove(0)),
        (Kind::Integration, Kind::Integration.samples().remove(1)),
        (Kind::Extension, Kind::Extension.minimal()),
        (
            Kind::Extension,
            with(Kind::Extension.minimal(), "/spec/voicemail", json!({})),
        ),
        (Kind::Extension, Kind::Extension.full()),
    ] {
        let stored = server.accepts(kind, &spec).await;
        let read = match kind {
            Kind::Integration => {
                let object: GoogleWorkspaceIntegration = serde_json::from_value(spec.clone()).unwrap();
                serde_json::to_value(object.spec)
            }
            Kind::Extension => {
                let object: PbxExtension = serde_json::from_value(spec.clone()).unwrap();
                serde_json::to_value(object.spec)
            }
        };
        assert_eq!(read.unwrap(), stored["spec"], "{spec:#}");
        let mut status = kind.full_status();
        status["conditions"][0]["lastTransitionTime"] = "2026-11-21T08:00:04Z".into();
        let object = json!({"apiVersion": "dialplane.io/v1alpha1", "kind": spec["kind"], "metadata": {}, "spec": spec["spec"], "status": status});
        let read = match kind {
            Kind::Integration => {
                let object: GoogleWorkspaceIntegration = serde_json::from_value(object).unwrap();
                serde_json::to_value(object.status)
            }
            Kind::Extension => {
                let object: PbxExtension = serde_json::from_value(object).unwrap();
                serde_json::to_value(object.status)
            }
        };
        assert_eq!(read.unwrap(), status);
    }
}

/// Manifests and stored objects from before scope, sources of numbers and the other schedules existed mean what they
/// meant.
#[tokio::test]
async fn what_the_first_release_accepted_is_accepted_still() {
    let server = Server::new().await;
    let mut object = Kind::Integration.minimal();
    object["spec"]["users"] = json!({
        "enabled": true, "syncMode": "Automatic", "schedule": {"interval": "15m"},
        "numbering": {"source": "Automatic", "start": "1001", "end": "1999", "quarantine": "720h"},
        "lifecycle": {
            "onSuspended": "Ignore", "onArchived": "Delete", "onDeleted": "Delete",
            "removalLimit": {"percent": 20, "minimum": 3},
        },
        "profile": {"mobile": "Work"},
    });
    let stored = server.accepts(Kind::Integration, &object).await;
    let users = &stored["spec"]["users"];
    assert_eq!(users["scope"], Value::Null, "everybody");
    assert_eq!(users["realtime"], false);
    assert_eq!(users["profile"]["photo"], false);
    assert_eq!(users["numbering"]["source"], "Automatic");
    assert_eq!(users["lifecycle"]["adoptByEmail"], false);
    assert_eq!(users["lifecycle"]["onOutOfScope"], "Disable");
    assert_eq!(users["lifecycle"]["gracePeriod"], "0s");
    let read: GoogleWorkspaceIntegration = serde_json::from_value(object).unwrap();
    assert_eq!(serde_json::to_value(read.spec).unwrap(), stored["spec"]);
}

/// `field: null`, which templates often leave behind, is the same as no field.
#[tokio::test]
async fn an_explicit_null_is_the_same_as_nothing() {
    let server = Server::new().await;
    for kind in Kind::ALL {
        for field in fields(kind, "spec") {
            if field.pointer == "/spec" || field.pointer.ends_with("/0") {
                continue;
            }
            let (parent, name) = field.pointer.rsplit_once('/').unwrap();
            let absent = with(kind.sample_of(&field.pointer), &field.pointer, Value::Null);
            let mut null = kind.sample_of(&field.pointer);
            null.pointer_mut(parent).unwrap()[name] = Value::Null;
            assert_ne!(null, absent);
            let spec = |answer: Result<Value, String>| answer.map(|object| object["spec"].clone());
            let absent = spec(server.try_create(kind, &absent).await);
            let null = spec(server.try_create(kind, &null).await);
            assert_eq!(absent, null, "{}", field.path());
        }
    }
}

/// A misspelt field is refused on every level, never accepted and ignored.
#[tokio::test]
async fn an_unknown_field_is_refused_on_every_level() {
    let server = Server::new().await;
    for kind in Kind::ALL {
        server.try_strict_apply(kind, &kind.full()).await.unwrap();
        for section in fields(kind, "spec").iter().filter(|field| field.is("object")) {
            let sample = kind.sample_of(&section.pointer);
            let object = with(sample, &format!("{}/misspelt", section.pointer), json!(true));
            let wanted = format!("{}.misspelt", section.path());
            let answer = server.try_strict_apply(kind, &object).await;
            // Server-side apply names the item of a list by its key.
            let words = wanted.split("[0]").chain(["not declared in schema"]);
            expect_refusal(answer, &words.collect::<Vec<_>>()).unwrap();
            let posted = server.accepts(kind, &object).await;
            assert!(
                posted.pointer(&section.pointer).unwrap()["misspelt"].is_null(),
                "{wanted} is kept"
            );
        }
    }
    let misspelt = with(Kind::Integration.full(), "/spec/users/syncmode", json!("Manual"));
    // Strict is kubectl's default; both ways, client-side and server-side.
    for flags in [
        &["--validate=strict"][..],
        &[],
        &["--server-side"],
        &["--server-side", "--validate=strict"],
    ] {
        let output = server.kubectl(&[&["apply", "-f", "-"], flags].concat(), &misspelt);
        assert!(!output.success(), "{flags:?}: {}", output.stdout);
        assert!(
            output.stderr.contains("spec.users.syncmode"),
            "{flags:?}: {}",
            output.stderr
        );
    }
}

#[tokio::test]
async fn extensions_are_selected_by_tenant_and_number() {
    let server = Server::new().await;
    for (tenant, number) in [("acme", "1001"), ("acme", "1002"), ("other", "1001")] {
        let mut object = Kind::Extension.minimal();
        object["metadata"]["name"] = format!("{tenant}-{number}").into();
        object["spec"] = json!({"tenant": tenant, "number": number});
        server.create(Kind::Extension, &object).await;
    }
    let select = |selector: &str| {
        let args = ["get", "pbxext", "-o", "name", "--field-selector", selector];
        let names = server.kubectl(&args, &Value::Null).ok().unwrap();
        names
            .replace("pbxextension.dialplane.io/", "")
            .lines()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(select("spec.tenant=acme"), "acme-1001 acme-1002");
    assert_eq!(select("spec.number=1001"), "acme-1001 other-1001");
    assert_eq!(select("spec.tenant=acme,spec.number!=1001"), "acme-1002");
    let refused = server.kubectl(
        &["get", "pbxext", "--field-selector", "spec.user.email=a"],
        &Value::Null,
    );
    assert!(
        refused.stderr.contains("field label not supported"),
        "{}",
        refused.stderr
    );
}

/// Hundreds of thousands of them must fit into etcd and into the API server's memory.
#[tokio::test]
async fn an_extension_is_small() {
    let server = Server::new().await;
    let mut object = Kind::Extension.full();
    object["metadata"]["labels"] = json!({
        "app.kubernetes.io/managed-by": "dialplane", "dialplane.io/tenant": "acme", "dialplane.io/integration": "acme",
        "dialplane.io/source": "google", "dialplane.io/google-user-id": "104497032270219758212",
    });
    server.create(Kind::Extension, &object).await;
    server
        .write_status(Kind::Extension, "acme-1001", &Kind::Extension.full_status())
        .await;
    let stored = server.get(Kind::Extension, "acme-1001").await;
    assert!(stored["metadata"]["managedFields"].is_array());
    let size = stored.to_string().len();
    assert!(size < 4096, "{size} bytes: {stored:#}");
}
