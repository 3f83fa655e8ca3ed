//! The one gate before every write: what may be done for an integration now. Every way to a write asks it: the schedule, a
//! request, a notification, an extension that was edited or deleted by hand, and the command line.

use super::guard;
use crate::api::integration::RemovalLimit;

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Nothing.
    Nothing,
    /// Plan everything and write nothing.
    Plan,
    /// Create, update and enable extensions; take nothing away from anybody.
    Restore(Withheld),
    /// All of that, and for this one person take away what is not theirs any more, up to so many extensions.
    Remove(usize),
    /// All of it: the removals are judged together.
    Everything,
}

/// Why nothing is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// A plan waits for an approval.
    Held,
    /// The declaration has not been carried out, and waits for somebody.
    Unsettled,
    /// As many extensions as one sync may remove have been removed one by one.
    LimitSpent,
    /// The credentials were not seen to read the organization that the extensions come from.
    Unproved,
}

impl Withheld {
    /// Whether a sync would find out more: the others wait for a person, who sees it in the status.
    pub const fn calls_for_sync(self) -> bool {
        matches!(self, Self::LimitSpent | Self::Unproved)
    }
}

/// What is known of an integration when somebody comes to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// It is switched on, not suspended and not being deleted, and the tenant is its own.
    pub is_at_work: bool,
    /// `spec.dryRun`.
    pub is_dry_run: bool,
    /// The way of one person; else it is a sync, which judges and proves by itself.
    pub one_person: Option<OnePerson>,
}

/// What one person's way has to know besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnePerson {
    /// Nothing in the declaration waits for somebody.
    pub is_settled: bool,
    /// A plan waits for an approval.
    pub is_held: bool,
    /// The credentials were seen to read the organization that the extensions come from.
    pub is_proved: bool,
    /// How many extensions were removed for one person at a time since the last sync.
    pub removed: usize,
    /// How many extensions the integration keeps.
    pub kept: usize,
    /// `spec.users.lifecycle.removalLimit`.
    pub limit: RemovalLimit,
}

/// Decides.
pub fn may_act(circumstances: &Circumstances) -> May {
    if !circumstances.is_at_work {
        return May::Nothing;
    }
    if circumstances.is_dry_run {
        return May::Plan;
    }
    let Some(one) = &circumstances.one_person else {
        return May::Everything;
    };
    let left = guard::allowed(one.kept, one.limit).saturating_sub(one.removed);
    let withheld = [
        (one.is_held, Withheld::Held),
        (!one.is_settled, Withheld::Unsettled),
        (!one.is_proved, Withheld::Unproved),
        (left == 0, Withheld::LimitSpent),
    ];
    let withheld = withheld.into_iter().find(|(applies, _)| *applies);
    withheld.map_or(May::Remove(left), |(_, why)| May::Restore(why))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one() -> OnePerson {
        OnePerson {
            is_settled: true,
            is_held: false,
            is_proved: true,
            removed: 0,
            kept: 100,
            limit: RemovalLimit {
                percent: 10,
                minimum: 5,
            },
        }
    }

    fn way(one_person: Option<OnePerson>) -> Circumstances {
        Circumstances {
            is_at_work: true,
            is_dry_run: false,
            one_person,
        }
    }

    #[test]
    fn each_obstacle_withholds_removals_from_one_persons_way() {
        use Withheld::{Held, LimitSpent, Unproved, Unsettled};
        let rows = [
            (one(), May::Remove(10)),
            (OnePerson { removed: 9, ..one() }, May::Remove(1)),
            (OnePerson { removed: 10, ..one() }, May::Restore(LimitSpent)),
            (
                OnePerson {
                    removed: usize::MAX,
                    ..one()
                },
                May::Restore(LimitSpent),
            ),
            (
                OnePerson {
                    is_held: true,
                    ..one()
                },
                May::Restore(Held),
            ),
            (
                OnePerson {
                    is_settled: false,
                    ..one()
                },
                May::Restore(Unsettled),
            ),
            (
                OnePerson {
                    is_proved: false,
                    ..one()
                },
                May::Restore(Unproved),
            ),
        ];
        for (one, may) in rows {
            assert_eq!(may_act(&way(Some(one))), may, "{one:?}");
        }
    }

    proptest! {
        #[test]
        fn whoever_is_not_at_work_or_only_plans_writes_nothing(
            is_at_work: bool, is_dry_run: bool, is_one: bool, is_settled: bool, is_held: bool, is_proved: bool,
            removed in 0_usize..20, kept in 0_usize..200,
        ) {
            let one = OnePerson { is_settled, is_held, is_proved, removed, kept, ..one() };
            let one_person = is_one.then_some(one);
            let may = may_act(&Circumstances { is_at_work, is_dry_run, one_person });
            prop_assert_eq!(may == May::Nothing, !is_at_work);
            prop_assert_eq!(may == May::Plan, is_at_work && is_dry_run);
            prop_assert_eq!(may == May::Everything, is_at_work && !is_dry_run && !is_one);
            if let May::Remove(left) = may {
                prop_assert!(is_settled && !is_held && is_proved);
                prop_assert!((1..=guard::allowed(kept, one.limit) - removed).contains(&left));
            }
        }
    }
}
