//! The first integration: applied, waited for, shown.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use dialplane_test_harness::{CommandOutput, ControlPlane, kstatus, repository, say};
use serde_json::Value;

use crate::google::Google;
use crate::stack::{Stack, show};

/// The namespace of `examples/quickstart`, its integration, and the Secret that it refers to.
const NAMESPACE: &str = "acme-voice";
const INTEGRATION: &str = "acme";
const SECRET: &str = "acme-google-key";

const PATIENCE: Duration = Duration::from_mins(2);
/// The operator may not have looked at what has just been applied.
const PATIENCE_WHEN_STALLED: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(500);

/// Applies the example, waits until it is Ready, and says how to look around.
pub(crate) async fn first_look(
    stack: &Stack,
    control_plane: &ControlPlane,
    google: &Google,
) -> anyhow::Result<()> {
    let key = format!("--from-file=key.json={}", google.key.display());
    apply(control_plane, &["create", "namespace", NAMESPACE])?;
    apply(
        control_plane,
        &["-n", NAMESPACE, "create", "secret", "generic", SECRET, &key],
    )?;
    let example = repository().join("examples/quickstart");
    control_plane
        .kubectl(&["apply", "-f", &example.to_string_lossy()])
        .ok()
        .context("apply the example")?;
    say("waiting for the integration to be Ready");
    wait(control_plane).await?;
    show(
        &control_plane
            .kubectl(&["-n", NAMESPACE, "get", "gwi,pbxextensions"])
            .ok()?,
    )?;
    show(&format!(
        "\nLook around:\n  {} DIALPLANE_GOOGLE_ENDPOINT={}\n  kubectl -n {NAMESPACE} get gwi,pbxext\n  \
         kubectl -n {NAMESPACE} describe gwi\n  kubectl dialplane plan -n {NAMESPACE} {INTEGRATION}    (or: dialplane plan ...)\n  \
         curl {}/_simulator/requests\nLogs are in {}. `make stop` ends it all.",
        stack.way_in(),
        google.endpoint,
        google.endpoint,
        stack.path("log").display()
    ))
}

/// Says what the integration says of itself, whenever that changes. When somebody has to act, it does not wait on.
async fn wait(control_plane: &ControlPlane) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut said = String::new();
    loop {
        let text = control_plane
            .kubectl(&["-n", NAMESPACE, "get", "gwi", INTEGRATION, "-o", "json"])
            .ok()?;
        let state = State::of(&serde_json::from_str(&text).context("read the integration")?);
        if state == State::Ready {
            return Ok(());
        }
        let now = state.to_string();
        if now != said {
            say(&format!("  {now}"));
            said = now;
        }
        let patience = match state {
            State::Stalled(_) => PATIENCE_WHEN_STALLED,
            _ => PATIENCE,
        };
        if began.elapsed() > patience {
            let all = control_plane.kubectl(&["-n", NAMESPACE, "describe", "gwi", INTEGRATION]);
            bail!("the integration is not Ready: {said}\n{}", all.stdout);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What an integration says of itself.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Ready,
    /// Nothing goes on until somebody acts.
    Stalled(String),
    NotYet(String),
}

impl State {
    fn of(integration: &Value) -> Self {
        let generation = integration.pointer("/metadata/generation");
        // What is said of an earlier declaration says nothing of this one.
        let current = |kind| {
            kstatus::condition(integration, kind)
                .filter(|condition| condition.get("observedGeneration") == generation)
        };
        let message = |condition: &Value| {
            let text = |field| condition[field].as_str().unwrap_or_default();
            format!("{}: {}", text("reason"), text("message"))
        };
        let is_true = |condition: &&Value| condition["status"] == "True";
        if current("Ready").is_some_and(|ready| is_true(&ready)) {
            return Self::Ready;
        }
        if let Some(stalled) = current("Stalled").filter(is_true) {
            return Self::Stalled(message(stalled));
        }
        Self::NotYet(
            current("Ready").map_or_else(|| "the operator has not looked at it yet".to_owned(), message),
        )
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready => f.write_str("Ready"),
            Self::Stalled(why) | Self::NotYet(why) => f.write_str(why),
        }
    }
}

/// Creates what a `kubectl create` command describes, or brings what is there in line with it.
fn apply(control_plane: &ControlPlane, create: &[&str]) -> anyhow::Result<String> {
    let manifest = control_plane
        .kubectl(&[create, &["--dry-run=client", "-o", "yaml"]].concat())
        .ok()?;
    let applied: CommandOutput = control_plane.kubectl_stdin(&["apply", "-f", "-"], &manifest);
    applied.ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(generation: i64, conditions: &[(&str, &str)]) -> State {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(kind, status)| {
                json!({"type": kind, "status": status, "observedGeneration": 1, "reason": "KeyMissing",
                       "message": "Create the Secret."})
            })
            .collect();
        State::of(&json!({"metadata": {"generation": generation}, "status": {"conditions": conditions}}))
    }

    #[test]
    fn waiting_shows_why_and_ends_when_somebody_must_act() {
        assert_eq!(state(1, &[("Ready", "True")]), State::Ready);
        let why = "KeyMissing: Create the Secret.".to_owned();
        assert_eq!(
            state(1, &[("Ready", "False"), ("Stalled", "True")]),
            State::Stalled(why.clone())
        );
        assert_eq!(
            state(1, &[("Ready", "Unknown"), ("Reconciling", "True")]),
            State::NotYet(why)
        );
    }

    #[test]
    fn what_was_said_of_an_earlier_declaration_does_not_count() {
        for conditions in [
            &[("Ready", "True")][..],
            &[("Ready", "False"), ("Stalled", "True")],
        ] {
            assert!(matches!(state(2, conditions), State::NotYet(_)), "{conditions:?}");
        }
    }
}
