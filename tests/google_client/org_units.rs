//! Organizational units.

use dialplane::google::directory::OrgUnit;

use crate::{errors::hold_against_every_error, world::*};

const LIST: &str = "orgunits.list";

fn at<'a>(units: &'a [OrgUnit], path: &str) -> &'a OrgUnit {
    units.iter().find(|unit| unit.path == path).unwrap()
}

#[tokio::test]
async fn units_form_a_tree_and_keep_their_ids() {
    let world = World::of(3).await;
    for path in ["/Voice", "/Voice/North", "/Voice/North/R&D é"] {
        world
            .google
            .create_org_unit(json!({"orgUnitPath": path}))
            .unwrap();
    }
    let directory = world.whole();
    let units = directory.org_units("my_customer").await.unwrap();
    assert_eq!(world.calls(), 1);
    let root = at(&units, "/");
    assert_eq!((&root.parent_id, &root.parent_path), (&None, &None));
    let deep = at(&units, "/Voice/North/R&D é");
    let north = at(&units, "/Voice/North");
    assert_eq!(deep.parent_id.as_ref(), Some(&north.id));
    assert_eq!(deep.parent_path.as_deref(), Some("/Voice/North"));
    assert_eq!(at(&units, "/Voice").parent_id.as_ref(), Some(&root.id));
    let ids: BTreeSet<_> = units.iter().map(|unit| &unit.id).collect();
    assert_eq!(ids.len(), units.len());

    world
        .google
        .patch_org_unit("/Voice", json!({"name": "Telephony"}))
        .unwrap();
    let renamed = directory.org_units(seed::DEFAULT_CUSTOMER_ID).await.unwrap();
    let moved = at(&renamed, "/Telephony/North/R&D é");
    assert_eq!(moved.id, deep.id);
    assert_eq!(renamed.len(), units.len());
}

#[tokio::test]
async fn every_error_of_units() {
    let world = World::of(3).await;
    let directory = world.whole();
    hold_against_every_error(&world, LIST, &[], async || {
        directory.org_units(seed::DEFAULT_CUSTOMER_ID).await.map(drop)
    })
    .await;
    for (reason, cause) in [
        ("emptyObject", Cause::IncompleteRead),
        ("truncatedJson", Cause::IncompleteRead),
        ("htmlPage", Cause::IncompleteRead),
        ("connectionCut", Cause::IncompleteRead),
        ("connectionClosed", Cause::GoogleUnavailable),
    ] {
        world.arm(reason, LIST, 0, None);
        let error = directory.org_units("my_customer").await.unwrap_err();
        assert_eq!(shape(&error), (Class::Transient, cause), "{reason}");
        assert_eq!(world.calls(), 3, "{reason}");
    }
}

#[tokio::test]
async fn units_need_a_scope_and_a_customer_of_their_own() {
    let world = World::of(3).await;
    let error = world.delegated().org_units("my_customer").await.unwrap_err();
    assert_eq!(
        shape(&error),
        (Class::Misconfigured, Cause::DelegationScopesMissing)
    );
    assert!(
        world
            .scoped(&[DIRECTORY_ORG_UNITS_SCOPE])
            .org_units("my_customer")
            .await
            .is_ok()
    );
    for customer in ["C0nobody", "../customer/my_customer"] {
        assert!(world.whole().org_units(customer).await.is_err(), "{customer}");
    }
}
