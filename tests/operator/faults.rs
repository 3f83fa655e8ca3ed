//! Everything that can be wrong with credentials, rights and Google shows as a condition that says what to do.
//!
//! Each test provokes a fault, checks every place where it shows, mends it, and sees the same process heal.

mod cluster;
mod connection;
mod credentials;
mod refusals;
mod rights;
mod secrecy;
mod tenancy;

use dialplane::api::status::Connection;
use dialplane::api::{GoogleWorkspaceIntegration, conditions};
use dialplane_test_harness::Operator;
use dialplane_test_harness::kstatus::{Status, kstatus};
use google_workspace_simulator::Fault;

use crate::world::{World, condition, poll, syncs};

const PEOPLE: usize = 6;
/// The client id of the account of every world.
const CLIENT_ID: &str = "104497032270219758213";

/// Where a fault shows, and as what.
struct Shown {
    reason: &'static str,
    /// The condition that is False, besides `Ready`.
    condition: &'static str,
    /// `Stalled` when a person must act, `Reconciling` when it passes by itself.
    ends: &'static str,
    connection: Connection,
}

impl Shown {
    /// Google does not accept who we are, until a person acts.
    const fn refused(reason: &'static str) -> Self {
        Self {
            reason,
            condition: conditions::AUTHORIZED,
            ends: conditions::STALLED,
            connection: Connection::Disconnected,
        }
    }

    /// Something that worked before does not for a while.
    const fn passing(reason: &'static str) -> Self {
        Self {
            reason,
            condition: conditions::USERS_SYNCED,
            ends: conditions::RECONCILING,
            connection: Connection::Degraded,
        }
    }

    /// Waits for the fault, and checks everything that tells of it. The message has all of these words, and its last
    /// sentence, which is the next action, the last of them.
    async fn on(&self, world: &World, operator: &Operator, words: &[&str]) -> GoogleWorkspaceIntegration {
        let reason = self.reason;
        let object = world.until_ready("False", reason).await;
        let message = &condition(&object, conditions::READY).unwrap().message;
        for needed in words {
            assert!(message.contains(needed), "{reason}: no {needed:?} in {message:?}");
        }
        let all: Vec<_> = message.split_whitespace().collect();
        let phrases: Vec<_> = all.windows(4).collect();
        let twice = phrases
            .iter()
            .enumerate()
            .find(|(at, phrase)| phrases[..*at].contains(phrase));
        assert_eq!(twice, None, "{reason} says something twice: {message:?}");
        let action = message.rsplit(". ").next().unwrap();
        assert!(
            message.ends_with('.') && action.contains(words.last().unwrap()),
            "{reason}: the next action is not last in {message:?}"
        );
        for (kind, status) in [(self.condition, "False"), (self.ends, "True")] {
            let found = condition(&object, kind).unwrap_or_else(|| panic!("{reason}: no {kind}"));
            assert_eq!(
                (found.status.as_str(), found.reason.as_str(), &found.message),
                (status, reason, message),
                "{kind}"
            );
        }
        if self.condition == conditions::AUTHORIZED {
            // Nobody has looked at the directory: that the extensions differ from it would be a guess.
            assert_eq!(
                condition(&object, conditions::USERS_SYNCED).unwrap().status,
                "Unknown"
            );
        }
        let verdict = match self.ends {
            conditions::STALLED => Status::Failed,
            _ => Status::InProgress,
        };
        assert_eq!(
            kstatus(&serde_json::to_value(&object).unwrap()),
            verdict,
            "{reason}"
        );
        assert_eq!(
            object.status.as_ref().unwrap().connection,
            self.connection,
            "{reason}"
        );
        poll("the event", async || world.events(reason).await.pop()).await;
        assert!(syncs(operator).await[reason] > 0, "{reason}");
        object
    }

    /// Waits until the fault is over, and checks that it was told once, however often it was met.
    async fn heals(&self, world: &World) -> GoogleWorkspaceIntegration {
        self.heals_after(world, 1).await
    }

    /// The same for a fault that was met by several generations of the spec: each of them tells of it, in its own words.
    async fn heals_after(&self, world: &World, generations: usize) -> GoogleWorkspaceIntegration {
        let object = world.until_synced().await;
        assert_eq!(object.status.as_ref().unwrap().connection, Connection::Connected);
        assert_eq!(condition(&object, conditions::AUTHORIZED).unwrap().status, "True");
        assert_eq!(world.all().await.len(), PEOPLE);
        let events = world.events(self.reason).await;
        let notes: std::collections::HashSet<_> = events.iter().map(|event| &event.note).collect();
        assert_eq!(
            (events.len(), notes.len()),
            (generations, generations),
            "{events:#?}"
        );
        for event in &events {
            assert!(event.series.is_none(), "{event:#?}");
            assert_eq!(event.type_.as_deref(), Some("Warning"));
            let regarding = event.regarding.as_ref().unwrap();
            assert_eq!(regarding.name.as_deref(), Some("acme"));
        }
        object
    }
}

/// An operator that tries each call once, so that faults show at once.
async fn operator(world: &World) -> Operator {
    world.builder().arg("--google-tries=1").spawn().await.unwrap()
}

/// A fault of every call to the token endpoint.
fn of_tokens(fault: Fault) -> Fault {
    Fault {
        path_prefix: Some("/token".to_owned()),
        ..fault
    }
}

/// A fault of every call to the directory.
fn of_directory(fault: Fault) -> Fault {
    Fault {
        path_prefix: Some("/admin/".to_owned()),
        ..fault
    }
}
