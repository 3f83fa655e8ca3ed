//! Reading people.

use crate::world::*;

#[tokio::test]
async fn a_directory_of_three_pages_is_read_in_three_calls() {
    let world = World::of(1_200).await;
    let directory = world.delegated();
    let pages = read(&directory).await.unwrap();
    let sizes: Vec<_> = pages
        .iter()
        .map(|page| (page.users.len(), page.malformed.len()))
        .collect();
    assert_eq!(sizes, [(500, 0), (500, 0), (200, 0)]);
    let requests = world.google.requests();
    assert_eq!(paths(&requests), [TOKEN, USERS, USERS, USERS]);
    for request in &requests {
        assert_eq!(
            (request.status, request.scopes.as_slice()),
            (200, &[DIRECTORY_USERS_SCOPE.to_owned()][..])
        );
    }

    let users: Vec<&User> = pages.iter().flat_map(|page| &page.users).collect();
    let ids: BTreeSet<_> = users.iter().map(|user| &user.id).collect();
    assert_eq!(ids.len(), 1_200);
    for user in users {
        let google = world.google.user(user.id.as_str()).unwrap();
        assert_eq!(user.primary_email, google["primaryEmail"].as_str().unwrap());
        assert_eq!(user.suspended, google["suspended"].as_bool());
        assert_eq!(user.archived, google["archived"].as_bool());
        assert_eq!(user.org_unit_path.as_deref(), google["orgUnitPath"].as_str());
        assert_eq!(user.customer_id.as_deref(), Some(seed::DEFAULT_CUSTOMER_ID));
        assert_eq!(
            user.given_name.is_some(),
            google["name"]["givenName"]
                .as_str()
                .is_some_and(|name| !name.is_empty())
        );
        assert_eq!(user.phones.len(), google["phones"].as_array().map_or(0, Vec::len));
        assert_eq!(user.warnings, []);
    }

    // The token is kept: a second read costs three calls.
    world.google.clear_requests();
    read(&directory).await.unwrap();
    assert_eq!(paths(&world.google.requests()), [USERS, USERS, USERS]);
}

#[tokio::test]
async fn an_empty_answer_of_google_is_an_empty_page() {
    let world = World::of(3).await;
    let list = UserList {
        deleted: true,
        ..UserList::default()
    };
    let pages = pages(&world.delegated(), list).await.unwrap();
    assert_eq!(pages, [UserPage::default()]);
}

#[tokio::test]
async fn the_deleted_are_listed_with_id_and_address() {
    let world = World::of(5).await;
    let user = world
        .google
        .create_user(json!({"primaryEmail": "Gone@acme.example"}))
        .unwrap();
    world.google.delete_user("gone@acme.example").unwrap();
    let directory = world.delegated();
    let list = UserList {
        deleted: true,
        ..UserList::default()
    };
    let deleted = pages(&directory, list).await.unwrap();
    let found: Vec<_> = deleted.iter().flat_map(|page| &page.users).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.as_str(), user["id"].as_str().unwrap());
    assert_eq!(found[0].primary_email, "gone@acme.example");
    assert_eq!(everybody(&directory).await.len(), 5);
}

#[tokio::test]
async fn one_malformed_person_costs_nobody_else() {
    let world = World::of(3).await;
    for user in [
        json!({"primaryEmail": "lists@acme.example", "phones": {"value": "1"}, "organizations": null, "languages": "pt"}),
        json!({"primaryEmail": "flags@acme.example", "suspended": "true", "archived": 1}),
        json!({"primaryEmail": "hidden@acme.example", "name": {"givenName": "A\u{200b}na\u{202e}\u{7}", "familyName": 7}}),
    ] {
        world.google.create_user(user).unwrap();
    }
    let users = everybody(&world.delegated()).await;
    let of = |email: &str| users.iter().find(|user| user.primary_email == email).unwrap();
    assert_eq!(users.len(), 6);
    assert_eq!(of("lists@acme.example").phones, []);
    assert!(!of("lists@acme.example").warnings.is_empty());
    assert_eq!(
        (
            of("flags@acme.example").suspended,
            of("flags@acme.example").archived
        ),
        (None, None)
    );
    assert_eq!(of("hidden@acme.example").given_name.as_deref(), Some("Ana"));
    assert_eq!(of("hidden@acme.example").family_name, None);
}

#[tokio::test]
async fn one_person_is_read_by_id() {
    let world = World::of(5).await;
    let directory = world.delegated();
    let id = world.id_of(ADMIN);
    let user = directory.user(&id).await.unwrap().unwrap();
    assert_eq!(user.primary_email, ADMIN);
    let listed = everybody(&directory).await;
    assert!(listed.contains(&user), "users.get and users.list tell the same");

    let gone = world
        .google
        .create_user(json!({"primaryEmail": "gone@acme.example"}))
        .unwrap();
    let gone = UserId::parse(gone["id"].as_str().unwrap()).unwrap();
    world.google.delete_user("gone@acme.example").unwrap();
    assert_eq!(directory.user(&gone).await.unwrap(), None);

    for (reason, expected) in [
        ("notFound", None),
        ("notFoundHtml", Some((Class::BadRequest, Cause::Unexpected))),
        ("notFoundClassic", Some((Class::NotFound, Cause::NotFound))),
        ("notFoundGrpc", Some((Class::NotFound, Cause::NotFound))),
        ("domainNotFound", Some((Class::NotFound, Cause::WrongDomain))),
        ("customerNotFound", Some((Class::NotFound, Cause::WrongDomain))),
        ("typeNotSupported", Some((Class::BadRequest, Cause::Unexpected))),
    ] {
        let fault = world.fault(reason, &format!("{USERS}/"));
        world.google.add_fault(fault).unwrap();
        let result = directory.user(&id).await;
        match expected {
            None => assert_eq!(result.unwrap(), None, "{reason}"),
            Some(expected) => assert_eq!(shape(&result.unwrap_err()), expected, "{reason}"),
        }
    }
}
