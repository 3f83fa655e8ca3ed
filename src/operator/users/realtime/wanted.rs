//! Whether an integration should have notification channels.

use super::push::Push;
use super::url::PublicUrl;
use crate::api::integration::Users;
use crate::api::reasons;
use crate::operator::engine::context::Context;
use crate::operator::engine::due;
use crate::operator::engine::subject::Subject;
use crate::operator::users::tenancy;

/// Whether there should be channels.
pub enum Wanted {
    /// Nobody asks for them.
    Off,
    /// Something else comes first: why, and what to do.
    Blocked(&'static str, String),
    /// Yes, and they lead here.
    On(PublicUrl),
}

/// What the declaration asks for, and what is in the way.
pub fn wanted(ctx: &Context, subject: &Subject) -> Wanted {
    let users = subject
        .users()
        .filter(|users| users.realtime && users.is_automatic());
    let Some(users) = users.filter(|_| !subject.is_deleted()) else {
        return Wanted::Off;
    };
    let push = ctx.slot::<Push>();
    match (allowed(ctx, subject, users), push.public_url()) {
        (Err((reason, message)), _) => Wanted::Blocked(reason, message),
        (Ok(()), Some(url)) => Wanted::On(url.clone()),
        (Ok(()), None) => Wanted::Blocked(
            reasons::PUBLIC_URL_MISSING,
            "The operator has no public URL that Google can notify. Scheduled syncs continue. Set the chart value publicUrl, or remove users.realtime and set a short users.schedule.interval, for example 30s.".to_owned(),
        ),
    }
}

fn allowed(ctx: &Context, subject: &Subject, users: &Users) -> Result<(), (&'static str, String)> {
    if subject.object.spec.suspend {
        let text = "spec.suspend is true, so no notification channels are open. To resume, set spec.suspend to false.";
        return Err((reasons::SUSPENDED, text.to_owned()));
    }
    if subject.object.spec.dry_run {
        let text = "spec.dryRun is true, so no notification channels are open. To open them, set spec.dryRun to false.";
        return Err((reasons::DRY_RUN, text.to_owned()));
    }
    let checked = tenancy::check(ctx, subject).and_then(|()| due::schedule(users).map(drop));
    checked.map_err(|fault| (fault.reason, fault.message))
}
