//! What people are told once, in an event.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource;
use kube::runtime::events::{Event, EventType};

use crate::api::PbxExtension;
use crate::operator::engine::context::Context;
use crate::operator::engine::subject::Subject;
use crate::operator::engine::text::truncated;
use crate::operator::status::publish::{NOTE_LIMIT, tell};
use crate::sync::number::Number;
use crate::sync::plan::RENUMBERED;

/// At most so many changed numbers are named in one event.
const NAMED: usize = 10;

/// One event for all the numbers that a run changed. It names extensions, not people: events reach far.
pub async fn renumbered(ctx: &Context, subject: &Subject, changed: &[(Number, Number)]) {
    let changed = net(changed);
    let Some((_, first)) = changed.first() else {
        return;
    };
    let tenant = &subject.key.tenant;
    let named = changed.iter().take(NAMED);
    let pairs: Vec<_> = named
        .map(|(old, new)| format!("{tenant}-{old} is now {tenant}-{new}"))
        .collect();
    let more = match changed.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let event = Event {
        type_: EventType::Normal,
        reason: RENUMBERED.to_owned(),
        note: Some(truncated(
            format!(
                "Extensions were renumbered, because the numbers of their users changed in Google: {}{more}. Update the old numbers wherever else they are recorded.",
                pairs.join("; ")
            ),
            NOTE_LIMIT,
        )),
        action: "Synchronise".to_owned(),
        // Events that differ in nothing but the note would be counted as one, with the first note.
        secondary: Some(ObjectReference {
            api_version: Some(PbxExtension::api_version(&()).into_owned()),
            kind: Some(PbxExtension::kind(&()).into_owned()),
            namespace: Some(subject.key.namespace.clone()),
            name: Some(format!("{tenant}-{first}")),
            ..ObjectReference::default()
        }),
    };
    tell(ctx, subject, &event).await;
}

/// Old and new numbers without those that somebody had in between.
fn net(changed: &[(Number, Number)]) -> Vec<(Number, Number)> {
    let mut net: Vec<(Number, Number)> = Vec::new();
    let mut places: HashMap<Number, usize> = HashMap::new();
    for (old, new) in changed {
        let place = places.remove(old);
        if let Some(place) = place
            && let Some(known) = net.get_mut(place)
        {
            known.1 = *new;
            places.insert(*new, place);
        } else {
            places.insert(*new, net.len());
            net.push((*old, *new));
        }
    }
    net
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_between_is_not_told() {
        let number = |text: &str| Number::parse(text).unwrap();
        let told = |changed: &[(&str, &str)]| {
            let changed: Vec<_> = changed
                .iter()
                .map(|(old, new)| (number(old), number(new)))
                .collect();
            net(&changed)
                .iter()
                .map(|(old, new)| format!("{old} {new}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(&[("201", "100"), ("202", "201"), ("100", "202")]),
            ["201 202", "202 201"]
        );
        assert_eq!(told(&[("202", "205"), ("201", "202")]), ["202 205", "201 202"]);
        assert_eq!(told(&[]), [""; 0]);
    }
}
