//! The last gate before anybody loses a phone.

use sha2::{Digest as _, Sha256};

use super::plan::{Content, Planned};
use crate::api::integration::RemovalLimit;

/// What may happen to the removals of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are within the limit, or exactly they were approved.
    Proceed,
    /// They wait for an approval.
    Held {
        /// Identifies exactly these removals.
        hash: String,
        /// How many would have been allowed.
        limit: usize,
    },
}

/// Whose removals they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose<'a> {
    /// `spec.tenant.name`.
    pub tenant: &'a str,
    /// `metadata.uid` of the integration: what was approved for one is not approved for another that is created with the same
    /// name after it.
    pub uid: &'a str,
}

/// Decides about the removals of a complete run. `kept` is how many extensions the integration keeps, `approval` the
/// hash that somebody approved.
pub fn judge(
    removals: &[Planned],
    whose: Whose<'_>,
    kept: usize,
    limit: RemovalLimit,
    approval: Option<&str>,
) -> Verdict {
    let limit = allowed(kept, limit);
    if removals.len() <= limit {
        return Verdict::Proceed;
    }
    let hash = hash(removals, whose);
    if approval == Some(hash.as_str()) {
        Verdict::Proceed
    } else {
        Verdict::Held { hash, limit }
    }
}

/// How many removals one run may make: the larger of the minimum and the percentage, rounded down.
pub fn allowed(kept: usize, limit: RemovalLimit) -> usize {
    let percent = usize::try_from(limit.percent).unwrap_or_default();
    let minimum = usize::try_from(limit.minimum).unwrap_or_default();
    minimum.max(kept * percent / 100)
}

/// Identifies a set of removals: 16 hexadecimal digits. The generation of each extension is part of it, so that an
/// approval does not count again when the same people are removed another time.
pub fn hash(removals: &[Planned], whose: Whose<'_>) -> String {
    let Whose { tenant, uid } = whose;
    let mut lines: Vec<_> = removals
        .iter()
        .map(|planned| {
            let Planned {
                change,
                number,
                person,
                reason,
                content,
                generation,
                ..
            } = planned;
            let to = match content {
                Content::Move { to, .. } => format!(" to {to}"),
                _ => String::new(),
            };
            format!(
                "{} {tenant}-{number}{to} {person} {reason} {generation}\n",
                change.as_str()
            )
        })
        .collect();
    lines.push(format!("{uid}\n"));
    lines.sort();
    let digest = Sha256::digest(lines.concat());
    let first = digest
        .iter()
        .take(8)
        .fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    format!("{first:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::number::Number;
    use crate::sync::person::PersonId;
    use crate::sync::plan::{Change, Claim};

    const ACME: Whose<'_> = Whose {
        tenant: "acme",
        uid: "u-1",
    };
    const OTHER: Whose<'_> = Whose {
        tenant: "other",
        ..ACME
    };
    const AGAIN: Whose<'_> = Whose { uid: "u-2", ..ACME };

    fn removals(count: u32) -> Vec<Planned> {
        (0..count)
            .map(|i| Planned {
                change: Change::Disable,
                number: Number::parse(&format!("{}", 1000 + i)).unwrap(),
                person: PersonId::new(i.to_string()),
                user: String::new(),
                reason: "Suspended",
                content: Content::Nothing,
                claim: Claim::Own,
                generation: 1,
            })
            .collect()
    }

    fn limit(percent: i32, minimum: i32) -> RemovalLimit {
        RemovalLimit { percent, minimum }
    }

    #[test]
    fn the_larger_of_percent_and_minimum_counts() {
        let rows = [
            (5, 10, limit(10, 5), true),
            (6, 10, limit(10, 5), false),
            (6, 69, limit(10, 5), true),
            (7, 69, limit(10, 5), false),
            (100, 1000, limit(10, 5), true),
            (101, 1000, limit(10, 5), false),
            (1, 1000, limit(0, 0), false),
            (1000, 1000, limit(100, 0), true),
        ];
        for (count, kept, limit, proceeds) in rows {
            let verdict = judge(&removals(count), ACME, kept, limit, None);
            assert_eq!(
                verdict == Verdict::Proceed,
                proceeds,
                "{count} of {kept} with {limit:?}"
            );
        }
    }

    #[test]
    fn an_approval_is_good_for_exactly_one_plan() {
        let plan = removals(50);
        let Verdict::Held { hash, limit: 5 } = judge(&plan, ACME, 50, limit(10, 5), None) else {
            panic!("not held")
        };
        assert_eq!(
            judge(&plan, ACME, 50, limit(10, 5), Some(&hash)),
            Verdict::Proceed
        );
        let mut other = plan.clone();
        other[3].generation = 2;
        assert!(matches!(
            judge(&other, ACME, 50, limit(10, 5), Some(&hash)),
            Verdict::Held { .. }
        ));
        other[3] = Planned {
            person: PersonId::new("another"),
            ..plan[3].clone()
        };
        assert!(matches!(
            judge(&other, ACME, 50, limit(10, 5), Some(&hash)),
            Verdict::Held { .. }
        ));
        assert!(matches!(
            judge(&plan[1..], ACME, 50, limit(10, 5), Some(&hash)),
            Verdict::Held { .. }
        ));
        assert!(matches!(
            judge(&plan, OTHER, 50, limit(10, 5), Some(&hash)),
            Verdict::Held { .. }
        ));
        assert!(matches!(
            judge(&plan, AGAIN, 50, limit(10, 5), Some(&hash)),
            Verdict::Held { .. }
        ));
    }

    #[test]
    fn the_hash_does_not_depend_on_the_order() {
        let mut reversed = removals(20);
        reversed.reverse();
        assert_eq!(hash(&removals(20), ACME), hash(&reversed, ACME));
    }
}
