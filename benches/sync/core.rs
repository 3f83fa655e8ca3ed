//! The pure core alone: no network, no API server.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use dialplane::api::integration::Users;
use dialplane::sync::allocate::Allocator;
use dialplane::sync::desired::{Policy, Standing};
use dialplane::sync::index::{Digest, Names, TenantIndex};
use dialplane::sync::number::{Number, Range};
use dialplane::sync::numbering::{Numbers, Source};
use dialplane::sync::person::{Person, PersonId};
use dialplane::sync::plan::{Content, Planner, Step};
use dialplane::sync::quarantine::Quarantine;
use dialplane::sync::view::View;
use jiff::Timestamp;

use crate::process::own_mib;

const PEOPLE: u32 = 100_000;
/// Enough extensions for the memory of each to be more than noise.
const INDEXED: u32 = 300_000;
const FIRST_NUMBER: &str = "1000000";

/// Measures and prints.
pub(crate) fn print() {
    println!("\nThe pure core");
    print_index();
    let people: Vec<_> = (0..PEOPLE).map(person).collect();
    let mut index = TenantIndex::default();
    let (created, seconds) = plan(&people, &mut index, true);
    println!(
        "  plan of {PEOPLE} new people        {:9.0} people/s ({created} creations)",
        f64::from(PEOPLE) / seconds
    );
    let (created, seconds) = plan(&people, &mut index, false);
    println!(
        "  plan of {PEOPLE} people unchanged  {:9.0} people/s ({created} creations)",
        f64::from(PEOPLE) / seconds
    );
}

/// The memory that an index of many extensions takes. Measured before anything else: memory that was used and given back
/// would be used again, and not be seen.
fn print_index() {
    let (Ok(before), Some(policy)) = (own_mib(), policy()) else {
        return;
    };
    let mut index = TenantIndex::default();
    let mut names = Names::default();
    let mut number = Number::parse(FIRST_NUMBER);
    for person in (0..INDEXED).map(person) {
        let Some(current) = number else { return };
        number = current.next();
        let view = policy.view(&person, Standing::Enabled, None, None);
        if let Some(digest) = digest(view, current, &mut names) {
            index.upsert(digest);
        }
    }
    let Ok(after) = own_mib() else { return };
    let bytes = (after - before) * 1024.0 * 1024.0 / f64::from(INDEXED);
    println!(
        "  index of {INDEXED} extensions      {bytes:9.0} bytes each ({:.0} MiB)",
        after - before
    );
    black_box(index.len());
}

fn policy() -> Option<Policy> {
    let users = serde_json::json!({"enabled": true, "syncMode": "Automatic"});
    let users: Users = serde_json::from_value(users).ok()?;
    Some(Policy::new("acme", "acme", Arc::default(), &users))
}

fn planner() -> Option<Planner> {
    let range = Range::parse(FIRST_NUMBER, None)?;
    let allocator = Allocator::new(range, Quarantine::default(), Timestamp::UNIX_EPOCH);
    let numbers = Numbers::new(Source::Automatic, allocator);
    Some(Planner::new(policy()?, numbers, false))
}

/// How many creations came out, and in how many seconds.
fn plan(people: &[Person], index: &mut TenantIndex, keep: bool) -> (usize, f64) {
    let Some(mut planner) = planner() else {
        return (0, f64::NAN);
    };
    let mut names = Names::default();
    let mut steps = Vec::with_capacity(people.len());
    let began = Instant::now();
    steps.extend(people.iter().map(|person| planner.listed(person, index)));
    black_box(planner.missing(index));
    let seconds = began.elapsed().as_secs_f64();
    let mut created = 0;
    for step in steps {
        created += usize::from(matches!(step, Step::Write(_)));
        if keep {
            take(step, index, &mut names);
        }
    }
    (created, seconds)
}

/// Puts the extension of a creation into the index, as the watch does.
fn take(step: Step, index: &mut TenantIndex, names: &mut Names) {
    let Step::Write(planned) = step else { return };
    if let Content::View(view) = planned.content
        && let Some(digest) = digest(view, planned.number, names)
    {
        index.upsert(digest);
    }
}

fn digest(view: View, number: Number, names: &mut Names) -> Option<Digest> {
    let mut object = view.into_object("acme", &number.to_string());
    object.metadata.resource_version = Some("1".to_owned());
    Digest::of(&object, names)
}

fn person(index: u32) -> Person {
    let some = |text: &str| Some(text.to_owned());
    Person {
        first_name: some("Maximiliana"),
        last_name: some("Wolfeschlegelsteinhausen"),
        display_name: some("Maximiliana Wolfeschlegelsteinhausen"),
        mobile: some("+1 415 555 0100"),
        job_title: some("Head of Department"),
        department: some("Research"),
        language: some("en"),
        org_unit_path: some("/Research/Europe"),
        customer_id: some("C03az79cb"),
        suspended: Some(false),
        archived: Some(false),
        guest: Some(false),
        ..Person::new(
            PersonId::new(format!("1{index:020}")),
            format!("person.{index}@acme.example"),
        )
    }
}
