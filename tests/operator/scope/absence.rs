//! A group or unit that does not exist stops the sync before any change, and says so; an address that leads to nobody is told.

use dialplane::api::status::Connection;
use serde_json::{Value, json};

use super::{declare, group, office, problems, unit};
use crate::lifecycle::{CREATE, STATUS, sync_with};
use crate::world::{World, colleague, condition, counts, message};

const USER: &str = "fay@acme.example";
const GROUP: &str = "group sales@acme.example";
const UNIT: &str = "organizational unit /Sales";

fn missing(section: &str) -> Value {
    json!({section: {
        "users": ["fay@acme.example", "ana@acme.example"],
        "groups": ["sales@acme.example"],
        "organizationalUnits": ["/Sales"],
    }})
}

async fn text(world: &World) -> String {
    let object = world.until_ready("False", "SelectorNotFound").await;
    assert_eq!(message(&object, "Ready"), message(&object, "UsersSynced"));
    message(&object, "Stalled")
}

/// Whether it is included or excluded, every missing one is named, until the last of them is there.
#[tokio::test]
async fn each_missing_selector_is_named_and_nothing_is_changed() {
    for section in ["include", "exclude"] {
        let world = office().await;
        let _operator = world.operator().await;
        let mark = world.mark().await;
        world.declare(json!({"users": {"scope": missing(section)}})).await;
        let said = text(&world).await;
        let object = world.until_ready("False", "SelectorNotFound").await;
        assert_eq!(object.status.unwrap().connection, Connection::Connected);
        assert!(
            said.starts_with("spec.users.scope lists entries that do not exist in Google: "),
            "{said}"
        );
        assert!(
            said.contains(&format!("{GROUP}, {UNIT}. Nothing was changed.")) && !said.contains(USER),
            "{said}"
        );
        assert!(said.ends_with("create them in the Admin console."), "{said}");
        let writes = world.writes(mark).await;
        assert!(
            !writes.keys().any(|write| write.contains("pbxextensions")),
            "{writes:?}"
        );
        assert_eq!(
            world.called().get("users.list"),
            None,
            "the directory is not even read"
        );
        let shown = world.kubectl(&["get", "gwi"]).ok().unwrap();
        assert!(
            shown.contains("SelectorNotFound") || shown.contains("lists entries that do not exist in Google"),
            "{shown}"
        );

        group(&world, "sales", &["bo"]);
        sync_with(&world, []).await;
        let said = text(&world).await;
        assert!(said.contains(UNIT) && !said.contains(GROUP), "{said}");
        unit(&world, "/Sales");
        let created = if section == "include" { 2 } else { 4 };
        sync_with(&world, [(CREATE, created)]).await;
        let object = world.until_synced().await;
        assert!(condition(&object, "Stalled").is_none());
        assert_eq!(problems(&object), [format!("{USER} SelectorNotFound")]);

        world.google.create_user(colleague("fay")).unwrap();
        let created = usize::from(section == "include");
        let object = sync_with(&world, [(CREATE, created)]).await;
        assert_eq!(problems(&object), [""; 0]);
        world.finish().await;
    }
}

/// A corrected declaration is tried at once, not after the pause.
#[tokio::test]
async fn a_corrected_declaration_heals_at_once() {
    let world = office().await;
    let _operator = world.operator().await;
    declare(&world, json!({"include": {"users": ["ana@acme.example"]}})).await;
    world
        .change(json!({"users": {"scope": {"include": {"groups": ["sales@acme.example"]}}}}))
        .await;
    text(&world).await;
    assert_eq!(world.roll().await, "1001 ana");
    world
        .change(json!({"users": {"scope": {"include": {"groups": null}}}}))
        .await;
    world.until_synced().await;
    assert_eq!(world.roll().await, "1001 ana");
    world.finish().await;
}

/// A group's address among the users is no user, and the other way round.
#[tokio::test]
async fn the_wrong_kind_of_selector_is_not_found() {
    let world = office().await;
    group(&world, "sales", &["bo"]);
    let _operator = world.operator().await;
    let mark = world.mark().await;
    let scope = json!({"include": {"users": ["sales@acme.example"], "groups": ["ana@acme.example"]}});
    world.declare(json!({"users": {"scope": scope}})).await;
    let said = text(&world).await;
    assert!(
        said.contains("lists entries that do not exist in Google: group ana@acme.example. Nothing"),
        "{said}"
    );
    assert_eq!(world.called().get("users.list"), None);
    // The sight of the object and the fault; no extension.
    let expected = counts([("patch googleworkspaceintegrations", 1), (STATUS, 2)]);
    world.wrote(mark, expected).await;
    world.finish().await;
}

/// A long list of mistakes stays readable.
#[tokio::test]
async fn many_missing_selectors_are_counted() {
    let world = office().await;
    let _operator = world.operator().await;
    let groups: Vec<_> = (10..40)
        .map(|number| format!("nobody{number}@acme.example"))
        .collect();
    world
        .declare(json!({"users": {"scope": {"include": {"groups": groups}}}}))
        .await;
    let said = text(&world).await;
    assert!(
        said.contains("group nobody14@acme.example and 25 more. Nothing"),
        "{said}"
    );
    assert!(!said.contains("nobody15"), "{said}");
    world.finish().await;
}
