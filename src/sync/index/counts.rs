//! How many extensions each integration keeps, counted while they come and go: nobody has to look at all of them to know.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::digest::Digest;
use super::opaque::Opaque;

/// How many extensions an integration keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Those that the phone system serves.
    pub enabled: usize,
    /// Those that it does not.
    pub disabled: usize,
    /// Those that cannot be read. They are in neither of the others.
    pub undecodable: usize,
}

impl Kept {
    /// Those that can be read.
    pub fn readable(self) -> usize {
        self.enabled + self.disabled
    }
}

#[derive(Debug, Default)]
struct Counted {
    kept: Kept,
    /// How many came from each organization.
    customers: BTreeMap<Arc<str>, usize>,
}

/// The counts of all integrations of a tenant.
#[derive(Debug, Default)]
pub(super) struct Counts(HashMap<Arc<str>, Counted>);

/// Whether something comes or goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Comes,
    Goes,
}

impl Step {
    fn count(self, number: &mut usize) {
        *number = match self {
            Self::Comes => number.saturating_add(1),
            Self::Goes => number.saturating_sub(1),
        };
    }
}

impl Counts {
    pub(super) fn readable(&mut self, digest: &Digest, step: Step) {
        let Some(integration) = &digest.integration else {
            return;
        };
        let counted = self.0.entry(Arc::clone(integration)).or_default();
        step.count(if digest.enabled {
            &mut counted.kept.enabled
        } else {
            &mut counted.kept.disabled
        });
        if let Some(customer) = &digest.customer {
            let number = counted.customers.entry(Arc::clone(customer)).or_default();
            step.count(number);
            if *number == 0 {
                counted.customers.remove(customer);
            }
        }
        self.tidy(integration);
    }

    pub(super) fn undecodable(&mut self, opaque: &Opaque, step: Step) {
        let Some(integration) = &opaque.integration else {
            return;
        };
        let counted = self.0.entry(Arc::clone(integration)).or_default();
        step.count(&mut counted.kept.undecodable);
        self.tidy(integration);
    }

    fn tidy(&mut self, integration: &Arc<str>) {
        if self
            .0
            .get(integration)
            .is_some_and(|counted| counted.kept == Kept::default())
        {
            self.0.remove(integration);
        }
    }

    pub(super) fn of(&self, integration: &str) -> Kept {
        self.0
            .get(integration)
            .map(|counted| counted.kept)
            .unwrap_or_default()
    }

    /// The organization that most of them came from.
    pub(super) fn customer_of(&self, integration: &str) -> Option<Arc<str>> {
        let customers = &self.0.get(integration)?.customers;
        let most = customers.iter().max_by_key(|(_, number)| **number);
        most.map(|(customer, _)| Arc::clone(customer))
    }
}
