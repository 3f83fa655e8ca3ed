//! An administrator went through the locks: an event on the extension says so, for those who do not read audit logs.

use std::collections::HashSet;

use kube::runtime::events::{Event, EventType};
use kube::{Resource, ResourceExt};
use tokio::task::JoinSet;

use crate::api::PbxExtension;
use crate::api::names::ANNOTATION_BREAK_GLASS;
use crate::operator::engine::context::Context;
use crate::operator::engine::index::Deviation;
use crate::operator::engine::kubernetes::record;
use crate::operator::engine::text::truncated;

/// The reason of the event.
const REASON: &str = "BreakGlass";
/// Longest note; the API server takes 1,024 bytes.
const NOTE: usize = 250;
/// Events on their way; a flood of edits is not worth more.
const IN_FLIGHT: usize = 16;

/// Reports edits and deletions under the annotation, until dropped.
#[derive(Default)]
pub struct BreakGlass {
    sending: JoinSet<()>,
    /// Objects that were reported, each with the reason that was given: one event for each.
    reported: HashSet<(String, String)>,
}

impl BreakGlass {
    /// Somebody else changed or deleted an extension that an integration keeps.
    pub fn saw(&mut self, ctx: &Context, object: &PbxExtension, deviation: &Deviation) {
        let Some(why) = object.annotations().get(ANNOTATION_BREAK_GLASS) else {
            return;
        };
        while self.sending.try_join_next().is_some() {}
        let key = (object.uid().unwrap_or_default(), why.clone());
        if self.sending.len() >= IN_FLIGHT || !self.reported.insert(key) {
            return;
        }
        let integration = &deviation.integration;
        let note = format!(
            "What integration {integration} keeps was changed or deleted by hand under {ANNOTATION_BREAK_GLASS}: {}. Unless the integration is suspended, Dialplane makes it right again; who did it stands in the API server's audit log.",
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
}
