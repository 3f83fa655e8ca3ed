//! A status in the making: what every outcome of a look says to people.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::GoogleWorkspaceIntegrationStatus;
use crate::api::conditions::{
    self, AUTHORIZED, Decision, READY, RECONCILING, REMOVALS_HELD, STALLED, USERS_SYNCED,
};
use crate::api::reasons;
use crate::api::status::{Connection, Counts, UsersStatus};
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault, Identity, Kind};
use crate::operator::engine::subject::Subject;
use crate::operator::engine::text::truncated;
use crate::operator::users::report::Report;

/// Longest message of a condition; the API server allows 32,768, people read less.
const MESSAGE_LIMIT: usize = 1024;

/// A status in the making: the last one, changed.
pub struct Draft {
    /// What will be written.
    pub status: GoogleWorkspaceIntegrationStatus,
    generation: i64,
    now: Timestamp,
}

impl Draft {
    /// Begins with the last status that was written or seen.
    pub fn new(ctx: &Context, subject: &Subject, now: Timestamp) -> Self {
        let remembered = ctx.memory(&subject.uid).notes().status.clone();
        let status = remembered
            .or_else(|| subject.object.status.clone())
            .unwrap_or_default();
        Self {
            status,
            generation: subject.generation(),
            now,
        }
    }

    fn set(&mut self, mut decision: Decision) {
        decision.message = truncated(decision.message, MESSAGE_LIMIT);
        conditions::set(&mut self.status.conditions, decision, self.generation, self.now);
    }

    fn remove(&mut self, kind: &str) {
        conditions::remove(&mut self.status.conditions, kind);
    }

    /// Work goes on and will take a while.
    pub fn progressing(&mut self, reason: &'static str, message: &str) {
        self.remove(STALLED);
        if reason == reasons::TERMINATING {
            self.remove(REMOVALS_HELD); // nobody has to decide about them any more
        }
        self.set(Decision::yes(RECONCILING, reason, message));
        self.ready(Decision::unknown(READY, reason, message));
    }

    /// Removals that wait go on waiting while a later sync runs or fails, and `Ready` goes on saying so, unless that
    /// failure needs a person itself.
    fn ready(&mut self, decision: Decision) {
        let conditions = &self.status.conditions;
        let stalled = conditions::get(conditions, STALLED).is_some();
        let held = conditions::get(conditions, REMOVALS_HELD).filter(|_| !stalled);
        let decision = match held.map(|held| held.message.clone()) {
            Some(message) => Decision::no(READY, reasons::REMOVALS_HELD, message),
            None => decision,
        };
        self.set(decision);
    }

    /// The declaration asks for nothing.
    pub fn users_disabled(&mut self) {
        let message =
            "spec.users.enabled is false: no extension is created or changed. Set it to true to begin.";
        self.settle();
        self.remove(REMOVALS_HELD);
        self.status.plan = None;
        self.set(Decision::unknown(AUTHORIZED, reasons::USERS_DISABLED, message));
        self.set(Decision::unknown(USERS_SYNCED, reasons::USERS_DISABLED, message));
        self.set(Decision::yes(READY, reasons::USERS_DISABLED, message));
    }

    /// A step failed.
    pub fn faulted(&mut self, fault: &Fault, identity: Option<&Identity>) {
        self.settle();
        if let Some(identity) = identity {
            self.authorization(identity);
            if fault.reason == reasons::DELEGATION_SCOPES_MISSING {
                self.scopes(|required| (Vec::new(), required));
            }
        }
        let Fault {
            area,
            reason,
            ref message,
            kind,
            ..
        } = *fault;
        match area {
            Area::Authorization => {
                self.status.connection = Connection::Disconnected;
                self.set(Decision::no(AUTHORIZED, reason, message));
                self.not_synced(reason, message);
            }
            Area::Connection => {
                if self.status.connection == Connection::Connected {
                    self.status.connection = Connection::Degraded;
                }
                self.set(Decision::no(USERS_SYNCED, reason, message));
            }
            Area::Sync => self.set(Decision::no(USERS_SYNCED, reason, message)),
            Area::Declaration => self.not_synced(reason, message),
        }
        match kind {
            Kind::Stalled(_) => self.set(Decision::yes(STALLED, reason, message)),
            Kind::Transient => self.set(Decision::yes(RECONCILING, reason, message)),
            Kind::Waiting => {}
        }
        self.ready(Decision::no(READY, reason, message));
    }

    /// Nobody has compared the extensions of this generation with the directory.
    fn not_synced(&mut self, reason: &'static str, message: &str) {
        self.set(Decision::unknown(USERS_SYNCED, reason, message));
    }

    /// A sync reached its end.
    pub fn synced(&mut self, report: &Report, identity: &Identity, dry_run: bool, next: Option<Timestamp>) {
        self.settle();
        self.status.connection = Connection::Connected;
        self.authorization(identity);
        self.scopes(|required| (required, Vec::new()));
        self.set(Decision::yes(
            AUTHORIZED,
            reasons::VERIFIED,
            format!("Google let {} read the directory.", identity.effective()),
        ));
        self.status.plan.clone_from(&report.plan);
        let dry_run_message = dry_run.then(|| dry_run_message(report));
        self.users(
            report,
            next,
            dry_run_message.clone().unwrap_or_else(|| message(report)),
        );
        let summary = self
            .status
            .users
            .as_ref()
            .and_then(|users| users.message.clone())
            .unwrap_or_default();
        self.remove(REMOVALS_HELD);
        if let Some(fault) = incomplete(report, dry_run) {
            if fault.reason == reasons::REMOVALS_HELD {
                self.set(Decision::yes(REMOVALS_HELD, fault.reason, &fault.message));
            }
            self.set(Decision::no(USERS_SYNCED, fault.reason, &fault.message));
            self.set(Decision::no(READY, fault.reason, &fault.message));
            self.set(Decision::yes(STALLED, fault.reason, fault.message));
        } else if let Some(message) = dry_run_message {
            self.set(Decision::no(USERS_SYNCED, reasons::DRY_RUN, &message));
            self.set(Decision::yes(READY, reasons::DRY_RUN, message));
        } else {
            self.set(Decision::yes(USERS_SYNCED, reasons::SUCCEEDED, &summary));
            self.set(Decision::yes(READY, reasons::SUCCEEDED, summary));
        }
    }

    /// The request that was carried out.
    pub fn handled(&mut self, request: Option<&str>) {
        if let Some(request) = request {
            let users = self.status.users.get_or_insert_default();
            users.last_handled_sync_request = Some(truncated(request.to_owned(), 1024));
        }
    }

    fn settle(&mut self) {
        self.status.observed_generation = self.generation;
        self.remove(RECONCILING);
        self.remove(STALLED);
    }

    /// Who we are to Google; what it grants is left as it was known.
    fn authorization(&mut self, identity: &Identity) {
        let authorization = self.status.authorization.get_or_insert_default();
        let account = Some(identity.effective()).filter(|account| !account.is_empty());
        authorization.account = account.map(str::to_owned);
        authorization.epoch = Some(identity.epoch);
        authorization.scopes.required = identity.scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// What Google grants of the required scopes: granted and missing ones.
    fn scopes(&mut self, split: impl FnOnce(Vec<String>) -> (Vec<String>, Vec<String>)) {
        let scopes = &mut self.status.authorization.get_or_insert_default().scopes;
        (scopes.granted, scopes.missing) = split(scopes.required.clone());
    }

    fn users(&mut self, report: &Report, next: Option<Timestamp>, message: String) {
        let users = self.status.users.get_or_insert_default();
        let counts = if report.changes() == 0 {
            quiet(users.counts, report.counts)
        } else {
            report.counts
        };
        let fresh = UsersStatus {
            last_sync_time: Some(Time(self.now)),
            next_sync_time: next.map(Time),
            last_handled_sync_request: users.last_handled_sync_request.clone(),
            message: Some(truncated(message, MESSAGE_LIMIT)),
            counts,
            organizational_units: report.units.clone(),
            channels: users.channels.clone(),
            problems: report.problems.clone(),
        };
        *users = fresh;
    }
}

/// After a sync that changed nothing, what the last one did still stands: only what was read is taken over. Otherwise
/// every first quiet sync would write a status to say that it had nothing to write.
fn quiet(before: Counts, now: Counts) -> Counts {
    let Counts {
        read,
        in_scope,
        skipped,
        conflicts,
        unchanged,
        ..
    } = now;
    let known = before.created + before.updated + before.disabled + before.unchanged == unchanged;
    Counts {
        read,
        in_scope,
        skipped,
        conflicts,
        unchanged: if known { before.unchanged } else { unchanged },
        ..before
    }
}

fn message(report: &Report) -> String {
    let Counts {
        in_scope, conflicts, ..
    } = report.counts;
    let synced = in_scope - report.unserved;
    let text = match synced {
        1 => "1 user has been synced to the PBX extension directory.".to_owned(),
        n => format!("{n} users have been synced to the PBX extension directory."),
    };
    match conflicts {
        0 => text,
        n => format!("{text} {n} could not be served as declared; see status.users.problems."),
    }
}

fn dry_run_message(report: &Report) -> String {
    let counts = report.plan.as_ref().map(|plan| plan.counts).unwrap_or_default();
    let held = report.held.map_or_else(String::new, |(removals, limit)| {
        format!(" The {removals} removals are above the limit of {limit} and would wait for an approval.")
    });
    format!(
        "Dry run: {} extensions to create, {} to update, {} to disable, {} to delete; nothing was written.{held} See status.plan, and set spec.dryRun to false to carry it out.",
        counts.create, counts.update, counts.disable, counts.delete,
    )
}

/// What keeps a sync that reached its end from being a success.
fn incomplete(report: &Report, dry_run: bool) -> Option<Fault> {
    if let (Some((removals, limit)), false) = (report.held, dry_run) {
        let hash = report.plan.as_ref().map_or("", |plan| plan.hash.as_str());
        return Some(Fault::stalled(
            Area::Sync,
            reasons::REMOVALS_HELD,
            format!(
                "{removals} extensions would be disabled, deleted or renumbered, or leave this integration, and the limit is {limit}; nothing was removed. Look at status.plan, then approve exactly this plan with: kubectl annotate gwi <name> --overwrite dialplane.io/approve-removals={hash}; or correct the directory, or raise spec.users.lifecycle.removalLimit."
            ),
        ));
    }
    (report.without_number > 0).then(|| {
        Fault::stalled(Area::Sync, reasons::NUMBERS_EXHAUSTED, format!(
            "{} users have no extension because no number is free; everybody else is served. Raise spec.users.numbering.end, or free numbers by deleting extensions that nobody needs.",
            report.without_number,
        ))
    })
}

#[cfg(test)]
mod tests;
