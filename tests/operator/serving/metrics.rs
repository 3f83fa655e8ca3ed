//! `/metrics` after a history that is known from the API server's audit log and from Google's own log.

use std::collections::{BTreeMap, BTreeSet};

use dialplane::google::{Method, Outcome};
use dialplane_test_harness::Operator;
use dialplane_test_harness::world::wait_gone;
use google_workspace_simulator::Fault;
use kube::api::DeleteParams;
use serde_json::json;

use crate::world::{NAME, PATIENCE, World, colleague, company};

/// Every sample but the buckets of histograms, by name with labels.
async fn samples(operator: &Operator) -> BTreeMap<String, f64> {
    let text = operator.metrics().await.unwrap();
    assert!(text.ends_with("# EOF\n"), "OpenMetrics text ends in its mark");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("_bucket{"));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

/// The samples of one counter that has counted something, by their labels.
fn counted<'a>(samples: &'a BTreeMap<String, f64>, metric: &str) -> BTreeMap<&'a str, f64> {
    let mut samples = of(samples, metric);
    samples.retain(|_, count| *count > 0.0);
    samples
}

/// The samples of one metric, by their labels.
fn of<'a>(samples: &'a BTreeMap<String, f64>, metric: &str) -> BTreeMap<&'a str, f64> {
    let start = format!("{metric}{{");
    samples
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(&start)?.strip_suffix('}')?, *value)))
        .collect()
}

/// The writes that the audit log knows, as the metric words them.
async fn audited(world: &World, since: dialplane_test_harness::AuditMark) -> BTreeMap<String, f64> {
    let kinds = [
        ("pbxextensions", "PbxExtension"),
        ("configmaps", "ConfigMap"),
        ("googleworkspaceintegrations", "GoogleWorkspaceIntegration"),
        (
            "googleworkspaceintegrations/status",
            "GoogleWorkspaceIntegration/status",
        ),
    ];
    let writes = world.writes(since).await;
    writes
        .into_iter()
        .map(|(write, count)| {
            let (verb, resource) = write.split_once(' ').unwrap();
            let (_, kind) = kinds.iter().find(|(plural, _)| *plural == resource).unwrap();
            (format!("verb=\"{verb}\",kind=\"{kind}\""), wide(count))
        })
        .collect()
}

fn wide(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// The calls that Google knows, as the metric words them.
fn called(world: &World) -> BTreeMap<String, f64> {
    let mut calls = BTreeMap::new();
    for request in world.google.requests() {
        let method = match request.path.as_str() {
            "/token" => "token",
            "/admin/directory/v1/users" => "users.list",
            _ => "users.get",
        };
        let outcome = match request.status {
            200 => "ok",
            404 => "not_found",
            _ => "transient",
        };
        *calls
            .entry(format!("method=\"{method}\",outcome=\"{outcome}\""))
            .or_default() += 1.0;
    }
    calls
}

fn owned(map: BTreeMap<&str, f64>) -> BTreeMap<String, f64> {
    map.into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// One of everything that is counted: a first sync, a quiet one, changes, a held removal, a deletion, a repair, a failure.
#[tokio::test]
async fn the_numbers_are_those_of_the_audit_log_and_of_googles() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    let mark = world.mark().await;
    let operator = world.operator().await;
    let quiet = json!({"users": {"lifecycle": {"onDeleted": "Delete"}}});
    world.declare(quiet).await;
    world.until_synced().await;
    let [ana, bo, cy] = ["ana", "bo", "cy"].map(|name| world.id_of(&format!("{name}@acme.example")));
    world.sync().await;
    world
        .google
        .patch_user(&ana, json!({"name": {"givenName": "Anna"}}))
        .unwrap();
    world.google.patch_user(&bo, json!({"suspended": true})).unwrap();
    world.google.delete_user(&cy).unwrap();
    world.sync().await;

    let now = samples(&operator).await;
    let whose = format!("namespace=\"{}\",integration=\"{NAME}\"", world.namespace);
    let one = |value: f64| BTreeMap::from([(whose.as_str(), value)]);
    let states = [("disabled", 1.0), ("enabled", 3.0), ("undecodable", 0.0)]
        .map(|(state, n)| (format!("{whose},state=\"{state}\""), n));
    assert_eq!(
        counted(&now, "dialplane_syncs_total"),
        [("result=\"success\"", 3.0)].into()
    );
    assert_eq!(owned(of(&now, "dialplane_extensions")), states.into());
    assert_eq!(of(&now, "dialplane_held_removals"), one(0.0));

    let held = json!({"users": {"lifecycle": {"removalLimit": {"percent": 0, "minimum": 0}}}});
    world.change(held).await;
    world.until_synced().await;
    world.google.patch_user(&ana, json!({"suspended": true})).unwrap();
    world.sync().await;
    let before = samples(&operator).await;
    assert_eq!(of(&before, "dialplane_held_removals"), one(1.0));
    world
        .google
        .patch_user(&ana, json!({"suspended": false}))
        .unwrap();
    world.sync().await;
    let before = samples(&operator).await;
    assert_eq!(
        of(&before, "dialplane_held_removals"),
        one(0.0),
        "it is withdrawn"
    );
    let last_success = of(&before, "dialplane_last_successful_sync_timestamp_seconds")[whose.as_str()];
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    assert!(
        (clock - 600.0..=clock).contains(&last_success),
        "{last_success} at {clock}"
    );

    world
        .edit("1002", json!({"spec": {"user": {"jobTitle": "Queen"}}}))
        .await;
    world
        .until_extension("1002", |ana| ana.spec.user.as_ref().unwrap().job_title.is_none())
        .await;
    world
        .google
        .add_fault(Fault {
            path_prefix: Some("/admin".into()),
            ..Fault::named("backendError")
        })
        .unwrap();
    world
        .annotate(dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT, "failing")
        .await;
    world.until_ready("False", "GoogleUnavailable").await;
    // No further attempt comes between the numbers and what they are compared with.
    world.change(json!({"suspend": true})).await;
    world.until_ready("False", "Suspended").await;

    let now = samples(&operator).await;
    let results = [("result=\"GoogleUnavailable\"", 1.0), ("result=\"success\"", 6.0)];
    assert_eq!(counted(&now, "dialplane_syncs_total"), results.into());
    assert_eq!(now.get("dialplane_sync_duration_seconds_count"), Some(&7.0));
    assert!(now["dialplane_sync_duration_seconds_sum"] > 0.0);
    assert_eq!(
        owned(counted(&now, "dialplane_google_requests_total")),
        called(&world)
    );
    assert_eq!(
        now.get("dialplane_google_request_duration_seconds_count"),
        Some(&called(&world).values().sum())
    );
    let writes = owned(counted(&now, "dialplane_kubernetes_writes_total"));
    let total: f64 = writes.values().sum();
    let complete =
        |written: &BTreeMap<String, usize>| written.values().map(|count| wide(*count)).sum::<f64>() >= total;
    world.until_written(mark, complete).await;
    assert_eq!(writes, audited(&world, mark).await);
    assert_eq!(
        of(&now, "dialplane_last_successful_sync_timestamp_seconds"),
        one(last_success),
        "it failed since"
    );
    world.finish().await;
}

/// Whatever the directory holds and Google answers, labels take only values that are known beforehand; those of an
/// integration go with it.
#[tokio::test]
async fn label_sets_are_closed() {
    let mut seed = company(&["ana", "bo"]);
    let mut awkward = colleague("zoe");
    awkward["name"] = json!({"givenName": "\"}\n# EOF", "familyName": "x=\"y\""});
    seed.users.push(awkward);
    let world = World::new(seed).await;
    let operator = world.operator().await;
    world.declare(json!({})).await;
    world.until_synced().await;
    let odd = Fault {
        path_prefix: Some("/admin".into()),
        status: Some(418),
        body: Some(json!({"error": "t\"eapot"})),
        ..Fault::default()
    };
    world.google.add_fault(odd).unwrap();
    world
        .annotate(dialplane::api::names::ANNOTATION_SYNC_REQUESTED_AT, "failing")
        .await;
    world
        .until(|object| crate::world::condition(object, "Ready").unwrap().status == "False")
        .await;

    let now = samples(&operator).await;
    let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, set) in now
        .keys()
        .filter_map(|name| name.strip_suffix('}')?.split_once('{'))
    {
        for label in set.split("\",") {
            let (key, value) = label.split_once("=\"").unwrap();
            labels.entry(key).or_default().insert(value.trim_end_matches('"'));
        }
    }
    let known = |key: &str| -> BTreeSet<&str> {
        match key {
            "result" => [
                "success",
                "accepted",
                "sync",
                "duplicate",
                "rejected",
                "malformed",
            ]
            .into_iter()
            .chain(dialplane::api::reasons::FAULTS.iter().copied())
            .collect(),
            "method" => Method::ALL.iter().map(|method| method.as_str()).collect(),
            "outcome" => Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect(),
            "verb" => ["create", "patch", "delete"].into(),
            "kind" => [
                "PbxExtension",
                "ConfigMap",
                "GoogleWorkspaceIntegration",
                "GoogleWorkspaceIntegration/status",
            ]
            .into(),
            "state" => ["enabled", "disabled", "undecodable"].into(),
            "loop" => ["controller", "repairs", "notifications"].into(),
            "namespace" => [world.namespace.as_str()].into(),
            "integration" => [NAME].into(),
            other => panic!("the label {other} is unknown"),
        }
    };
    for (key, values) in &labels {
        assert!(values.is_subset(&known(key)), "{key}: {values:?}");
    }
    assert_eq!(counted(&now, "dialplane_syncs_total").len(), 2);

    world
        .integrations()
        .delete(NAME, &DeleteParams::default())
        .await
        .unwrap();
    wait_gone(&world.integrations(), NAME, PATIENCE).await;
    let deadline = std::time::Instant::now() + PATIENCE;
    while samples(&operator)
        .await
        .keys()
        .any(|name| name.contains("integration="))
    {
        assert!(
            std::time::Instant::now() < deadline,
            "{:#?}",
            samples(&operator).await
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    world.finish().await;
}
