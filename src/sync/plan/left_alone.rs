//! People whose extension cannot be read: they have one, and nothing is done about it, whatever Google says.

use super::{Planner, Step};
use crate::sync::index::{Opaque, TenantIndex};

/// The reason of the problem.
const UNDECODABLE: &str = "Undecodable";

impl Planner {
    /// Somebody who has such an extension. It is told unless it is none of our business.
    pub(super) fn left_alone(&mut self, user: String, opaque: &Opaque, in_scope: bool) -> Step {
        if !in_scope && opaque.integration.as_deref() != Some(self.policy.integration.as_str()) {
            return self.skip();
        }
        let message = opaque.explain(&self.policy.tenant);
        self.problem(user, UNDECODABLE, message, false)
    }

    /// Somebody without extension, for whom one is there that cannot be read and names nobody.
    pub(super) fn barred(&mut self, user: String, opaque: &Opaque) -> Step {
        let message = opaque.explain(&self.policy.tenant);
        self.problem(user, UNDECODABLE, message, true)
    }

    /// After the last page: tells the extensions of ours that cannot be read and whose people have not been seen.
    pub fn undecodable(&mut self, index: &TenantIndex) {
        for opaque in index.opaque_kept_by(&self.policy.integration) {
            if opaque
                .person
                .as_ref()
                .is_some_and(|person| self.seen.contains(person))
            {
                continue;
            }
            let name = || format!("{}-{}", self.policy.tenant, opaque.number);
            let user = opaque.person.as_ref().map_or_else(name, ToString::to_string);
            self.left_alone(user, opaque, false);
        }
    }
}
