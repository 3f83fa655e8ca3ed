//! The users of an organization, as a feature of the integration.

use super::metrics::UsersMetrics;
use crate::google::{DIRECTORY_GROUP_MEMBERS_SCOPE, DIRECTORY_ORG_UNITS_SCOPE, DIRECTORY_USERS_SCOPE};
use crate::operator::engine::context::Context;
use crate::operator::engine::feature::Feature;
use crate::operator::engine::subject::Subject;

/// One extension per person in scope. When a sync is due is the engine's to say; the condition is written by the sync.
pub struct Users;

impl Feature for Users {
    fn scopes(&self, subject: &Subject) -> Vec<&'static str> {
        let users = subject.object.spec.users.as_ref();
        let scope = users.and_then(|users| users.scope.as_ref());
        let selectors = || {
            scope
                .into_iter()
                .flat_map(|scope| scope.include.iter().chain(&scope.exclude))
        };
        let mut scopes = vec![DIRECTORY_USERS_SCOPE];
        if selectors().any(|selectors| !selectors.groups.is_empty()) {
            scopes.push(DIRECTORY_GROUP_MEMBERS_SCOPE);
        }
        if selectors().any(|selectors| !selectors.organizational_units.is_empty()) {
            scopes.push(DIRECTORY_ORG_UNITS_SCOPE);
        }
        scopes
    }

    fn forget(&self, ctx: &Context, subject: &Subject) {
        ctx.slot::<UsersMetrics>().forget(subject);
    }
}
