//! Extensions that no integration keeps, with a newcomer's address in them.

use super::*;
use crate::sync::person::Wanted;

/// An extension that somebody made by hand.
fn made(number: &str, addresses: &[&str]) -> PbxExtension {
    let mut object = released(extension(number, &ana(), true, None));
    object.spec.google = None;
    let user = object.spec.user.as_mut().unwrap();
    user.email = addresses.first().map(|address| (*address).to_owned());
    user.email_aliases = addresses
        .iter()
        .skip(1)
        .map(|address| (*address).to_owned())
        .collect();
    object
}

fn switched_off(mut object: PbxExtension) -> PbxExtension {
    object.spec.enabled = false;
    object
}

fn bo() -> Person {
    person("2", "bo")
}

fn adopting() -> Policy {
    policy_with(|policy| policy.lifecycle.adopt_by_email = true)
}

/// What a run does about the people, and what it says about those it does not serve.
fn outcome(planner: &mut Planner, index: &TenantIndex, people: &[Person]) -> Vec<String> {
    let steps = people.iter().map(|person| step(&planner.listed(person, index)));
    let mut lines: Vec<_> = steps.filter(|line| !line.is_empty()).collect();
    lines.extend(
        texts(&planner.removals(index))
            .iter()
            .map(|line| format!("later: {line}")),
    );
    for problem in planner.problems() {
        assert!(problem.unserved);
        lines.push(format!("{}: {}", problem.reason, problem.message));
    }
    lines
}

/// One line, which begins so and has this in it.
fn assert_line(lines: &[String], start: &str, part: &str) {
    let [line] = lines else { panic!("{lines:?}") };
    assert!(line.starts_with(start) && line.contains(part), "{line}");
}

#[test]
fn the_one_extension_with_the_address_becomes_the_newcomers() {
    let suspended = ana_with(|ana| ana.suspended = Some(true));
    let with_alias = ana_with(|ana| ana.aliases = vec!["silva@acme.com".into()]);
    let rows = [
        (made("1500", &["ana@acme.com"]), ana(), "Update 1500 Adopted: on"),
        (made("1500", &["ANA@Acme.com"]), ana(), "Update 1500 Adopted: on"),
        (
            made("1500", &["info@acme.com", "ana@acme.com"]),
            ana(),
            "Update 1500 Adopted: on",
        ),
        (
            made("1500", &["silva@acme.com"]),
            with_alias.clone(),
            "Update 1500 Adopted: on",
        ),
        (
            made("1500", &["ana@acme.com", "silva@acme.com"]),
            with_alias,
            "Update 1500 Adopted: on",
        ),
        (made("2500", &["ana@acme.com"]), ana(), "Update 2500 Adopted: on"),
        (
            switched_off(made("1500", &["ana@acme.com"])),
            ana(),
            "Update 1500 Adopted: off by hand",
        ),
        // Taking a working phone out of service waits for the guard.
        (
            made("1500", &["ana@acme.com"]),
            suspended.clone(),
            "later: Disable 1500 Adopted: off Suspended",
        ),
        (
            switched_off(made("1500", &["ana@acme.com"])),
            suspended,
            "Update 1500 Adopted: off by hand",
        ),
        (made("1500", &["info@acme.com"]), ana(), "Create 1001 New: on"),
        (made("1500", &[]), ana(), "Create 1001 New: on"),
    ];
    for (there, person, expected) in rows {
        let before = format!("{:?}", there.spec);
        let index = index([there]);
        assert_eq!(
            outcome(&mut planner(adopting()), &index, &[person]),
            [expected],
            "{before}"
        );
    }
}

#[test]
fn an_adopted_extension_is_the_persons_and_keeps_what_is_not_the_directorys() {
    let there = made("1500", &["ana@acme.com"]);
    let index = index([there.clone()]);
    let Step::Write(planned) = planner(adopting()).listed(&ana(), &index) else {
        panic!("not adopted")
    };
    assert_eq!(planned.claim, Claim::Unowned);
    assert_eq!(planned.generation, 3);
    let target = planned.content.target(&View::of(&there)).unwrap();
    assert_eq!(target, policy().view(&ana(), Standing::Enabled, None, None));
}

#[test]
fn without_adoption_the_newcomer_is_skipped_and_told_which_extension() {
    let index = index([made("1500", &["ana@acme.com"])]);
    let lines = outcome(&mut planner(policy()), &index, &[ana()]);
    assert_line(&lines, "EmailConflict: PbxExtension acme-1500 ", "adoptByEmail");
}

#[test]
fn nobody_who_has_an_extension_adopts_another() {
    let objects = [
        extension("1001", &ana(), true, None),
        made("1500", &["ana@acme.com"]),
    ];
    assert_eq!(
        outcome(&mut planner(adopting()), &index(objects), &[ana()]),
        [""; 0]
    );
}

#[test]
fn nobody_out_of_scope_and_nobody_who_ought_to_have_none_adopts() {
    let policy = policy_with(|policy| {
        policy.lifecycle.adopt_by_email = true;
        policy.lifecycle.on_suspended = WhileInactive::Delete;
    });
    for change in [
        (|ana: &mut Person| ana.guest = Some(true)) as fn(&mut Person),
        |ana| ana.suspended = Some(true),
    ] {
        let index = index([made("1500", &["ana@acme.com"])]);
        assert_eq!(
            outcome(&mut planner(policy.clone()), &index, &[ana_with(change)]),
            [""; 0]
        );
    }
}

#[test]
fn two_extensions_with_a_persons_addresses_are_for_somebody_to_sort_out() {
    let with_alias = ana_with(|ana| ana.aliases = vec!["silva@acme.com".into()]);
    for other in ["ana@acme.com", "silva@acme.com"] {
        let index = index([made("1500", &["ana@acme.com"]), made("1501", &[other])]);
        for policy in [policy(), adopting()] {
            let lines = outcome(&mut planner(policy), &index, std::slice::from_ref(&with_alias));
            assert_line(
                &lines,
                "EmailConflict: acme-1500, acme-1501 ",
                "Leave the address in only one",
            );
        }
    }
}

#[test]
fn of_two_people_with_an_address_of_one_extension_the_first_adopts_it_and_the_other_gets_a_new_one() {
    let shared = |person: Person| Person {
        aliases: vec!["info@acme.com".into()],
        ..person
    };
    let there = index([made("1500", &["info@acme.com"])]);
    let lines = outcome(&mut planner(adopting()), &there, &[shared(bo()), shared(ana())]);
    assert_eq!(lines, ["Update 1500 Adopted: on", "Create 1001 New: on"]);
    // Which is what the other one would get in the next run, when the extension has a keeper.
    let adopted = index([extension("1500", &shared(bo()), true, None)]);
    let lines = outcome(&mut planner(adopting()), &adopted, &[shared(bo()), shared(ana())]);
    assert_eq!(lines, ["Create 1001 New: on"]);
}

#[test]
fn the_extension_of_another_google_user_is_not_adopted() {
    let mut theirs = made("1500", &["ana@acme.com"]);
    theirs.spec.google = extension("1500", &bo(), true, None).spec.google;
    let lines = outcome(&mut planner(adopting()), &index([theirs]), &[ana()]);
    assert_line(
        &lines,
        "EmailConflict: PbxExtension acme-1500 ",
        "another Google user",
    );
}

#[test]
fn an_extension_of_another_integration_is_no_namesake() {
    let mut theirs = extension("1500", &bo(), true, None);
    theirs.spec.user.as_mut().unwrap().email = Some("ana@acme.com".into());
    theirs.metadata.labels = Some(View::labels_of("acme", "other", "2"));
    for policy in [policy(), adopting()] {
        let index = index([theirs.clone()]);
        assert_eq!(
            outcome(&mut planner(policy), &index, &[ana()]),
            ["Create 1001 New: on"]
        );
    }
}

#[test]
fn the_property_decides_about_the_number_of_an_adopted_extension() {
    let with = |number: Wanted| [Person { number, ..ana() }];
    let there = || index([made("1500", &["ana@acme.com"])]);
    for fallback in [false, true] {
        let property = |policy| planner_of(policy, Source::Property { fallback }, Quarantine::default());
        for fits in [
            Wanted::Number(number("1500")),
            Wanted::Missing,
            Wanted::Invalid("a list"),
        ] {
            let lines = outcome(&mut property(adopting()), &there(), &with(fits));
            assert_eq!(lines, ["Update 1500 Adopted: on"], "{fits:?}");
        }
        let lines = outcome(
            &mut property(adopting()),
            &there(),
            &with(Wanted::Number(number("2001"))),
        );
        assert_line(
            &lines,
            "EmailConflict: PbxExtension acme-1500 ",
            "property of the user contains 2001",
        );
        let lines = outcome(
            &mut property(policy()),
            &there(),
            &with(Wanted::Number(number("1500"))),
        );
        assert_line(&lines, "EmailConflict: PbxExtension acme-1500 ", "adoptByEmail");
    }
}

#[test]
fn an_extension_taken_over_is_not_given_to_a_second_person_by_its_number() {
    let wants = Person {
        number: Wanted::Number(number("1500")),
        ..bo()
    };
    let index = index([made("1500", &["ana@acme.com"])]);
    let mut planner = planner_of(
        adopting(),
        Source::Property { fallback: false },
        Quarantine::default(),
    );
    let lines = outcome(&mut planner, &index, &[ana(), wants]);
    let [adopted, refused] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(adopted, "Update 1500 Adopted: on");
    assert!(refused.starts_with("NumberConflict: "), "{refused}");
}
