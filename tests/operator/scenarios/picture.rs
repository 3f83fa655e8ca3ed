//! States and counts as short texts.
//!
//! An extension is `1002 ana` when it is enabled, `1002 ana off Suspended` when it is not, with `leaving` when its
//! deletion waits and `unmanaged` when no integration keeps it. An integration is `Ready Succeeded`, or `not Ready`
//! with the reason, the abnormal conditions that hold, and the connection unless it works; then its problems. Of more
//! than twenty extensions only numbers are told.

use std::collections::BTreeMap;

use dialplane::api::extension::DisabledReason;
use dialplane::api::names::LABEL_INTEGRATION;
use dialplane::api::status::Connection;
use dialplane::api::{GoogleWorkspaceIntegration, PbxExtension, conditions};
use kube::ResourceExt;

use crate::world::{NAME, condition};

/// More extensions are only counted.
const SHOWN: usize = 20;

/// The text of a state.
pub(crate) fn of(extensions: &[PbxExtension], integrations: &[GoogleWorkspaceIntegration]) -> String {
    let mut lines: Vec<_> = extensions.iter().map(extension).collect();
    if lines.len() > SHOWN {
        lines = counted(extensions);
    }
    lines.extend(integrations.iter().flat_map(integration));
    lines.join("\n")
}

/// The same text without indentation.
pub(crate) fn plain(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn extension(extension: &PbxExtension) -> String {
    let tenant = Some(format!("{}-", extension.spec.tenant)).filter(|_| extension.spec.tenant != NAME);
    let email = extension
        .spec
        .user
        .as_ref()
        .and_then(|user| user.email.as_deref());
    let person = email.map_or("nobody", |email| {
        email.strip_suffix("@acme.example").unwrap_or(email)
    });
    let mut line = format!("{}{} {person}", tenant.unwrap_or_default(), extension.spec.number);
    line.push_str(&state(extension));
    if extension.spec.remove_after.is_some() {
        line.push_str(" leaving");
    }
    if !extension.labels().contains_key(LABEL_INTEGRATION) {
        line.push_str(" unmanaged");
    }
    line
}

fn state(extension: &PbxExtension) -> String {
    match extension.spec.disabled_reason {
        _ if extension.spec.enabled => String::new(),
        None => " off".to_owned(),
        Some(reason) => format!(" off {}", DisabledReason::as_str(reason)),
    }
}

fn counted(extensions: &[PbxExtension]) -> Vec<String> {
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for extension in extensions {
        let state = match state(extension) {
            on if on.is_empty() => " on".to_owned(),
            off => off,
        };
        *states.entry(state).or_default() += 1;
    }
    states
        .into_iter()
        .map(|(state, count)| format!("{count}{state}"))
        .collect()
}

fn integration(object: &GoogleWorkspaceIntegration) -> Vec<String> {
    let name = Some(format!("{}: ", object.name_any())).filter(|_| object.name_any() != NAME);
    let name = name.unwrap_or_default();
    let Some(ready) = condition(object, conditions::READY) else {
        return vec![format!("{name}unknown")];
    };
    let not = if ready.status == "True" { "" } else { "not " };
    let mut line = format!("{name}{not}Ready {}", ready.reason);
    for kind in [conditions::STALLED, conditions::RECONCILING] {
        if condition(object, kind).is_some_and(|it| it.status == "True") {
            line.push(' ');
            line.push_str(kind);
        }
    }
    let status = object.status.clone().unwrap_or_default();
    if status.connection != Connection::Connected {
        line.push_str(match status.connection {
            Connection::Degraded => " Degraded",
            _ => " Disconnected",
        });
    }
    let problems = status.users.unwrap_or_default().problems;
    let told = problems
        .into_iter()
        .map(|it| format!("{name}problem {} {}", it.user, it.reason));
    std::iter::once(line).chain(told).collect()
}

/// Counts by short names, as `create 2, patch 1, status 1`; `nothing` when there is none.
pub(crate) fn counts(text: &str) -> BTreeMap<String, usize> {
    let pairs = text.split(", ").filter(|text| *text != "nothing");
    pairs
        .map(|pair| {
            let (what, count) = pair.rsplit_once(' ').unwrap_or_else(|| panic!("{pair:?}"));
            (
                what.to_owned(),
                count.parse().unwrap_or_else(|_| panic!("{pair:?}")),
            )
        })
        .collect()
}

/// Writes by short names.
pub(crate) fn writes(writes: BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut short: BTreeMap<String, usize> = BTreeMap::new();
    for (what, count) in writes {
        let name = match what.as_str() {
            "create pbxextensions" => "create",
            "patch pbxextensions" => "patch",
            "delete pbxextensions" => "delete",
            "patch googleworkspaceintegrations/status" => "status",
            // The finalizer.
            "patch googleworkspaceintegrations" => "integration",
            "create configmaps" => "new map",
            "patch configmaps" => "map",
            "delete configmaps" => "map gone",
            other => other,
        };
        *short.entry(name.to_owned()).or_default() += count;
    }
    short
}
