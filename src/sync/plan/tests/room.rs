//! As many extensions as the phone system is licensed for.

use super::*;

fn limited(capacity: usize) -> Planner {
    let range = Range::parse("1001", Some("1999")).unwrap();
    let allocator = Allocator::new(range, Quarantine::default(), at(NOW));
    let numbers = Numbers::new(Source::Automatic, allocator).within(Some(capacity));
    Planner::new(policy(), numbers, false)
}

fn people(names: &[&str]) -> Vec<Person> {
    names.iter().map(|name| person(name, name)).collect()
}

/// Creations, and who is reported.
fn serve(planner: &mut Planner, index: &TenantIndex, people: &[Person]) -> (Vec<String>, Vec<String>) {
    let steps = people.iter().map(|person| step(&planner.listed(person, index)));
    let made = steps.filter(|step| !step.is_empty()).collect();
    (made, refused(planner))
}

#[test]
fn newcomers_beyond_the_licence_are_reported_in_the_order_of_the_directory() {
    let there = [
        extension("1500", &person("bo", "bo"), false, Some(Suspended)),
        // The administrators' own takes a place, too.
        released(extension("1501", &person("lobby", "lobby"), true, None)),
    ];
    let (made, reported) = serve(
        &mut limited(4),
        &index(there),
        &people(&["ana", "bo", "cy", "dan", "eve"]),
    );
    assert_eq!(
        made,
        [
            "Create 1001 New: on",
            "Update 1500 Active: on",
            "Create 1002 New: on"
        ]
    );
    assert_eq!(
        reported,
        ["dan", "eve"].map(|name| format!("CapacityExceeded for {name}@acme.com"))
    );
}

#[test]
fn nobody_loses_an_extension_because_the_licence_is_smaller() {
    let people = people(&["ana", "bo", "cy"]);
    let there = ["1001", "1002"].into_iter().zip(&people);
    let there = index(there.map(|(number, person)| extension(number, person, true, None)));
    let mut planner = limited(1);
    let (made, reported) = serve(&mut planner, &there, &people);
    assert_eq!(made, [""; 0]);
    assert_eq!(reported, ["CapacityExceeded for cy@acme.com"]);
    assert_eq!(planner.removals(&there), []);
}

/// What was planned for a newcomer is planned again, for the same place.
#[test]
fn a_newcomer_who_is_planned_again_takes_one_place() {
    let empty = TenantIndex::default();
    let people = people(&["ana", "bo", "cy"]);
    let mut planner = limited(2);
    planner.listed(&people[0], &empty);
    assert_eq!(step(&planner.anew(&people[0], &empty)), "Create 1002 New: on");
    let (made, reported) = serve(&mut planner, &empty, &people[1..]);
    assert_eq!(made, ["Create 1003 New: on"]);
    assert_eq!(reported, ["CapacityExceeded for cy@acme.com"]);
}

/// An extension that is there already takes no further place when it is adopted.
#[test]
fn an_adoption_needs_no_room() {
    let mut policy = policy();
    policy.lifecycle.adopt_by_email = true;
    let mut there = released(extension("1500", &ana(), true, None));
    there.spec.google = None;
    let range = Range::parse("1001", Some("1999")).unwrap();
    let allocator = Allocator::new(range, Quarantine::default(), at(NOW));
    let numbers = Numbers::new(Source::Automatic, allocator).within(Some(1));
    let mut planner = Planner::new(policy, numbers, false);
    let made = step(&planner.listed(&ana(), &index([there])));
    assert_eq!(made, "Update 1500 Adopted: on");
    assert_eq!(refused(&mut planner), [""; 0]);
}
