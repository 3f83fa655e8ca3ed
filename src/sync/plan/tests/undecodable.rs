//! People whose extension cannot be read: it is theirs, and stays as it is.

use super::*;
use crate::sync::index::Opaque;

fn closed(number: &str, person: Option<&str>, integration: Option<&str>) -> Opaque {
    Opaque {
        number: Number::parse(number).unwrap(),
        integration: integration.map(Into::into),
        person: person.map(PersonId::new),
        addresses: vec!["ana@acme.com".to_owned()],
        why: "spec.disabledReason: unknown variant `OnLeave`".to_owned(),
        version: 7,
    }
}

fn index_with(opaque: Opaque, objects: impl IntoIterator<Item = PbxExtension>) -> TenantIndex {
    let mut index = index(objects);
    index.close(opaque);
    index
}

/// Whose problems there are, and whether they are without an extension because of them.
fn told(planner: &mut Planner) -> Vec<(String, bool)> {
    let problems = planner.problems().into_iter().map(|problem| {
        assert_eq!(problem.reason, "Undecodable");
        for part in [
            "acme-1001",
            "spec.disabledReason",
            "upgrade it",
            "correct that field",
        ] {
            assert!(problem.message.contains(part), "{}", problem.message);
        }
        (problem.user, problem.unserved)
    });
    problems.collect()
}

fn nothing_left(planner: &mut Planner, index: &TenantIndex) {
    planner.undecodable(index);
    assert_eq!(
        planner.missing(index),
        [],
        "nobody asks Google about who is left alone"
    );
    assert_eq!(planner.removals(index), []);
}

#[test]
fn nothing_is_done_about_who_has_one_whatever_google_says() {
    let elsewhere = policy_with(|policy| {
        policy.scope = Arc::new(crate::sync::scope::Scope {
            domain: Some("other.example".to_owned()),
            ..crate::sync::scope::Scope::default()
        });
    });
    let suspended = ana_with(|ana| ana.suspended = Some(true));
    let archived = ana_with(|ana| ana.archived = Some(true));
    let renamed = ana_with(|ana| ana.first_name = Some("Zoe".to_owned()));
    for policy in [policy(), elsewhere] {
        for says in [ana(), suspended.clone(), archived.clone(), renamed.clone()] {
            // Alone, and beside one that can be read: nobody decides which of the two stays.
            for others in [vec![], vec![extension("1002", &ana(), true, None)]] {
                let index = index_with(closed("1001", Some("1"), Some("acme")), others);
                let mut planner = planner(policy.clone());
                assert_eq!(planner.listed(&says, &index), Step::Nothing);
                assert_eq!(told(&mut planner), [("ana@acme.com".to_owned(), false)]);
                assert_eq!(planner.anew(&says, &index), Step::Nothing);
                told(&mut planner);
                nothing_left(&mut planner, &index);
                assert_eq!(told(&mut planner), [], "told once");
            }
        }
    }
}

#[test]
fn who_is_not_in_the_list_is_not_asked_about_but_told() {
    let duplicate = extension("1002", &ana(), true, None);
    let index = index_with(closed("1001", Some("1"), Some("acme")), [duplicate]);
    let mut run = planner(policy());
    nothing_left(&mut run, &index);
    assert_eq!(told(&mut run), [("1".to_owned(), false)]);
    // By way of one person, Google may say so all the same.
    let mut one = planner(policy());
    assert_eq!(one.deleted(&id("1"), &index), Step::Nothing);
    assert_eq!(told(&mut one), [("1".to_owned(), false)]);
    nothing_left(&mut one, &index);
    let nobody = index_with(closed("1001", None, Some("acme")), []);
    let mut run = planner(policy());
    nothing_left(&mut run, &nobody);
    assert_eq!(told(&mut run), [("acme-1001".to_owned(), false)]);
}

#[test]
fn its_number_is_taken_and_everybody_else_is_served() {
    let index = index_with(closed("1001", Some("1"), Some("acme")), []);
    let mut planner = planner(policy());
    assert_eq!(planner.listed(&ana(), &index), Step::Nothing);
    assert_eq!(
        step(&planner.listed(&person("2", "bo"), &index)),
        "Create 1002 New: on"
    );
}

/// Of the phone system's administrators, or of another integration.
#[test]
fn one_that_another_keeps_bars_its_person_and_is_no_business_of_ours_otherwise() {
    for owner in [None, Some("branch")] {
        let index = index_with(closed("1001", Some("1"), owner), []);
        let mut run = planner(policy());
        assert_eq!(run.listed(&ana(), &index), Step::Nothing);
        assert_eq!(told(&mut run), [("ana@acme.com".to_owned(), false)]);
        let mut other = planner(policy());
        nothing_left(&mut other, &index);
        assert_eq!(told(&mut other), []);
    }
    let index = index_with(closed("1001", None, None), []);
    let mut run = planner(policy());
    assert_eq!(run.listed(&ana(), &index), Step::Nothing, "it has her address");
    assert_eq!(told(&mut run), [("ana@acme.com".to_owned(), true)]);
    assert_eq!(
        step(&run.listed(&person("2", "bo"), &index)),
        "Create 1002 New: on"
    );
}

#[test]
fn an_assignment_of_one_waits_until_it_can_be_read() {
    let range = Range::parse("1001", None).unwrap();
    let allocator = Allocator::new(range, Quarantine::default(), at(NOW));
    let assignments = [("ana@acme.com".to_owned(), Number::parse("1001").unwrap())];
    let numbers = Numbers::new(Source::Manual(assignments.into()), allocator);
    let index = index_with(closed("1001", None, None), []);
    let mut planner = Planner::new(policy(), numbers, false);
    assert_eq!(planner.listed(&ana(), &index), Step::Nothing);
    assert_eq!(told(&mut planner), [("ana@acme.com".to_owned(), true)]);
}

#[test]
fn a_removal_that_was_planned_before_it_could_not_be_read_is_dropped() {
    let mut index = index([extension("1001", &ana(), true, None)]);
    let mut planner = planner(policy());
    planner.listed(&ana_with(|ana| ana.suspended = Some(true)), &index);
    index.close(closed("1001", Some("1"), Some("acme")));
    assert_eq!(planner.removals(&index), []);
}
