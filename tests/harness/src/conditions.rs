//! The rules that a status keeps so that kstatus, `kubectl wait`, Flux and Argo CD all read it right: the failing
//! checks of Flux's `runtime/conditions/check`, its warnings about the two abnormal-true conditions (which we hold
//! ourselves to), and what the Kubernetes API conventions demand of each condition.
//!
//! Not taken over: Flux's demand that the root `observedGeneration` is below the one of `Reconciling`; a sync that
//! repeats by interval reconciles a generation that it has observed before.

use std::fmt;

use serde_json::Value;

use crate::kstatus::condition;

/// A rule that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// An object that has been processed has `Ready`.
    ReadyPresent,
    /// `Reconciling` and `Stalled` are True or absent.
    AbnormalTrueOrAbsent,
    /// `Reconciling` and `Stalled` are not there together.
    ReconcilingOrStalled,
    /// `Ready` is not True while a negative condition is; beside `Stalled` it is False.
    ReadyContradicted,
    /// No `observedGeneration` is ahead of the object's generation, none is missing, and the root is at least as
    /// new as the newest condition unless a newer generation is being reconciled.
    ObservedGeneration,
    /// With `Ready` True, the root and every condition speak of the current generation.
    ReadyOfAnotherGeneration,
    /// `Ready` repeats reason and message of the negative condition that it summarises.
    ReadySummarises,
    /// Each type occurs once, with a known status, a `CamelCase` reason, a message and a transition time.
    WellFormed,
}

/// A broken rule and how it was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// What was found.
    pub found: String,
}

/// Everything that is wrong with one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations {
    /// One entry per broken rule and place.
    pub violations: Vec<Violation>,
    status: Value,
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            writeln!(f, "{:?}: {}", violation.rule, violation.found)?;
        }
        write!(f, "status: {:#}", self.status)
    }
}

impl std::error::Error for Violations {}

/// The negative conditions of a `GoogleWorkspaceIntegration`, the weightiest first.
pub const NEGATIVE: [&str; 3] = ["Stalled", "RemovalsHeld", "Reconciling"];

/// Checks an object (as the API server returns it) against every rule.
pub fn check(object: &Value) -> Result<(), Violations> {
    let status = Conditions::of(object);
    let mut found = Vec::new();
    if status.processed() {
        status.presence(&mut found);
        status.polarity(&mut found);
        status.generations(&mut found);
        status.summary(&mut found);
        status.form(&mut found);
    }
    if found.is_empty() {
        return Ok(());
    }
    let violations = found
        .into_iter()
        .map(|(rule, found)| Violation { rule, found })
        .collect();
    Err(Violations {
        violations,
        status: object["status"].clone(),
    })
}

type Found = Vec<(Rule, String)>;

struct Conditions<'a> {
    object: &'a Value,
    all: &'a [Value],
    generation: i64,
    /// -1, or no number at all: nobody has processed the object yet.
    observed: Option<i64>,
}

impl<'a> Conditions<'a> {
    fn of(object: &'a Value) -> Self {
        Self {
            object,
            all: object["status"]["conditions"]
                .as_array()
                .map_or(&[], Vec::as_slice),
            generation: object["metadata"]["generation"].as_i64().unwrap_or(0),
            observed: object["status"]["observedGeneration"].as_i64(),
        }
    }

    fn processed(&self) -> bool {
        !self.all.is_empty() || self.observed.is_some_and(|observed| observed >= 0)
    }

    fn is(&self, kind: &str, status: &str) -> bool {
        condition(self.object, kind).is_some_and(|found| found["status"] == status)
    }

    fn presence(&self, found: &mut Found) {
        if condition(self.object, "Ready").is_none() {
            found.push((Rule::ReadyPresent, "there is no Ready".into()));
        }
        for kind in ["Reconciling", "Stalled"] {
            if condition(self.object, kind).is_some() && !self.is(kind, "True") {
                found.push((
                    Rule::AbnormalTrueOrAbsent,
                    format!("{kind} is there without being True"),
                ));
            }
        }
        if condition(self.object, "Reconciling").is_some() && condition(self.object, "Stalled").is_some() {
            found.push((
                Rule::ReconcilingOrStalled,
                "Reconciling and Stalled are both there".into(),
            ));
        }
    }

    fn polarity(&self, found: &mut Found) {
        for kind in NEGATIVE.iter().filter(|kind| self.is(kind, "True")) {
            if self.is("Ready", "True") {
                found.push((Rule::ReadyContradicted, format!("Ready is True beside {kind}")));
            }
        }
        if self.is("Stalled", "True") && self.is("Ready", "Unknown") {
            found.push((Rule::ReadyContradicted, "Ready is Unknown beside Stalled".into()));
        }
    }

    fn generations(&self, found: &mut Found) {
        let generation = self.generation;
        let root = self.observed.unwrap_or(-1);
        if root > generation {
            found.push((
                Rule::ObservedGeneration,
                format!("status observed {root} of generation {generation}"),
            ));
        }
        if self.is("Ready", "True") && root != generation {
            let text = format!("Ready is True, but status observed {root} of generation {generation}");
            found.push((Rule::ReadyOfAnotherGeneration, text));
        }
        for condition in self.all {
            let kind = &condition["type"];
            let Some(observed) = condition["observedGeneration"]
                .as_i64()
                .filter(|observed| *observed > 0)
            else {
                found.push((
                    Rule::ObservedGeneration,
                    format!("{kind} has no observedGeneration"),
                ));
                continue;
            };
            if observed > generation {
                let text = format!("{kind} observed {observed} of generation {generation}");
                found.push((Rule::ObservedGeneration, text));
            } else if observed > root && !self.is("Reconciling", "True") {
                found.push((
                    Rule::ObservedGeneration,
                    format!("{kind} observed {observed}, status only {root}"),
                ));
            }
            if self.is("Ready", "True") && observed != generation {
                let text =
                    format!("Ready is True, but {kind} observed {observed} of generation {generation}");
                found.push((Rule::ReadyOfAnotherGeneration, text));
            }
        }
    }

    /// `Reconciling` is exempt, as in Flux: its message is progress, and `Ready` keeps the cause of a retry.
    fn summary(&self, found: &mut Found) {
        let Some(ready) = condition(self.object, "Ready") else {
            return;
        };
        let weightiest = NEGATIVE.iter().find(|kind| self.is(kind, "True"));
        let Some(kind) = weightiest.filter(|kind| **kind != "Reconciling") else {
            return;
        };
        let Some(summarised) = condition(self.object, kind) else {
            return;
        };
        for field in ["reason", "message"] {
            if ready[field] != summarised[field] {
                let text = format!(
                    "Ready's {field} is {}, {kind}'s is {}",
                    ready[field], summarised[field]
                );
                found.push((Rule::ReadySummarises, text));
            }
        }
    }

    fn form(&self, found: &mut Found) {
        let mut wrong = |text: String| found.push((Rule::WellFormed, text));
        for (index, condition) in self.all.iter().enumerate() {
            let text = |field: &str| condition[field].as_str().unwrap_or_default();
            let kind = text("type");
            if !is_camel_case(kind) {
                wrong(format!("the type {kind:?} is not CamelCase"));
            }
            if self.all[..index]
                .iter()
                .any(|earlier| earlier["type"] == condition["type"])
            {
                wrong(format!("{kind} occurs twice"));
            }
            if !["True", "False", "Unknown"].contains(&text("status")) {
                wrong(format!("{kind} has the status {}", condition["status"]));
            }
            if !is_camel_case(text("reason")) {
                wrong(format!("{kind}'s reason {:?} is not CamelCase", text("reason")));
            }
            if text("message").trim().is_empty() {
                wrong(format!("{kind} has no message"));
            }
            if text("lastTransitionTime").parse::<jiff::Timestamp>().is_err() {
                wrong(format!(
                    "{kind} has the lastTransitionTime {}",
                    condition["lastTransitionTime"]
                ));
            }
        }
    }
}

fn is_camel_case(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.chars().all(|char| char.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(kind: &str, status: &str, reason: &str) -> Value {
        json!({"type": kind, "status": status, "reason": reason, "message": "Do this.", "observedGeneration": 2,
            "lastTransitionTime": "2026-11-21T08:00:00Z"})
    }

    fn object(conditions: &[Value]) -> Value {
        json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 2, "conditions": conditions}})
    }

    fn ready() -> Value {
        condition("Ready", "True", "Succeeded")
    }

    fn not_ready() -> Value {
        condition("Ready", "False", "InvalidKey")
    }

    /// The value with one field replaced.
    fn with(mut value: Value, field: &str, new: impl Into<Value>) -> Value {
        value[field] = new.into();
        value
    }

    fn broken(object: &Value) -> Vec<Rule> {
        let mut rules: Vec<Rule> = check(object)
            .err()
            .map(|e| e.violations.iter().map(|v| v.rule).collect())
            .unwrap_or_default();
        rules.dedup();
        rules
    }

    #[test]
    fn good_statuses_pass() {
        let stalled = condition("Stalled", "True", "InvalidKey");
        let reconciling = condition("Reconciling", "True", "Progressing");
        let held = condition("RemovalsHeld", "True", "InvalidKey");
        let mut next = object(&[condition("Ready", "Unknown", "Progressing"), reconciling.clone()]);
        next["status"]["observedGeneration"] = json!(1);
        for good in [
            json!({"metadata": {"generation": 1}}),
            json!({"metadata": {"generation": 1}, "status": {"observedGeneration": -1}}),
            object(&[ready(), condition("UsersSynced", "True", "Succeeded")]),
            object(&[not_ready(), stalled]),
            object(&[not_ready(), reconciling.clone()]),
            object(&[condition("Ready", "Unknown", "Progressing"), reconciling]),
            object(&[not_ready(), held]),
            object(&[ready(), condition("RemovalsHeld", "False", "WithinLimit")]),
            next,
        ] {
            check(&good).unwrap();
        }
    }

    #[test]
    fn each_rule_can_be_broken() {
        let reconciling = || condition("Reconciling", "True", "Progressing");
        let stalled = || condition("Stalled", "True", "InvalidKey");
        let mut ahead = object(&[not_ready()]);
        ahead["status"]["observedGeneration"] = json!(3);
        let mut behind = object(&[with(ready(), "observedGeneration", 1)]);
        behind["status"]["observedGeneration"] = json!(1);
        let mut unsaid = object(&[not_ready()]);
        unsaid["status"]["observedGeneration"] = json!(1);
        let cases = [
            (object(&[]), Rule::ReadyPresent),
            (
                object(&[condition("UsersSynced", "True", "Succeeded")]),
                Rule::ReadyPresent,
            ),
            (
                object(&[ready(), condition("Stalled", "False", "Fine")]),
                Rule::AbnormalTrueOrAbsent,
            ),
            (
                object(&[ready(), condition("Reconciling", "Unknown", "Fine")]),
                Rule::AbnormalTrueOrAbsent,
            ),
            (
                object(&[not_ready(), stalled(), reconciling()]),
                Rule::ReconcilingOrStalled,
            ),
            (object(&[ready(), reconciling()]), Rule::ReadyContradicted),
            (
                object(&[condition("Ready", "Unknown", "InvalidKey"), stalled()]),
                Rule::ReadyContradicted,
            ),
            (
                object(&[condition("Ready", "True", "InvalidKey"), stalled()]),
                Rule::ReadyContradicted,
            ),
            (
                object(&[
                    condition("Ready", "True", "Over"),
                    condition("RemovalsHeld", "True", "Over"),
                ]),
                Rule::ReadyContradicted,
            ),
            (ahead, Rule::ObservedGeneration),
            (unsaid, Rule::ObservedGeneration),
            (
                object(&[with(not_ready(), "observedGeneration", 3)]),
                Rule::ObservedGeneration,
            ),
            (
                object(&[with(not_ready(), "observedGeneration", Value::Null)]),
                Rule::ObservedGeneration,
            ),
            (behind, Rule::ReadyOfAnotherGeneration),
            (
                object(&[
                    ready(),
                    with(
                        condition("UsersSynced", "True", "Succeeded"),
                        "observedGeneration",
                        1,
                    ),
                ]),
                Rule::ReadyOfAnotherGeneration,
            ),
            (
                object(&[not_ready(), condition("Stalled", "True", "WrongDomain")]),
                Rule::ReadySummarises,
            ),
            (
                object(&[with(not_ready(), "message", "Else."), stalled()]),
                Rule::ReadySummarises,
            ),
            (
                object(&[not_ready(), condition("RemovalsHeld", "True", "OverLimit")]),
                Rule::ReadySummarises,
            ),
            (
                object(&[condition("Ready", "False", "not camel")]),
                Rule::WellFormed,
            ),
            (object(&[condition("Ready", "False", "")]), Rule::WellFormed),
            (object(&[condition("Ready", "Maybe", "Odd")]), Rule::WellFormed),
            (object(&[with(not_ready(), "message", " ")]), Rule::WellFormed),
            (
                object(&[with(not_ready(), "lastTransitionTime", Value::Null)]),
                Rule::WellFormed,
            ),
            (object(&[not_ready(), not_ready()]), Rule::WellFormed),
            (
                object(&[not_ready(), condition("users synced", "True", "Succeeded")]),
                Rule::WellFormed,
            ),
        ];
        for (object, rule) in cases {
            assert_eq!(broken(&object), [rule], "{object:#}");
        }
    }
}
