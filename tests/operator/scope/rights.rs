//! The OAuth scopes that a declared scope needs: these, and no more.

use dialplane::api::GoogleWorkspaceIntegration;
use dialplane::api::status::Scopes;
use serde_json::json;

use super::{group, office, unit};
use crate::world::{GROUPS, UNITS, counts, message};

const USERS: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";

fn scopes(object: &GoogleWorkspaceIntegration) -> Scopes {
    object.status.clone().unwrap().authorization.unwrap().scopes
}

#[tokio::test]
async fn a_missing_right_is_named_and_each_feature_asks_for_its_own_only() {
    let world = office().await;
    world.delegate(&[]); // users alone
    group(&world, "sales", &["ana"]);
    unit(&world, "/Sales");
    let _operator = world.operator().await;
    world
        .declare(json!({"users": {"scope": {"include": {"users": ["ana@acme.example"]}}}}))
        .await;
    let object = world.until_synced().await;
    assert_eq!(scopes(&object).required, [USERS]);
    assert_eq!(scopes(&object).granted, [USERS]);

    let with_group = json!({"users": {"scope": {"include": {"groups": ["sales@acme.example"]}}}});
    world.change(with_group).await;
    let object = world.until_ready("False", "DelegationScopesMissing").await;
    let now = scopes(&object);
    assert_eq!(now.required, [USERS, GROUPS]);
    assert!(now.missing.contains(&GROUPS.to_owned()), "{now:?}");
    let text = message(&object, "Authorized");
    assert!(
        text.contains(&format!("with exactly these scopes: {USERS},{GROUPS};")),
        "{text}"
    );
    assert_eq!(world.roll().await, "1001 ana");

    world.delegate(&[GROUPS]);
    world.sync().await;
    let object = world.until_synced().await;
    assert_eq!(scopes(&object).granted, [USERS, GROUPS]);
    assert!(scopes(&object).missing.is_empty());

    let with_unit = json!({"users": {"scope": {"exclude": {"organizationalUnits": ["/Sales"]}}}});
    world.change(with_unit).await;
    let object = world.until_ready("False", "DelegationScopesMissing").await;
    assert_eq!(scopes(&object).required, [USERS, GROUPS, UNITS]);
    let text = message(&object, "Authorized");
    assert!(text.contains(&format!("{USERS},{GROUPS},{UNITS};")), "{text}");
    world.delegate(&[GROUPS, UNITS]);
    world.sync().await;
    assert_eq!(
        scopes(&world.until_synced().await).granted,
        [USERS, GROUPS, UNITS]
    );

    // Without the features, the rights are no longer asked for.
    world.mark().await;
    world.change(json!({"users": {"scope": null}})).await;
    assert_eq!(scopes(&world.until_synced().await).required, [USERS]);
    assert_eq!(world.called(), counts([("users.list", 1)]));
    for request in world.google.requests() {
        assert_eq!(request.scopes, [USERS], "{}", request.path);
    }
    world.finish().await;
}
