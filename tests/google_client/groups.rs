//! Members of groups.

use dialplane::google::directory::{Member, MemberKind, MemberPage};

use crate::{errors::hold_against_every_error, world::*};

const GROUP: &str = "voice@acme.example";
const LIST: &str = "members.list";

/// A Workspace with a group of so many outsiders.
async fn world(members: usize) -> World {
    let world = World::of(3).await;
    world
        .google
        .create_group(json!({"email": GROUP, "aliases": ["handsets@acme.example"]}))
        .unwrap();
    for n in 0..members {
        let email = format!("m{n:04}@else.example");
        world.google.add_member(GROUP, json!({"email": email})).unwrap();
    }
    world
}

async fn read(directory: &Directory, group: &str) -> Result<Option<Vec<MemberPage>>, Error> {
    match directory.members(group).await? {
        Some(pages) => pages.try_collect().await.map(Some),
        None => Ok(None),
    }
}

async fn members(directory: &Directory, group: &str) -> Vec<Member> {
    let pages = read(directory, group).await.unwrap().unwrap();
    pages.into_iter().flat_map(|page| page.members).collect()
}

#[tokio::test]
async fn a_large_group_is_read_in_pages_of_two_hundred() {
    let world = world(450).await;
    let directory = world.whole();
    let pages = read(&directory, GROUP).await.unwrap().unwrap();
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| (page.members.len(), page.malformed))
        .collect();
    assert_eq!(sizes, [(200, 0), (200, 0), (50, 0)]);
    assert_eq!(world.calls(), 3);
    let emails: BTreeSet<_> = pages
        .iter()
        .flat_map(|page| &page.members)
        .filter_map(|member| member.email.as_deref())
        .collect();
    assert_eq!(emails.len(), 450);
    for request in world.google.requests() {
        for never in ["roles", "includeDerivedMembership"] {
            assert!(!request.query.contains(never), "{}", request.query);
        }
    }
}

#[tokio::test]
async fn members_of_every_kind_and_role() {
    let world = world(0).await;
    let google = &world.google;
    google
        .create_user(json!({"primaryEmail": "Zoe@acme.example"}))
        .unwrap();
    google
        .create_group(json!({"email": "depot@acme.example"}))
        .unwrap();
    for member in [
        json!({"email": "zoe@acme.example", "role": "OWNER"}),
        json!({"email": "depot@acme.example", "role": "MANAGER"}),
        json!({"email": "partners@else.example", "type": "GROUP"}),
        json!({"email": "friend@else.example"}),
        json!({"id": seed::DEFAULT_CUSTOMER_ID, "type": "CUSTOMER"}),
    ] {
        google.add_member(GROUP, member).unwrap();
    }
    for key in [GROUP, "handsets@acme.example", "VOICE@acme.example"] {
        let members = members(&world.whole(), key).await;
        let mut found: Vec<_> = members
            .iter()
            .map(|member| (member.email.as_deref(), member.kind))
            .collect();
        found.sort_by_key(|row| row.0);
        assert_eq!(
            found,
            [
                (None, MemberKind::Customer),
                (Some("depot@acme.example"), MemberKind::Group),
                (Some("friend@else.example"), MemberKind::User),
                (Some("partners@else.example"), MemberKind::Group),
                (Some("zoe@acme.example"), MemberKind::User),
            ],
            "{key}"
        );
        let customer = members
            .iter()
            .find(|member| member.kind == MemberKind::Customer)
            .unwrap();
        assert_eq!(customer.id, seed::DEFAULT_CUSTOMER_ID);
        let zoe = members
            .iter()
            .find(|member| member.email.as_deref() == Some("zoe@acme.example"))
            .unwrap();
        assert_eq!(zoe.id, world.id_of("zoe@acme.example").as_str());
    }
}

#[tokio::test]
async fn an_empty_group_a_missing_one_and_a_foreign_one_differ() {
    let world = world(0).await;
    let directory = world.whole();
    assert_eq!(
        read(&directory, GROUP).await.unwrap(),
        Some(vec![MemberPage::default()])
    );
    assert_eq!(read(&directory, "nobody@acme.example").await.unwrap(), None);
    world
        .google
        .add_member(GROUP, json!({"email": "partners@else.example", "type": "GROUP"}))
        .unwrap();
    let nested = members(&directory, GROUP).await;
    for key in [&nested[0].id, nested[0].email.as_ref().unwrap()] {
        let error = read(&directory, key).await.unwrap_err();
        assert_eq!(shape(&error), (Class::Misconfigured, Cause::GroupNotReadable));
    }
    world.google.delete_group(GROUP).unwrap();
    assert_eq!(read(&directory, GROUP).await.unwrap(), None);
}

#[tokio::test]
async fn missing_rights_are_no_foreign_group() {
    let world = world(1).await;
    let error = read(&world.delegated(), GROUP).await.unwrap_err();
    assert_eq!(
        shape(&error),
        (Class::Misconfigured, Cause::DelegationScopesMissing)
    );
    // A scope that nobody delegated fails at the token already.
    world.change_account(|account| account.delegated_scopes.truncate(1));
    world.google.clear_requests();
    let fresh = Client::new(
        Endpoints::overridden(&Url::parse(world.google.url()).unwrap()).unwrap(),
        quick(3),
        Arc::new(()),
    )
    .unwrap();
    let directory = fresh.directory(
        world.key.clone(),
        Some(ADMIN.to_owned()),
        seed::DEFAULT_CUSTOMER_ID,
        &EVERY_SCOPE,
    );
    let error = read(&directory, GROUP).await.unwrap_err();
    assert_eq!(
        shape(&error),
        (Class::Misconfigured, Cause::DelegationScopesMissing)
    );
    assert_eq!(paths(&world.google.requests()), [TOKEN]);
}

#[tokio::test]
async fn every_error_of_members() {
    let world = world(3).await;
    let directory = world.whole();
    let differing = [
        ("notFoundGroupKey", None),
        ("forbidden", Some((Class::Misconfigured, Cause::GroupNotReadable))),
    ];
    hold_against_every_error(&world, LIST, &differing, async || {
        read(&directory, GROUP).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn an_error_ends_the_members_on_whichever_page_it_comes() {
    let world = world(450).await;
    let directory = world.whole();
    for (reason, class, cause) in [
        ("emptyObject", Class::Transient, Cause::IncompleteRead),
        ("truncatedJson", Class::Transient, Cause::IncompleteRead),
        ("htmlPage", Class::Transient, Cause::IncompleteRead),
        ("connectionCut", Class::Transient, Cause::IncompleteRead),
        ("connectionClosed", Class::Transient, Cause::GoogleUnavailable),
        ("backendError", Class::Transient, Cause::GoogleUnavailable),
        ("quotaExceeded", Class::RateLimited, Cause::RateLimited),
        ("authError", Class::Reauth, Cause::TokenRejected),
        ("forbidden", Class::Misconfigured, Cause::GroupNotReadable),
    ] {
        for page in [0, 1, 2] {
            world.arm(reason, LIST, page, None);
            let error = read(&directory, GROUP).await.unwrap_err();
            assert_eq!(shape(&error), (class, cause), "{reason} {page}");
            assert_eq!(
                world.calls() as u64,
                page + tries(class) as u64,
                "{reason} {page}"
            );
            if tries(class) > 1 {
                world.arm(reason, LIST, page, Some(1));
                assert_eq!(members(&directory, GROUP).await.len(), 450, "{reason} {page}");
                assert_eq!(world.calls(), 4, "{reason} {page}");
            }
        }
    }
    // A group that goes away in the middle is no shorter group.
    world.arm("notFoundGroupKey", LIST, 1, None);
    let error = read(&directory, GROUP).await.unwrap_err();
    assert_eq!(shape(&error), (Class::NotFound, Cause::NotFound));
    for page in [0, 1, 2] {
        world.arm("pageTokenLoop", LIST, page, None);
        let error = read(&directory, GROUP).await.unwrap_err();
        assert_eq!(shape(&error), (Class::Transient, Cause::IncompleteRead), "{page}");
        assert!(world.calls() < 10, "{page}");
    }
}
