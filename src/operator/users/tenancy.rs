//! Whose extensions they are: one integration keeps a tenant's extensions in a namespace, and they come from one
//! organization. Two of either would take numbers and people from each other.

use kube::ResourceExt;

use crate::api::GoogleWorkspaceIntegration;
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::subject::Subject;
use crate::sync::driver::Foreign;

/// Passes when no older integration serves the same tenant.
pub fn check(ctx: &Context, subject: &Subject) -> Result<(), Fault> {
    let mine = seniority(&subject.object);
    let holder = ctx
        .in_namespace(&subject.key.namespace)
        .into_iter()
        .filter(|other| other.spec.tenant.name == subject.key.tenant && other.uid() != subject.object.uid())
        .filter(|other| other.spec.users.as_ref().is_some_and(|users| users.enabled))
        .find(|other| seniority(other) < mine);
    match holder {
        None => Ok(()),
        Some(holder) => Err(Fault::stalled(
            Area::Declaration,
            reasons::TENANT_TAKEN,
            format!(
                "Integration {} already keeps the extensions of tenant {} in this namespace; this one changes nothing. Delete one of the two, or set spec.users.enabled to false in one.",
                holder.name_any(),
                subject.key.tenant,
            ),
        )),
    }
}

/// The integration's extensions came from another organization than the one that answers now.
pub fn another_organization(foreign: &Foreign) -> Fault {
    let Foreign { before, now } = foreign;
    Fault::stalled(
        Area::Authorization,
        reasons::WRONG_DOMAIN,
        format!(
            "The credentials read organization {now}, but this integration's extensions come from {before}. Nothing was changed. Use credentials of {before}, or delete this integration (deletionPolicy decides about the extensions) and create a new one."
        ),
    )
}

/// The older object comes first; of two made in the same second, the one whose name sorts first.
fn seniority(object: &GoogleWorkspaceIntegration) -> (i64, String) {
    (
        object.creation_timestamp().map_or(0, |time| time.0.as_second()),
        object.name_any(),
    )
}
