//! What a plan does about each transition, and about each thing that can be wrong with a read.

mod adoption;
mod exchange;
mod lifecycle;
mod manual;
mod property;
mod room;
mod runs;
mod scope;
mod undecodable;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use super::*;
use crate::api::PbxExtension;
use crate::api::extension::DisabledReason;
use crate::api::extension::DisabledReason::{Archived, Deleted, OutOfScope, Suspended};
use crate::api::integration::{Lifecycle, OnDeleted, OnOutOfScope, Profile, WhileInactive};
use crate::sync::allocate::Allocator;
use crate::sync::index::Names;
use crate::sync::number::Range;
use crate::sync::numbering::Source;
use crate::sync::quarantine::{Entry, Quarantine};
use crate::sync::view::View;

fn id(text: &str) -> PersonId {
    PersonId::new(text)
}

fn person(id: &str, name: &str) -> Person {
    Person {
        first_name: Some(name.to_owned()),
        suspended: Some(false),
        archived: Some(false),
        guest: Some(false),
        ..Person::new(PersonId::new(id), format!("{name}@acme.com"))
    }
}

fn ana() -> Person {
    person("1", "ana")
}

fn ana_with(change: impl FnOnce(&mut Person)) -> Person {
    let mut ana = ana();
    change(&mut ana);
    ana
}

fn policy() -> Policy {
    Policy {
        tenant: "acme".into(),
        integration: "acme".into(),
        scope: Arc::default(),
        lifecycle: Lifecycle::default(),
        profile: Profile::default(),
    }
}

fn policy_with(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = policy();
    change(&mut policy);
    policy
}

/// The extension that a person has, as the API server would give it.
fn extension(number: &str, person: &Person, enabled: bool, reason: Option<DisabledReason>) -> PbxExtension {
    let mut object = policy()
        .view(person, Standing::Enabled, None, None)
        .into_object("acme", number);
    object.spec.enabled = enabled;
    object.spec.disabled_reason = reason;
    object.metadata.generation = Some(3);
    object.metadata.resource_version = Some("7".into());
    object.metadata.creation_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    object
}

fn released(mut object: PbxExtension) -> PbxExtension {
    object.labels_mut().clear();
    object
}

fn index(objects: impl IntoIterator<Item = PbxExtension>) -> TenantIndex {
    let mut names = Names::default();
    let mut index = TenantIndex::default();
    for object in objects {
        index.upsert(Digest::of(&object, &mut names).unwrap());
    }
    index
}

/// When every run of these tests is, in seconds since 1970.
const NOW: i64 = 1_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn planner_of(policy: Policy, source: Source, quarantine: Quarantine) -> Planner {
    let range = Range::parse("1001", Some("1999")).unwrap();
    planner_in(policy, range, source, quarantine)
}

fn planner_with(policy: Policy, start: &str, end: &str, quarantine: Quarantine) -> Planner {
    let range = Range::parse(start, Some(end)).unwrap();
    planner_in(policy, range, Source::Automatic, quarantine)
}

fn planner_in(policy: Policy, range: Range, source: Source, quarantine: Quarantine) -> Planner {
    let narrow = policy.scope.domain.is_some();
    let allocator = Allocator::new(range, quarantine, at(NOW));
    Planner::new(policy, Numbers::new(source, allocator), narrow)
}

fn planner(policy: Policy) -> Planner {
    planner_with(policy, "1001", "1999", Quarantine::default())
}

/// For whom a number waits, until so many seconds from now.
fn waiting_for(entries: &[(&str, &str, i64)]) -> Quarantine {
    let length = Duration::from_secs(1000);
    let mut quarantine = Quarantine::default().lasting(length);
    for (text, person, seconds) in entries {
        let entry = Entry::new(id(person), at(NOW + seconds - 1000));
        quarantine.insert(number(text), entry);
    }
    quarantine
}

fn text(planned: &Planned) -> String {
    let until = |seconds: Option<i64>| {
        seconds.map_or_else(String::new, |seconds| format!(" until {:+}", seconds - NOW))
    };
    let looks = |view: &View| {
        let spec = &view.spec;
        let state = match (spec.enabled, spec.disabled_reason) {
            (true, None) => "on".to_owned(),
            (false, reason) => format!("off {}", reason.map_or("by hand", DisabledReason::as_str)),
            (true, Some(_)) => "refused by the API server".to_owned(),
        };
        let date = spec.remove_after.as_deref();
        state + &until(date.map(|date| date.parse::<Timestamp>().unwrap().as_second()))
    };
    let state = match &planned.content {
        Content::View(view) => looks(view),
        Content::State { reason, remove_after } => {
            let reason = reason.map_or("by hand", DisabledReason::as_str);
            format!("only off {reason}{}", until(*remove_after))
        }
        Content::Move { to, view } => format!("moved to {to}, {}", looks(view)),
        Content::Release => "released".to_owned(),
        Content::Nothing => "gone".to_owned(),
    };
    format!(
        "{} {} {}: {state}",
        planned.change.as_str(),
        planned.number,
        planned.reason
    )
}

fn texts(planned: &[Planned]) -> Vec<String> {
    planned.iter().map(text).collect()
}

fn step(step: &Step) -> String {
    match step {
        Step::Nothing => String::new(),
        Step::Write(planned) => text(planned),
    }
}

fn refused(planner: &mut Planner) -> Vec<String> {
    let problems = planner.problems().into_iter();
    problems
        .map(|problem| format!("{} for {}", problem.reason, problem.user))
        .collect()
}

/// What Google says about Ana.
#[derive(Debug)]
enum Says {
    Listed(Person),
    Found(Person),
    Deleted,
}
use Says::{Deleted as IsDeleted, Found, Listed};

/// The one change that a whole run makes, `later:` when it waits for the end of the read.
fn run(policy: Policy, there: Option<PbxExtension>, says: &Says) -> String {
    run_with(&mut planner(policy), there, says)
}

fn run_with(planner: &mut Planner, there: Option<PbxExtension>, says: &Says) -> String {
    let index = index(there);
    if !matches!(says, Listed(_)) {
        let asked = planner.missing(&index);
        assert!(asked.len() <= 1, "{asked:?}");
        if asked.is_empty() {
            return "not asked".to_owned();
        }
    }
    let now = match says {
        Listed(person) => planner.listed(person, &index),
        Found(person) => match planner.found(person, &index) {
            Ok(step) => step,
            Err(ShortRead { number }) => {
                return format!(
                    "short read, {}",
                    number.map_or("none".into(), |number| number.to_string())
                );
            }
        },
        IsDeleted => planner.deleted(&id("1"), &index),
    };
    assert_eq!(planner.missing(&index), [], "dealt with, and asked about again");
    let later = texts(&planner.removals(&index));
    match (step(&now), &later[..]) {
        (now, []) => now,
        (now, [later]) if now.is_empty() => format!("later: {later}"),
        both => panic!("two changes for one person: {both:?}"),
    }
}

fn check(policy: &Policy, rows: Vec<(Option<PbxExtension>, Says, &'static str)>) {
    for (there, says, expected) in rows {
        let before = format!("{:?}", there.as_ref().map(|object| &object.spec));
        assert_eq!(
            run(policy.clone(), there, &says),
            expected,
            "\nthere: {before}\nGoogle says: {says:?}\npolicy: {policy:?}"
        );
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a cell of the tables below")]
fn on() -> Option<PbxExtension> {
    Some(extension("1001", &ana(), true, None))
}

#[expect(clippy::unnecessary_wraps, reason = "a cell of the tables below")]
fn off(reason: impl Into<Option<DisabledReason>>) -> Option<PbxExtension> {
    Some(extension("1001", &ana(), false, reason.into()))
}

fn suspended() -> Says {
    Listed(ana_with(|ana| ana.suspended = Some(true)))
}

fn archived() -> Says {
    Listed(ana_with(|ana| ana.archived = Some(true)))
}
