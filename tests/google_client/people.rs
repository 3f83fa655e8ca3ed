//! People by their address, and with more than usual.

use dialplane::google::directory::Projection;

use crate::{errors::hold_against_every_error, world::*};

const GET: &str = "users.get";

#[tokio::test]
async fn a_person_is_found_by_every_address() {
    let world = World::of(3).await;
    world
        .google
        .create_user(json!({"primaryEmail": "Zoe+a@acme.example", "aliases": ["z@acme.example", "o'zoe@acme.example"]}))
        .unwrap();
    world
        .google
        .create_group(json!({"email": "depot@acme.example"}))
        .unwrap();
    let directory = world.delegated();
    let id = world.id_of("zoe+a@acme.example");
    for address in [
        "zoe+a@acme.example",
        "ZOE+A@ACME.example",
        "z@acme.example",
        "o'zoe@acme.example",
    ] {
        let found = directory.user_by_address(address).await.unwrap();
        assert_eq!(found.unwrap().id, id, "{address}");
    }
    for address in [
        "nobody@acme.example",
        "depot@acme.example",
        "zoe a@acme.example",
        id.as_str(),
        "",
    ] {
        assert_eq!(
            directory.user_by_address(address).await.unwrap(),
            None,
            "{address}"
        );
    }
}

#[tokio::test]
async fn every_error_of_one_person() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let foreign = (Class::Misconfigured, Cause::UserNotReadable);
    let differing = [
        ("notFound", None),
        ("typeNotSupported", None),
        ("domainNotFound", None),
        ("forbidden", Some(foreign)),
    ];
    hold_against_every_error(&world, GET, &differing, async || {
        directory.user_by_address(ADMIN).await.map(drop)
    })
    .await;
    for (reason, cause) in [
        ("emptyObject", Cause::IncompleteRead),
        ("truncatedJson", Cause::IncompleteRead),
        ("htmlPage", Cause::IncompleteRead),
        ("connectionCut", Cause::IncompleteRead),
        ("connectionClosed", Cause::GoogleUnavailable),
    ] {
        world.arm(reason, GET, 0, None);
        let error = directory.user_by_address(ADMIN).await.unwrap_err();
        assert_eq!(shape(&error), (Class::Transient, cause), "{reason}");
        world.arm(reason, GET, 0, Some(1));
        assert!(directory.user_by_address(ADMIN).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn custom_fields_come_only_when_asked_for() {
    let world = World::of(3).await;
    world
        .google
        .create_user(
            json!({"primaryEmail": "zoe@acme.example", "recoveryEmail": "canary@else.example",
            "relations": [{"type": "manager", "value": "boss@acme.example"}],
            "customSchemas": {"PBX": {"number": "1234"}, "HR": {"grade": 7}}}),
        )
        .unwrap();
    let usual = world.delegated();
    let zoe = usual.user_by_address("zoe@acme.example").await.unwrap().unwrap();
    assert_eq!(zoe.resource, None);

    let directory = usual.with_projection(Projection::new(["relations"], ["PBX"]).unwrap());
    let listed = everybody(&directory).await;
    let by_address = directory
        .user_by_address("zoe@acme.example")
        .await
        .unwrap()
        .unwrap();
    let by_id = directory.user(&zoe.id).await.unwrap().unwrap();
    for user in [
        &by_address,
        &by_id,
        listed.iter().find(|user| user.id == zoe.id).unwrap(),
    ] {
        let resource: Value = serde_json::from_str(user.resource.as_ref().unwrap().json()).unwrap();
        assert_eq!(resource["customSchemas"], json!({"PBX": {"number": "1234"}}));
        assert_eq!(resource["relations"][0]["value"], "boss@acme.example");
        assert_eq!(resource["recoveryEmail"], Value::Null);
    }
    // A schema that nobody has is no error.
    let other = directory.with_projection(Projection::new([], ["Nothing"]).unwrap());
    assert_eq!(everybody(&other).await.len(), 4);
}
