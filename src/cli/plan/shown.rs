//! A plan as it is printed.

use std::fmt::Write as _;

use kube::ResourceExt;
use serde::Serialize;

use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::api::status::{Counts, PlanCounts, PlanSample, Problem};
use crate::cli::output::Table;
use crate::operator::preview::{Known, Plan};

/// The plan of one integration, or why there is none.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    namespace: String,
    integration: String,
    tenant: String,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failed>,
    /// What keeps the operator from carrying the plan out at once.
    pub notes: Vec<String>,
    people: People,
    counts: PlanCounts,
    pub changes: Vec<PlanSample>,
    problems: Vec<Problem>,
    removals: Removals,
    /// Why nobody in scope can have an extension: the reasons, and how often.
    #[serde(skip_serializing_if = "Option::is_none")]
    nobody_served: Option<String>,
    /// The command that approves the removals, when it is followed by their hash.
    #[serde(skip)]
    pub approve: String,
    /// Name and present state of the extensions that are there, in the order of the changes.
    #[serde(skip)]
    known: Vec<Known>,
}

/// Why there is no plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failed {
    reason: String,
    pub message: String,
}

/// What was read.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct People {
    read: i64,
    in_scope: i64,
    skipped: i64,
    unserved: i64,
    unchanged: i64,
}

/// What would become of the removals.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Removals {
    count: i64,
    held: bool,
    /// How many are allowed; only said when they would be held.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    approved: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    hash: String,
}

impl Shown {
    /// The plan of this integration, before it is made.
    pub(super) fn of(object: &GoogleWorkspaceIntegration) -> Self {
        Self {
            namespace: object.namespace().unwrap_or_default(),
            integration: object.name_any(),
            tenant: object.spec.tenant.name.clone(),
            notes: notes(object),
            ..Self::default()
        }
    }

    /// One that the API server refused.
    pub(super) fn refused(namespace: &str, name: &str, message: &str) -> Self {
        let this = Self {
            namespace: namespace.to_owned(),
            integration: name.to_owned(),
            ..Self::default()
        };
        this.failed("Refused", message)
    }

    pub(super) fn failed(mut self, reason: &str, message: &str) -> Self {
        self.error = Some(Failed {
            reason: reason.to_owned(),
            message: message.to_owned(),
        });
        self
    }

    pub(super) fn planned<'a>(mut self, plan: Plan, known: impl Fn(&str) -> Option<&'a Known>) -> Self {
        let Counts {
            read,
            in_scope,
            skipped,
            conflicts,
            unchanged,
            ..
        } = plan.counts;
        self.people = People {
            read,
            in_scope,
            skipped,
            unserved: conflicts,
            unchanged,
        };
        self.counts = plan.changes.counts;
        let count = self.counts.disable + self.counts.delete + self.counts.release;
        self.removals = Removals {
            count,
            held: plan.held.is_some(),
            limit: plan.held.map(|(_, limit)| limit),
            approved: plan.approved && count > 0,
            hash: Some(plan.changes.hash).filter(|_| count > 0).unwrap_or_default(),
        };
        self.changes = plan.changes.samples;
        let now = |change: &PlanSample| known(&change.extension).cloned().unwrap_or_default();
        self.known = self.changes.iter().map(now).collect();
        self.problems = plan.problems;
        self.nobody_served = plan.nobody_served;
        self
    }

    pub(super) fn is_held(&self) -> bool {
        self.removals.held
    }

    pub(super) fn serves_nobody(&self) -> bool {
        self.nobody_served.is_some()
    }

    /// `namespace/name`.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.integration)
    }

    /// For people; `headed` when there are several.
    pub(super) fn text(&self, wide: bool, headed: bool) -> String {
        if self.error.is_some() {
            return String::new();
        }
        let mut text = String::new();
        if headed {
            line(
                &mut text,
                &format!("{}, tenant {}", self.full_name(), self.tenant),
            );
        }
        for table in [self.changed(wide), self.unserved()] {
            if !table.is_empty() {
                text.push_str(&table.text());
                text.push('\n');
            }
        }
        line(&mut text, &self.read());
        line(&mut text, &self.summary());
        if let Some(why) = &self.nobody_served {
            line(
                &mut text,
                &format!("No user in scope can have an extension: {why}."),
            );
        }
        if headed {
            text.push('\n');
        }
        text
    }

    fn changed(&self, wide: bool) -> Table {
        if !wide {
            let mut table = Table::new(&["CHANGE", "EXTENSION", "USER", "REASON"]);
            for it in &self.changes {
                table.row([&it.change, &it.extension, &it.user, &it.reason]);
            }
            return table;
        }
        let mut table = Table::new(&["CHANGE", "EXTENSION", "NOW", "USER", "NAME", "REASON"]);
        for (it, known) in self.changes.iter().zip(&self.known) {
            let now = match (it.change.as_str(), known.enabled) {
                ("Create", _) => "",
                (_, true) => "Enabled",
                (_, false) => "Disabled",
            };
            let name = known.display_name.as_deref().unwrap_or_default();
            table.row([&it.change, &it.extension, now, &it.user, name, &it.reason]);
        }
        table
    }

    fn unserved(&self) -> Table {
        let mut table = Table::new(&["USER", "PROBLEM", "MESSAGE"]);
        for it in &self.problems {
            table.row([&it.user, &it.reason, &it.message]);
        }
        table
    }

    fn read(&self) -> String {
        let People {
            read,
            in_scope,
            skipped,
            unserved,
            unchanged,
        } = self.people;
        format!(
            "Directory: {read} users read, {in_scope} in scope, {skipped} skipped, {unserved} with a problem; {unchanged} extensions unchanged."
        )
    }

    fn summary(&self) -> String {
        let PlanCounts {
            create,
            update,
            disable,
            delete,
            release,
        } = self.counts;
        if self.changes.is_empty() {
            return "Plan: no changes.".to_owned();
        }
        let plan = format!(
            "Plan: {create} to create, {update} to update, {disable} to disable, {delete} to delete, {release} to release."
        );
        let Removals {
            count,
            limit,
            approved,
            ref hash,
            ..
        } = self.removals;
        match limit {
            Some(limit) => format!(
                "{plan}\nHeld: the {count} removals exceed the limit of {limit} and would wait for approval; all other changes would be made. When they are held, approve exactly these with: {} {hash}",
                self.approve
            ),
            None if approved => {
                format!("{plan}\nApproved: the {count} removals, as plan {hash}.")
            }
            None => plan,
        }
    }
}

/// Each line, safe for a terminal.
fn line(text: &mut String, lines: &str) {
    for line in lines.lines() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", crate::cli::output::plain(line));
    }
}

/// What keeps the operator from carrying a plan out as it is.
fn notes(object: &GoogleWorkspaceIntegration) -> Vec<String> {
    let spec = &object.spec;
    let users = spec.users.as_ref().filter(|users| users.enabled);
    let mut notes = Vec::new();
    let mut note = |text: &str| notes.push(format!("{}: {text}", object.name_any()));
    if users.is_none() {
        note("spec.users.enabled is false, so no user is synced");
    }
    if spec.suspend {
        note("spec.suspend is true, so no changes are made until the integration is resumed");
    }
    if spec.dry_run {
        note("spec.dryRun is true, so the operator makes no changes");
    }
    if users.is_some_and(|users| !Users::is_automatic(users)) {
        note("spec.users.syncMode is Manual, so changes are made only when a sync is requested");
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::status::PlanStatus;

    fn change(change: &str, user: &str) -> PlanSample {
        PlanSample {
            change: change.into(),
            extension: "acme-1001".into(),
            user: user.into(),
            reason: "New".into(),
        }
    }

    fn plan(held: Option<(i64, usize)>, approved: bool) -> Plan {
        Plan {
            changes: PlanStatus {
                hash: "9f2c".into(),
                counts: PlanCounts {
                    disable: 2,
                    ..PlanCounts::default()
                },
                samples: vec![change("Disable", "\u{1b}[2Jana@acme.com")],
            },
            held,
            approved,
            ..Plan::default()
        }
    }

    fn shown(held: Option<(i64, usize)>, approved: bool) -> Shown {
        let shown = Shown {
            approve: "dialplane approve -n v acme".into(),
            ..Shown::default()
        };
        shown.planned(plan(held, approved), |_| None)
    }

    #[test]
    fn a_hold_says_the_limit_and_the_command() {
        let text = shown(Some((2, 1)), false).text(false, false);
        assert!(
            text.contains("the 2 removals exceed the limit of 1")
                && text.contains("with: dialplane approve -n v acme 9f2c\n"),
            "{text}"
        );
        assert!(
            shown(None, true)
                .text(false, false)
                .contains("\nApproved: the 2 removals, as plan 9f2c.")
        );
        let text = shown(None, false).text(false, false);
        assert!(!text.contains("Held") && !text.contains("Approved"), "{text}");
    }

    #[test]
    fn hostile_addresses_are_harmless_in_every_table() {
        for wide in [false, true] {
            let text = shown(None, false).text(wide, true);
            assert!(
                !text.contains('\u{1b}') && text.contains("\\u{1b}[2Jana@acme.com"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_name_and_state_of_what_is_there_are_for_those_who_ask() {
        let known = Known {
            display_name: Some("Ana Silva".into()),
            enabled: true,
            ..Known::default()
        };
        let shown = Shown::default().planned(plan(None, false), |_| Some(&known));
        assert!(!shown.text(false, false).contains("Ana Silva"));
        let text = shown.text(true, false);
        assert!(
            text.contains("Enabled   \\u{1b}[2Jana@acme.com   Ana Silva   New"),
            "{text}"
        );
    }
}
