//! What is remembered of an integration: in its status, and by the process.

use super::directory::Directory;
use crate::sync::desired::Policy;
use crate::sync::person::Person;
use crate::sync::scope::Verdict;

/// What stands in the integration's status. It survives the process.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub is_held: bool,
    /// The generation that a sync has carried out.
    pub synced: Option<usize>,
    /// The hash of the plan that was last shown. The annotation that approves it outlives even the integration.
    pub hash: Option<String>,
}

/// What the process knows of the integration.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub resolved: Option<Resolved>,
    pub is_proved: bool,
    /// Removed one by one since the last sync.
    pub removed: usize,
}

/// The scope as it was last resolved, and the directory then.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub generation: usize,
    pub policy: Policy,
    pub misses_somebody: bool,
    pub directory: Directory,
}

impl Resolved {
    /// Whether somebody is out of the scope as it was resolved.
    pub fn leaves_out(&self, person: &Person) -> bool {
        self.policy.scope.judge(person) == Verdict::Out
    }
}

impl Memory {
    /// That of this declaration.
    pub fn resolved(&self, generation: usize) -> Option<&Resolved> {
        let resolved = self.resolved.as_ref();
        resolved.filter(|resolved| resolved.generation == generation)
    }
}
