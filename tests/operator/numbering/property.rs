//! Numbers from a property of the user.

use serde_json::json;

use super::{PATH, declare, employee, enter, numbering, problems, said, staff};
use crate::lifecycle::{CREATE, PATCH, quiet_sync, sync_with};
use crate::world::{NAME, condition, counts, message, somebody, users};

#[tokio::test]
async fn a_person_gets_the_number_of_the_property_with_its_leading_zeros() {
    let world = staff(&[("ana", "0042"), ("bo", "2001")]).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    assert_eq!(world.roll().await, "0042 ana, 2000 admin, 2001 bo");
    assert_eq!(problems(&world).await, [""; 0]);
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(world.called(), counts([("users.list", 1)]));
    for request in world.google.requests() {
        assert!(
            !request.query.contains("projection"),
            "no custom field is asked for: {request:?}"
        );
        assert!(!request.query.contains("customFieldMask"), "{request:?}");
    }
    world.finish().await;
}

/// Each of those who cannot be served is named with what to do, and the others are served.
#[tokio::test]
async fn each_problem_is_told_per_person_and_stops_nobody_else() {
    let people = [
        ("ana", "2001"),
        ("bo", ""),
        ("cy", "12"),
        ("dan", "2001"),
        ("eve", "ext. 5"),
        ("fay", "2002"),
    ];
    let world = staff(&people).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    assert_eq!(world.roll().await, "2000 admin, 2001 ana, 2002 fay");
    let expected = [
        "bo NumberMissing",
        "cy NumberInvalid",
        "dan NumberConflict",
        "eve NumberInvalid",
    ];
    assert_eq!(problems(&world).await, expected);
    let object = world.until_synced().await;
    assert_eq!(
        (users(&object).counts.conflicts, users(&object).counts.created),
        (4, 3)
    );
    let text = message(&object, "Ready");
    assert!(text.starts_with("3 users have been synced"), "{text}");
    assert!(
        text.contains("4 could not be synced as declared; see status.users.problems."),
        "{text}"
    );
    for (name, words) in [
        ("bo", "no value in the property"),
        ("bo", "set spec.users.numbering.fallback to Automatic"),
        ("cy", "Enter a number of 3 to 13 digits"),
        ("dan", "another extension has it"),
        ("dan", "Correct the number of one of the two users"),
    ] {
        let text = said(&world, name).await;
        assert!(text.contains(words), "{name}: {text}");
    }
    quiet_sync(&world).await;
    assert_eq!(problems(&world).await, expected, "and again while it lasts");

    enter(&world, "bo", "2003");
    enter(&world, "cy", "2004");
    enter(&world, "dan", "2005");
    enter(&world, "eve", "2006");
    sync_with(&world, [(CREATE, 4)]).await;
    assert_eq!(problems(&world).await, [""; 0]);
    assert_eq!(
        world.roll().await,
        "2000 admin, 2001 ana, 2002 fay, 2003 bo, 2004 cy, 2005 dan, 2006 eve"
    );
    world.finish().await;
}

/// What was entered once is not taken back because somebody emptied the field.
#[tokio::test]
async fn nobody_loses_a_number_because_the_property_was_emptied_or_spoilt() {
    let world = staff(&[("ana", "2001"), ("bo", "2002"), ("cy", "2003")]).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let before = world.roll().await;
    world
        .google
        .patch_user("ana@acme.example", json!({"externalIds": []}))
        .unwrap();
    enter(&world, "bo", "none");
    enter(&world, "cy", "2000");
    sync_with(&world, []).await;
    assert_eq!(world.roll().await, before);
    assert_eq!(
        problems(&world).await,
        ["ana NumberMissing", "bo NumberInvalid", "cy NumberConflict"]
    );
    let object = world.until_synced().await;
    let text = message(&object, "Ready");
    assert!(
        text.starts_with("4 users have been synced"),
        "they keep what they have: {text}"
    );

    // Their details go on following Google.
    world
        .google
        .patch_user("ana@acme.example", json!({"name": {"familyName": "New"}}))
        .unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    world.finish().await;
}

#[tokio::test]
async fn the_range_helps_out_when_asked() {
    let people = [("ana", "2001"), ("bo", ""), ("cy", "12"), ("dan", "2001")];
    let world = staff(&people).await;
    let _operator = world.operator().await;
    declare(&world, numbering(json!({"fallback": "Automatic"}))).await;
    assert_eq!(
        world.roll().await,
        "1001 bo, 1002 cy, 1003 dan, 2000 admin, 2001 ana"
    );
    quiet_sync(&world).await;

    // A number that is entered later counts from then on.
    enter(&world, "bo", "2002");
    world.sync().await;
    assert_eq!(
        world.roll().await,
        "1002 cy, 1003 dan, 2000 admin, 2001 ana, 2002 bo"
    );
    // And one that is taken away does not take the extension away.
    world
        .google
        .patch_user("ana@acme.example", json!({"externalIds": null}))
        .unwrap();
    sync_with(&world, []).await;
    assert_eq!(
        world.roll().await,
        "1002 cy, 1003 dan, 2000 admin, 2001 ana, 2002 bo"
    );
    world.finish().await;
}

/// Custom fields are asked for when the path needs them, and only those of its schema.
#[tokio::test]
async fn custom_schemas_are_requested_only_when_the_path_needs_them() {
    let mut seed = crate::world::company(&[]);
    let telephony = |number: &str| json!({"customSchemas": {"Telephony": {"extension": number}, "Payroll": {"iban": "secret"}}});
    crate::world::merge(&mut seed.users[0], employee("2000"));
    crate::world::merge(&mut seed.users[0], telephony("3000"));
    seed.users.push(somebody("ana", telephony("3001")));
    let world = crate::world::World::new(seed).await;
    let _operator = world.operator().await;
    declare(
        &world,
        numbering(json!({"property": "customSchemas.Telephony.extension"})),
    )
    .await;
    assert_eq!(world.roll().await, "3000 admin, 3001 ana");
    let lists: Vec<_> = world
        .google
        .requests()
        .into_iter()
        .filter(|request| request.path.ends_with("/users"))
        .collect();
    assert_eq!(lists.len(), 1);
    for wanted in ["projection=custom", "customFieldMask=Telephony"] {
        assert!(lists[0].query.contains(wanted), "{}", lists[0].query);
    }
    assert!(!lists[0].query.contains("Payroll"));

    // A hand-edited extension is made right with the same fields, and is not renumbered for want of them.
    world.mark().await;
    world
        .edit("3001", json!({"spec": {"user": {"lastName": "Wrong"}}}))
        .await;
    world
        .until_extension("3001", |extension| {
            extension.spec.user.as_ref().unwrap().last_name.as_deref() == Some("Example")
        })
        .await;
    let requests = world.google.requests();
    assert_eq!(world.called(), counts([("users.get", 1)]));
    assert!(
        requests
            .iter()
            .all(|request| request.query.contains("customFieldMask=Telephony")),
        "{requests:?}"
    );
    assert_eq!(problems(&world).await, [""; 0]);
    world.finish().await;
}

/// A path that cannot be used is the declaration's fault: nothing is asked, nothing is changed, until it is corrected.
#[tokio::test]
async fn an_unusable_path_stalls_before_anything_is_read() {
    let world = staff(&[("ana", "2001")]).await;
    let _operator = world.operator().await;
    for (path, words) in [
        ("externalIds.@reverse", "modifiers (@) are not supported"),
        ("externalIds.0|value", "the pipe | is not supported; use a dot"),
        (
            "nothing.value",
            "begin with one of addresses, aliases, customSchemas",
        ),
        ("recoveryPhone", "begin with one of"),
        ("customSchemas", "schema"),
    ] {
        let spec = json!({"users": {"numbering": {"source": "Property", "property": path}}});
        match world.integrations().get_opt(NAME).await.unwrap() {
            None => drop(world.declare(spec).await),
            Some(_) => drop(world.change(spec).await),
        }
        let object = world.until_ready("False", "InvalidProperty").await;
        let text = message(&object, "Stalled");
        assert!(text.contains(words), "{path}: {text}");
        assert!(text.starts_with("spec.users.numbering.property: "), "{text}");
        assert_eq!(text.matches("numbering.property").count(), 1, "{text}");
        assert!(text.ends_with('.'), "{text}");
        assert_eq!(condition(&object, "UsersSynced").unwrap().status, "Unknown");
    }
    assert_eq!(world.google_calls("/admin/"), 0);
    world.change(numbering(json!({"property": PATH}))).await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "2000 admin, 2001 ana");
    world.finish().await;
}
