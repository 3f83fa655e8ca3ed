//! An administrator went through the locks: an event on the extension says so, for those who do not read audit logs.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use kube::runtime::events::{Event, EventType};
use kube::{Resource, ResourceExt};
use tokio::task::JoinSet;

use crate::api::names::ANNOTATION_BREAK_GLASS;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::Deviation;
use crate::operator::engine::kubernetes::record;
use crate::operator::engine::text::truncated;
use crate::sync::stored::Stored;

/// The reason of the event.
const REASON: &str = "BreakGlass";
/// Longest note; the API server takes 1,024 bytes.
const NOTE: usize = 250;
/// Events on their way; a flood of edits is not worth more.
const IN_FLIGHT: usize = 16;
/// Objects that were reported and are remembered; of an older one, a further edit may be reported once more.
const REMEMBERED: usize = 1000;

/// Reports edits and deletions under the annotation, until dropped.
#[derive(Default)]
pub struct BreakGlass {
    sending: JoinSet<()>,
    reported: Reported,
}

/// Objects that were reported, by uid, each with the mark of the reason that was given last.
#[derive(Default)]
struct Reported {
    marks: HashMap<String, u64>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl Reported {
    /// Whether this is new.
    fn note(&mut self, uid: &str, why: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        why.hash(&mut hasher);
        let mark = hasher.finish();
        if let Some(before) = self.marks.insert(uid.to_owned(), mark) {
            return before != mark;
        }
        self.order.push_back(uid.to_owned());
        while self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.marks.remove(&oldest);
        }
        true
    }

    /// The object is gone: its uid never comes back.
    fn forget(&mut self, uid: &str) {
        if self.marks.remove(uid).is_some() {
            self.order.retain(|other| other != uid);
        }
    }
}

impl BreakGlass {
    /// Somebody else changed or deleted an extension that an integration keeps.
    pub fn saw(&mut self, ctx: &Context, object: &Stored, deviation: &Deviation) {
        let Some(why) = object.annotations().get(ANNOTATION_BREAK_GLASS) else {
            return;
        };
        while self.sending.try_join_next().is_some() {}
        let uid = object.uid().unwrap_or_default();
        if self.sending.len() >= IN_FLIGHT || !self.reported.note(&uid, why) {
            return;
        }
        let integration = &deviation.integration;
        let note = format!(
            "This extension is managed by integration {integration}. It was changed or deleted by hand with the annotation {ANNOTATION_BREAK_GLASS}: {}. Dialplane restores it unless the integration is suspended. The API server's audit log shows who changed it.",
            truncated(why.clone(), NOTE),
        );
        let event = Event {
            type_: EventType::Warning,
            reason: REASON.to_owned(),
            note: Some(note),
            action: "Edit".to_owned(),
            secondary: None,
        };
        let (client, reporter) = (ctx.client.clone(), ctx.reporter.clone());
        let reference = object.object_ref(&());
        self.sending
            .spawn(async move { record(&client, &reporter, &event, &reference).await });
    }

    /// An extension is gone.
    pub fn gone(&mut self, object: &Stored) {
        self.reported.forget(object.uid().as_deref().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_of_each_object_is_reported_once() {
        let mut reported = Reported::default();
        let rows = [
            ("a", "one", true),
            ("a", "one", false),
            ("b", "one", true),
            ("a", "two", true),
            ("a", "two", false),
        ];
        for (uid, why, expected) in rows {
            assert_eq!(reported.note(uid, why), expected, "{uid} {why}");
        }
    }

    #[test]
    fn what_is_remembered_has_a_bound_and_ends_with_the_object() {
        let mut reported = Reported::default();
        for number in 0..3 * REMEMBERED {
            assert!(reported.note(&number.to_string(), "why"));
        }
        assert_eq!(
            (reported.marks.len(), reported.order.len()),
            (REMEMBERED, REMEMBERED)
        );
        let last = (3 * REMEMBERED - 1).to_string();
        assert!(!reported.note(&last, "why"));
        reported.forget(&last);
        reported.forget("unknown");
        assert_eq!(
            (reported.marks.len(), reported.order.len()),
            (REMEMBERED - 1, REMEMBERED - 1)
        );
    }
}
