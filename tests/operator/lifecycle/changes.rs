//! People who stay: hired, renamed, locked and unlocked, moved.

use serde_json::json;

use super::{CREATE, PATCH, declare, extension, hire, quiet_sync, state, sync_with};
use crate::world::{Asked, World, colleague, company, differences};

#[tokio::test]
async fn somebody_hired_later_costs_one_create_and_gets_the_next_number() {
    let world = World::new(company(&["bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;

    hire(&world, "ana"); // sorts before everybody else, and still comes last
    sync_with(&world, [(CREATE, 1)]).await;
    assert_eq!(world.number_of("ana@acme.example").await.as_deref(), Some("1004"));
    assert_eq!(world.number_of("cy@acme.example").await.as_deref(), Some("1003"));
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_rename_is_one_patch_of_what_differs() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let id = world.id_of("ana@acme.example");
    // What the phone system's administrators keep beside our fields.
    world
        .edit(
            "1002",
            json!({"metadata": {"labels": {"site": "hq"}}, "spec": {"voicemail": {"enabled": false}}}),
        )
        .await;
    let before = extension(&world, &id).await;
    let other = world.number_of("bo@acme.example").await;

    let renamed = json!({"primaryEmail": "ana.silva@acme.example", "name": {"familyName": "Silva"}});
    world.google.patch_user(&id, renamed).unwrap();
    sync_with(&world, [(PATCH, 1)]).await;

    let after = extension(&world, &id).await;
    let expected = ["displayName", "email", "emailAliases", "lastName"];
    assert_eq!(
        differences(&before, &after),
        expected.map(|field| format!("/spec/user/{field}"))
    );
    let user = after.spec.user.as_ref().unwrap();
    assert_eq!(user.email.as_deref(), Some("ana.silva@acme.example"));
    assert_eq!(user.email_aliases, ["ana@acme.example"]);
    assert_eq!(user.display_name.as_deref(), Some("ana Silva"));
    assert_eq!(world.number_of("bo@acme.example").await, other);
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn two_people_who_swap_their_addresses_keep_their_numbers() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let (ana, bo) = (world.id_of("ana@acme.example"), world.id_of("bo@acme.example"));
    for (id, address) in [(&ana, "x"), (&bo, "ana"), (&ana, "bo")] {
        let renamed = json!({"primaryEmail": format!("{address}@acme.example"), "aliases": null});
        world.google.patch_user(id, renamed).unwrap();
        // A renamed person keeps the old address as an alias, which would be in the way of the other.
        world.google.patch_user(id, json!({"aliases": null})).unwrap();
    }
    sync_with(&world, [(PATCH, 2)]).await;
    for (id, number, address) in [
        (&ana, "1002", "bo@acme.example"),
        (&bo, "1003", "ana@acme.example"),
    ] {
        let found = extension(&world, id).await;
        assert_eq!(found.spec.number, number);
        assert_eq!(found.spec.user.unwrap().email.as_deref(), Some(address));
    }
    world.finish().await;
}

#[tokio::test]
async fn the_locked_are_disabled_with_the_reason_and_served_again_afterwards() {
    let world = World::new(company(&["ana", "bo", "cy"])).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let [ana, bo] = ["ana", "bo"].map(|name| world.id_of(&format!("{name}@acme.example")));
    let flag = |id: &str, patch| world.google.patch_user(id, patch).unwrap();

    flag(&ana, json!({"suspended": true}));
    flag(&bo, json!({"archived": true}));
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(
        state(&extension(&world, &ana).await),
        ("1002", false, Some("Suspended"))
    );
    assert_eq!(
        state(&extension(&world, &bo).await),
        ("1003", false, Some("Archived"))
    );
    quiet_sync(&world).await;

    // Archived besides: one reason gives way to the other, and the number stays.
    flag(&ana, json!({"archived": true}));
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(
        state(&extension(&world, &ana).await),
        ("1002", false, Some("Archived"))
    );

    flag(&ana, json!({"archived": false, "suspended": false}));
    flag(&bo, json!({"archived": false}));
    sync_with(&world, [(PATCH, 2)]).await;
    assert_eq!(state(&extension(&world, &ana).await), ("1002", true, None));
    assert_eq!(state(&extension(&world, &bo).await), ("1003", true, None));
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn the_locked_are_served_on_when_the_declaration_says_so() {
    let world = World::new(company(&["ana", "bo"])).await;
    let _operator = world.operator().await;
    declare(
        &world,
        json!({"users": {"lifecycle": {"onSuspended": "Ignore", "onArchived": "Ignore"}}}),
    )
    .await;
    for (name, flag) in [("ana", "suspended"), ("bo", "archived")] {
        let id = world.id_of(&format!("{name}@acme.example"));
        world.google.patch_user(&id, json!({flag: true})).unwrap();
    }
    quiet_sync(&world).await;
    assert!(world.all().await.values().all(|extension| extension.spec.enabled));

    // The declaration decides, also about those who were locked before it changed.
    world
        .change(json!({"users": {"lifecycle": {"onSuspended": "Disable"}}}))
        .await;
    world.until_synced().await;
    let ana = extension(&world, &world.id_of("ana@acme.example")).await;
    let bo = extension(&world, &world.id_of("bo@acme.example")).await;
    assert_eq!(state(&ana), ("1002", false, Some("Suspended")));
    assert_eq!(state(&bo), ("1003", true, None));
    world.finish().await;
}

#[tokio::test]
async fn who_moves_to_another_domain_is_out_of_scope_until_the_way_back() {
    let mut seed = company(&["ana", "bo"]);
    let mut partner = colleague("zoe");
    partner["primaryEmail"] = json!("zoe@partner.example");
    seed.users.push(partner);
    let world = World::new(seed).await;
    let _operator = world.operator().await;
    declare(&world, json!({"google": {"domain": "acme.example"}})).await;
    assert_eq!(world.all().await.len(), 3, "zoe is in another domain");
    let ana = world.id_of("ana@acme.example");

    world
        .google
        .patch_user(&ana, json!({"primaryEmail": "ana@partner.example"}))
        .unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    let moved = extension(&world, &ana).await;
    assert_eq!(state(&moved), ("1002", false, Some("OutOfScope")));
    assert_eq!(
        moved.spec.user.unwrap().email.as_deref(),
        Some("ana@partner.example")
    );
    world.mark().await;
    quiet_sync(&world).await;
    assert_eq!(
        world.asked(),
        Asked {
            lists: 1,
            ..Asked::default()
        },
        "settled people are not asked about again"
    );

    world
        .google
        .patch_user(&ana, json!({"primaryEmail": "ana@acme.example"}))
        .unwrap();
    sync_with(&world, [(PATCH, 1)]).await;
    assert_eq!(state(&extension(&world, &ana).await), ("1002", true, None));
    quiet_sync(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn a_guest_never_gets_an_extension() {
    let mut seed = company(&["ana"]);
    let mut guest = colleague("gus");
    guest["isGuestUser"] = json!(true);
    seed.users.push(guest);
    let world = World::new(seed).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    assert_eq!(world.number_of("gus@acme.example").await, None);
    let object = world.sync().await;
    let counts = object.status.unwrap().users.unwrap().counts;
    assert_eq!((counts.read, counts.in_scope, counts.skipped), (3, 2, 1));
    assert_eq!(world.all().await.len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn the_work_phone_becomes_the_mobile_number_when_declared() {
    let mut seed = company(&["bo"]);
    let mut ana = colleague("ana");
    ana["phones"] =
        json!([{"value": "+1 555 0100", "type": "work"}, {"value": "+44 7700 900001", "type": "mobile"}]);
    seed.users.push(ana);
    let world = World::new(seed).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let id = world.id_of("ana@acme.example");
    let before = extension(&world, &id).await;
    let phones = |extension: &dialplane::api::PbxExtension| {
        let user = extension.spec.user.clone().unwrap();
        (user.mobile.unwrap(), user.work_phone.unwrap())
    };
    assert_eq!(
        phones(&before),
        ("+44 7700 900001".to_owned(), "+1 555 0100".to_owned())
    );

    let mark = world.mark().await;
    world
        .change(json!({"users": {"profile": {"mobile": "Work"}}}))
        .await;
    world.until_synced().await;
    let after = extension(&world, &id).await;
    assert_eq!(
        phones(&after),
        ("+1 555 0100".to_owned(), "+1 555 0100".to_owned())
    );
    assert_eq!(differences(&before, &after), ["/spec/user/mobile"]);
    assert_eq!(
        world.writes(mark).await.get(PATCH),
        Some(&2),
        "the administrator's too; bo has no phone"
    );
    world.finish().await;
}

/// What is invisible goes, white space collapses, and everything else arrives as Google has it.
#[tokio::test]
async fn awkward_names_arrive_as_they_are() {
    const INVISIBLE: [char; 5] = ['\u{200b}', '\u{feff}', '\u{200f}', '\u{202a}', '\u{202c}'];
    let clean = |text: &serde_json::Value| {
        let visible: String = text
            .as_str()?
            .chars()
            .filter(|char| !INVISIBLE.contains(char))
            .collect();
        Some(visible).filter(|visible| !visible.is_empty())
    };
    let world = World::with_people(300).await;
    let _operator = world.operator().await;
    declare(&world, json!({})).await;
    let extensions = world.all().await;
    assert_eq!(extensions.len(), 300);
    let mut invisible = 0;
    for extension in extensions.into_values() {
        let google = world
            .google
            .user(crate::world::user_id(&extension).unwrap())
            .unwrap();
        let user = extension.spec.user.unwrap();
        let (name, job) = (&google["name"], &google["organizations"][0]);
        let shown = [
            &user.first_name,
            &user.last_name,
            &user.display_name,
            &user.job_title,
            &user.department,
        ];
        let given = [
            &name["givenName"],
            &name["familyName"],
            &name["fullName"],
            &job["title"],
            &job["department"],
        ];
        for (shown, given) in shown.into_iter().zip(given) {
            assert_eq!(*shown, clean(given), "{google:#}");
            invisible +=
                usize::from(shown.as_deref().unwrap_or_default() != given.as_str().unwrap_or_default());
        }
        assert_eq!(
            user.language.as_deref(),
            google["languages"][0]["languageCode"].as_str()
        );
        let phone = |kind: &str| {
            let phones = google["phones"].as_array()?;
            clean(&phones.iter().find(|phone| phone["type"] == kind)?["value"])
        };
        assert_eq!(
            user.mobile,
            phone("mobile").or_else(|| phone("work_mobile")),
            "{google:#}"
        );
    }
    assert!(
        invisible > 0,
        "the directory holds names with invisible characters"
    );
    quiet_sync(&world).await;
    world.finish().await;
}
