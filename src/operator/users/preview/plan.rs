//! What a sync would change.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::ResourceExt;

use super::cluster::{Clients, context, integrations, list};
use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::api::reasons;
use crate::api::status::{Counts, PlanStatus, Problem};
use crate::google::Directory;
use crate::operator::engine::context::Context;
use crate::operator::engine::credentials;
use crate::operator::engine::fault::{Fault, Identity};
use crate::operator::engine::subject::Subject;
use crate::operator::status::progress::Progress;
use crate::operator::users::job::{Job, Stop};
use crate::operator::users::report::Report;
use crate::operator::users::{pipe, property, switched_off, tenancy};
use crate::sync::stored::Stored;
use crate::sync::view::KeptSpec;

/// One integration, and the extensions of its namespace as they are now.
pub struct Preview {
    pub(super) ctx: Context,
    pub(super) subject: Subject,
    pub(super) known: BTreeMap<String, Known>,
}

/// What is told of an extension that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The name that phones show.
    pub display_name: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Google's id of its owner.
    pub person: Option<String>,
    /// The primary address and the aliases of its owner.
    pub addresses: Vec<String>,
}

/// Everything that a sync would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// What was read.
    pub counts: Counts,
    /// Every change, removals first.
    pub changes: PlanStatus,
    /// Everybody who could not be served.
    pub problems: Vec<Problem>,
    /// How many removals would wait for an approval, and how many are allowed.
    pub held: Option<(i64, usize)>,
    /// Whether exactly these removals are approved.
    pub approved: bool,
    /// When there are people in scope and none of them can have an extension: why, with how many of each reason.
    pub nobody_served: Option<String>,
}

impl Preview {
    /// Looks at the namespace. `object` is the integration as it is or, for a change that nobody has made yet, as it would
    /// be; `declared` are further ones of that kind.
    pub async fn of(
        clients: &Clients,
        mut object: GoogleWorkspaceIntegration,
        declared: &[GoogleWorkspaceIntegration],
    ) -> Result<Self, Fault> {
        let namespace = object.namespace().unwrap_or_default();
        object.spec.dry_run = true;
        object.spec.suspend = false; // what would be done, were it at work
        let integrations = integrations(clients, &namespace, declared, &object).await?;
        let ctx = context(clients, integrations);
        let mut known = BTreeMap::new();
        list(
            &clients.kubernetes,
            &namespace,
            "list extensions",
            |extension: Stored| {
                ctx.extensions.applied(&extension);
                if let Ok(read) = extension.read() {
                    known.insert(extension.name_any(), Known::of(read.view.spec));
                }
            },
        )
        .await?;
        Ok(Self {
            ctx,
            subject: Subject::new(Arc::new(object)),
            known,
        })
    }

    /// An extension of the namespace, by name.
    pub fn known(&self, extension: &str) -> Option<&Known> {
        self.known.get(extension)
    }

    /// The whole plan.
    pub async fn plan(&self) -> Result<Plan, Fault> {
        let Some(users) = self.subject.users() else {
            let removals = Box::pin(switched_off::settle(&self.ctx, &self.subject)).await;
            let removals = removals.map_err(fault)?;
            return Ok(removals.map(|report| self.told(report)).unwrap_or_default());
        };
        let (directory, identity) = self.open(users).await?;
        let job = Job::new(&self.ctx, &self.subject, users, &identity, &directory)?;
        let progress = Progress::silent(&self.ctx, &self.subject);
        let report = pipe::synchronise(&job, progress).await.map_err(fault)?;
        Ok(self.told(report))
    }

    fn told(&self, report: Report) -> Plan {
        let problems = report.problems();
        let nobody_served = report.serves_nobody().then(|| report.why_unserved());
        let changes = report.plan.unwrap_or_default();
        let approved = self.subject.approval() == Some(changes.hash.as_str());
        Plan {
            counts: report.counts,
            changes,
            problems,
            held: report.held,
            approved,
            nobody_served,
        }
    }

    /// The checks of every look at an integration, and the directory that its credentials open.
    pub(super) async fn open(&self, users: &Users) -> Result<(Directory, Identity), Fault> {
        tenancy::check(&self.ctx, &self.subject)?;
        let file = credentials::read(&self.ctx, &self.subject).await?;
        let (directory, identity) = credentials::open(&self.ctx, &self.subject, &file)?;
        Ok((property::projected(directory, users)?, identity))
    }
}

impl Known {
    fn of(spec: KeptSpec) -> Self {
        let user = spec.user.unwrap_or_default();
        Self {
            display_name: user.display_name,
            enabled: spec.enabled,
            person: spec.google.map(|google| google.user_id),
            addresses: user.email.into_iter().chain(user.email_aliases).collect(),
        }
    }
}

/// Why a run that nobody interrupts on purpose ended.
pub(super) fn fault(stop: Stop) -> Fault {
    match stop {
        Stop::Fault(fault) => fault,
        Stop::Interrupted(_) => Fault::declared(
            reasons::KUBERNETES_UNAVAILABLE,
            "The integration changed while the plan was made. Try again.",
        ),
    }
}
