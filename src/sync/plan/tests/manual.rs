//! Numbers that the declaration assigns.

use super::*;

fn assigning(assignments: &[(&str, &str)]) -> Planner {
    let assignments = assignments
        .iter()
        .map(|(user, text)| ((*user).to_owned(), number(text)))
        .collect();
    planner_of(policy(), Source::Manual(assignments), Quarantine::default())
}

/// An extension that was created in advance.
fn prepared(number: &str) -> PbxExtension {
    let mut object = released(extension(number, &ana(), true, None));
    object.spec.google = None;
    object.spec.user = None;
    object
}

fn outcome(planner: &mut Planner, index: &TenantIndex, people: &[Person]) -> Vec<String> {
    let steps = people.iter().map(|person| step(&planner.listed(person, index)));
    let mut lines: Vec<_> = steps.filter(|line| !line.is_empty()).collect();
    lines.extend(
        texts(&planner.removals(index))
            .iter()
            .map(|line| format!("later: {line}")),
    );
    lines.extend(refused(planner));
    lines
}

const ANA: (&str, &str) = ("ana@acme.com", "2001");

#[test]
fn an_assigned_extension_becomes_the_persons() {
    let mut off = prepared("2001");
    off.spec.enabled = false;
    let alias = ana_with(|ana| {
        ana.email = "silva@acme.com".into();
        ana.aliases = vec!["ana@acme.com".into()];
    });
    let suspended = ana_with(|ana| ana.suspended = Some(true));
    let rows = [
        (Some(prepared("2001")), ana(), "Update 2001 Assigned: on"),
        (Some(prepared("2001")), alias, "Update 2001 Assigned: on"),
        (
            Some(prepared("2001")),
            suspended.clone(),
            "later: Disable 2001 Assigned: off Suspended",
        ),
        (Some(off.clone()), ana(), "Update 2001 Assigned: off by hand"),
        (Some(off), suspended, "Update 2001 Assigned: off by hand"),
        (None, ana(), "PendingAssignment for ana@acme.com"),
        (
            Some(prepared("2002")),
            ana(),
            "PendingAssignment for ana@acme.com",
        ),
        // Ours, and of another person; and one that the administrators keep for another person.
        (
            Some(extension("2001", &person("2", "bo"), true, None)),
            ana(),
            "NumberConflict for ana@acme.com",
        ),
        (
            Some(released(extension("2001", &person("2", "bo"), true, None))),
            ana(),
            "NumberConflict for ana@acme.com",
        ),
    ];
    for (there, person, expected) in rows {
        let before = format!("{:?}", there.as_ref().map(|object| &object.spec));
        let mut planner = assigning(&[ANA]);
        assert_eq!(
            outcome(&mut planner, &index(there), &[person]),
            [expected],
            "{before}"
        );
    }
}

#[test]
fn the_extension_of_another_integration_is_not_assigned() {
    let mut theirs = prepared("2001");
    theirs.metadata.labels = Some(View::labels_of("acme", "other", "777"));
    let lines = outcome(&mut assigning(&[ANA]), &index([theirs]), &[ana()]);
    assert_eq!(lines, ["NumberConflict for ana@acme.com"]);
}

#[test]
fn whoever_is_not_assigned_gets_none() {
    let index = index([prepared("2001")]);
    let lines = outcome(&mut assigning(&[ANA]), &index, &[person("2", "bo"), ana()]);
    assert_eq!(
        lines,
        ["Update 2001 Assigned: on", "PendingAssignment for bo@acme.com"]
    );
}

#[test]
fn an_assignment_moves_nobody_who_has_an_extension() {
    let objects = [extension("1001", &ana(), true, None), prepared("2001")];
    assert_eq!(
        outcome(&mut assigning(&[ANA]), &index(objects), &[ana()]),
        [""; 0]
    );
    let objects = [released(extension("1001", &ana(), true, None)), prepared("2001")];
    assert_eq!(
        outcome(&mut assigning(&[ANA]), &index(objects), &[ana()]),
        ["Update 1001 Bound: on"]
    );
}

#[test]
fn one_extension_assigned_twice_is_the_first_ones() {
    let mut planner = assigning(&[ANA, ("bo@acme.com", "2001")]);
    let lines = outcome(
        &mut planner,
        &index([prepared("2001")]),
        &[person("2", "bo"), ana()],
    );
    assert_eq!(
        lines,
        ["Update 2001 Assigned: on", "NumberConflict for ana@acme.com"]
    );
}

#[test]
fn the_assignment_counts_before_the_address() {
    let mut namesake = prepared("1500");
    namesake.spec.user = extension("1500", &ana(), true, None).spec.user;
    let index = index([namesake, prepared("2001")]);
    let policy = policy_with(|policy| policy.lifecycle.adopt_by_email = true);
    let assignments = |number: Option<&str>| {
        let numbers = number.map(|text| ("ana@acme.com".to_owned(), super::number(text)));
        planner_of(
            policy.clone(),
            Source::Manual(numbers.into_iter().collect()),
            Quarantine::default(),
        )
    };
    assert_eq!(
        outcome(&mut assignments(Some("2001")), &index, &[ana()]),
        ["Update 2001 Assigned: on"]
    );
    assert_eq!(
        outcome(&mut assignments(None), &index, &[ana()]),
        ["Update 1500 Adopted: on"]
    );
}
