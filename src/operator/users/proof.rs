//! Whose directory the credentials read. A list tells; people who are read one by one do not tell whether the declared
//! organization and domain exist, and whether the account may read them.

use super::job::Job;
use super::memory::UsersMemory;
use crate::api::reasons;
use crate::operator::engine::fault::{Area, Fault, Kind, RECHECK_GOOGLE};
use crate::sync::person::Person;

/// Somebody of the declared organization and domain, when nobody has seen yet that these credentials read them, or there is
/// doubt about it again. One call, and none as long as nothing changes.
pub async fn somebody(job: &Job<'_>) -> Result<Option<Person>, Fault> {
    if UsersMemory::of(job.ctx, job.subject).is_proved_for(job.identity) && !job.is_in_doubt() {
        return Ok(None);
    }
    let found = job.directory.first(&job.everybody()).await;
    let found = found.map_err(|error| Fault::google(error, job.identity))?;
    match found {
        Some(user) => Ok(Some(job.person(user))),
        None => Err(nobody(job)),
    }
}

/// An organization has at least an administrator, and a domain without users can have nobody in scope.
pub fn nobody(job: &Job<'_>) -> Fault {
    let google = &job.subject.object.spec.google;
    let whose = google.domain.as_deref().unwrap_or(&google.customer_id);
    Fault {
        kind: Kind::Stalled(Some(RECHECK_GOOGLE)),
        ..Fault::stalled(
            Area::Authorization,
            reasons::WRONG_DOMAIN,
            format!(
                "Google lists no users of {whose}, so no user can be in scope. Nothing was changed. Compare spec.google.domain and spec.google.customerId with the Admin console, Account, Domains."
            ),
        )
    }
}
