//! Many tenants at once, half of whom are slow, dead or in their first sync: what the others notice of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use dialplane::api::{GoogleWorkspaceIntegration, conditions};
use dialplane_test_harness::{Operator, say};
use google_workspace_simulator::{Fault, generate};
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use crate::operator::{SCOPE, google, integrations};
use crate::process::peak_mib;
use crate::stage::{Rules, Stage};

/// People of a tenant in its first sync.
const LARGE: usize = 5_000;
/// So many of the others are in their first sync.
const FIRST_SYNCS: usize = 4;
/// How long a slow Google takes for an answer.
const SLOW_MS: u64 = 60_000;
const PATIENCE: Duration = Duration::from_mins(20);
const SCOPES: [&str; 3] = [
    SCOPE,
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly",
    "https://www.googleapis.com/auth/admin.directory.orgunit.readonly",
];

/// How long the tenants whose Google is well took until they were Ready, in seconds.
struct Ready {
    median: f64,
    last: f64,
    peak: f64,
}

/// Measures so many tenants alone, and beside as many others.
pub(crate) async fn measure(tenants: usize) -> Result<()> {
    let served = tenants / 2;
    let alone = ready(served, 0).await?;
    let crowded = ready(served, tenants - served).await?;
    println!("\n{served} tenants of 2 people each");
    for (name, ready) in [("alone", &alone), ("beside as many others", &crowded)] {
        println!(
            "  {name:<22} Ready after {:6.2} s (median), {:6.2} s (the last); operator's peak memory {:.0} MiB",
            ready.median, ready.last, ready.peak
        );
    }
    println!(
        "  the others: {FIRST_SYNCS} in a first sync of {LARGE} people, the rest in halves with a Google of {} s a call and with one that closes every connection",
        SLOW_MS / 1000
    );
    Ok(())
}

async fn ready(served: usize, others: usize) -> Result<Ready> {
    let stage = Stage::set(Rules::Ours).await?;
    let google = google(&stage, LARGE, &SCOPES).await?;
    google.add_fault(Fault {
        method: Some("orgunits.list".to_owned()),
        delay_ms: Some(SLOW_MS),
        ..Fault::default()
    })?;
    google.add_fault(Fault {
        method: Some("members.list".to_owned()),
        close_connection: true,
        ..Fault::default()
    })?;
    let operator = Operator::builder(env!("CARGO_BIN_EXE_dialplane"))
        .kubeconfig(&stage.kubeconfig)
        .google_endpoint(google.url())
        .namespace(&stage.namespace)
        .spawn()
        .await?;
    for number in 0..others {
        let scope = match number {
            0..FIRST_SYNCS => Value::Null,
            _ if number % 2 == 0 => json!({"include": {"organizationalUnits": ["/Sales"]}}),
            _ => json!({"include": {"groups": ["sales@acme.example"]}}),
        };
        declare(&stage, &format!("other-{number}"), "my_customer", &scope).await?;
    }
    let people: Vec<_> = generate::directory(served + 2)
        .users
        .iter()
        .filter_map(address)
        .collect();
    ensure!(people.len() > served, "too few people");
    let mut begun = BTreeMap::new();
    for (number, pair) in people.windows(2).take(served).enumerate() {
        let name = format!("tenant-{number}");
        // An organization of their own: integrations of one share its limit of calls.
        declare(&stage, &name, "C01acme42", &json!({"include": {"users": pair}})).await?;
        begun.insert(name, Instant::now());
    }
    let mut seconds = Vec::new();
    let end = Instant::now() + PATIENCE;
    while !begun.is_empty() {
        ensure!(Instant::now() < end, "{} tenants were not served", begun.len());
        for object in integrations(&stage).list(&ListParams::default()).await? {
            let name = object.metadata.name.as_deref().unwrap_or_default();
            if is_ready(&object)
                && let Some(began) = begun.remove(name)
            {
                seconds.push(began.elapsed().as_secs_f64());
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seconds.sort_by(f64::total_cmp);
    let peak = peak_mib(operator.identity().context("the operator has ended")?)?;
    say(&format!("{served} tenants beside {others} others are Ready"));
    Ok(Ready {
        median: seconds.get(seconds.len() / 2).copied().unwrap_or_default(),
        last: seconds.last().copied().unwrap_or_default(),
        peak,
    })
}

fn address(user: &Value) -> Option<String> {
    user["primaryEmail"].as_str().map(str::to_owned)
}

fn is_ready(object: &GoogleWorkspaceIntegration) -> bool {
    let status = object.status.as_ref();
    let ready = status.and_then(|status| conditions::get(&status.conditions, conditions::READY));
    ready.is_some_and(|ready| ready.status == "True")
}

async fn declare(stage: &Stage, name: &str, customer: &str, scope: &Value) -> Result<()> {
    let integration: GoogleWorkspaceIntegration = serde_json::from_value(json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration",
        "metadata": {"name": name},
        "spec": {
            "tenant": {"name": name},
            "google": {
                "customerId": customer,
                "credentials": {"serviceAccount": {"secretRef": {"name": "google-key"}, "subject": "admin@acme.example"}},
            },
            "users": {
                "enabled": true, "syncMode": "Automatic", "schedule": {"interval": "24h"},
                "numbering": {"start": "1000000"}, "scope": scope,
            },
        },
    }))?;
    let api: Api<GoogleWorkspaceIntegration> = integrations(stage);
    api.create(&PostParams::default(), &integration).await?;
    Ok(())
}
