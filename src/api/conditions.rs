//! Condition types, and the one function that adds or replaces a condition.
//!
//! `Ready` says whether the declared state is reached; `Reconciling` and `Stalled` are present only while they are True,
//! so that kstatus, `kubectl wait`, Flux and Argo CD interpret an object correctly.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;

/// The last sync of the current generation succeeded.
pub const READY: &str = "Ready";
/// A sync is in progress or will be retried. Absent otherwise.
pub const RECONCILING: &str = "Reconciling";
/// Work stopped until somebody acts. Absent otherwise.
pub const STALLED: &str = "Stalled";
/// Google accepted the credentials and the scopes.
pub const AUTHORIZED: &str = "Authorized";
/// The extensions match the directory.
pub const USERS_SYNCED: &str = "UsersSynced";
/// Removals exceed the limit and wait for approval. Absent otherwise.
pub const REMOVALS_HELD: &str = "RemovalsHeld";
/// Google notifies Dialplane of changed users. Absent unless `users.realtime` is declared.
pub const REALTIME_READY: &str = "RealtimeReady";

/// One condition without times and generation, which [`set`] adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Condition type, such as [`READY`].
    pub kind: &'static str,
    /// `True`, `False` or `Unknown`.
    pub status: &'static str,
    /// One word in PascalCase, from a closed set.
    pub reason: &'static str,
    /// Text for people; ends with the next action, if any.
    pub message: String,
}

impl Decision {
    /// A condition that holds.
    pub fn yes(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: "True",
            reason,
            message: message.into(),
        }
    }

    /// A condition that does not hold.
    pub fn no(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: "False",
            reason,
            message: message.into(),
        }
    }

    /// A condition whose state is not known.
    pub fn unknown(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: "Unknown",
            reason,
            message: message.into(),
        }
    }
}

/// The condition of that type, if present.
pub fn get<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Adds or replaces one condition, keeping the list sorted by type.
///
/// `lastTransitionTime` changes only together with the status, as the API conventions require.
pub fn set(conditions: &mut Vec<Condition>, decision: Decision, generation: i64, now: Timestamp) {
    let since = get(conditions, decision.kind)
        .filter(|old| old.status == decision.status)
        .map_or(Time(now), |old| old.last_transition_time.clone());
    remove(conditions, decision.kind);
    conditions.push(Condition {
        type_: decision.kind.to_owned(),
        status: decision.status.to_owned(),
        reason: decision.reason.to_owned(),
        message: decision.message,
        observed_generation: Some(generation),
        last_transition_time: since,
    });
    conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
}

/// Removes a condition.
pub fn remove(conditions: &mut Vec<Condition>, kind: &str) {
    conditions.retain(|condition| condition.type_ != kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transition_time_moves_only_with_the_status() {
        let (first, later) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(60).unwrap());
        let mut list = Vec::new();
        set(&mut list, Decision::no(READY, "A", "a"), 1, first);
        set(&mut list, Decision::no(READY, "B", "b"), 2, later);
        assert_eq!(list[0].last_transition_time.0, first);
        assert_eq!(
            (list[0].reason.as_str(), list[0].observed_generation),
            ("B", Some(2))
        );
        set(&mut list, Decision::yes(READY, "B", "b"), 2, later);
        assert_eq!(list[0].last_transition_time.0, later);
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn the_list_is_sorted_so_that_equal_states_are_equal_lists() {
        let mut list = Vec::new();
        for kind in [STALLED, AUTHORIZED, READY] {
            set(&mut list, Decision::yes(kind, "R", "m"), 1, Timestamp::UNIX_EPOCH);
        }
        let kinds: Vec<_> = list.iter().map(|c| c.type_.as_str()).collect();
        assert_eq!(kinds, [AUTHORIZED, READY, STALLED]);
    }
}
