//! Whose extensions they are: one integration keeps a tenant's extensions in a namespace, and they come from one
//! organization. Two of either would take numbers and people from each other.

use kube::ResourceExt;

use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::fault::{Area, Fault};
use crate::operator::engine::subject::Subject;
use crate::sync::driver::Foreign;
use crate::sync::tenancy;

/// Passes when no older integration serves the same tenant.
pub fn check(ctx: &Context, subject: &Subject) -> Result<(), Fault> {
    let all = ctx.in_namespace(&subject.key.namespace);
    match tenancy::holder(&subject.object, all.iter().map(AsRef::as_ref)) {
        None => Ok(()),
        Some(holder) => Err(Fault::stalled(
            Area::Declaration,
            reasons::TENANT_TAKEN,
            format!(
                "Integration {} already manages the extensions of tenant {} in this namespace, so this one changes nothing. Delete one of the two, or set spec.users.enabled to false in one.",
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
            "The credentials read organization {now}, but the extensions of this integration come from {before}. Nothing was changed. Use credentials of {before}, or delete this integration (deletionPolicy determines what happens to the extensions) and create a new one."
        ),
    )
}
