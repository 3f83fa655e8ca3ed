//! Nobody loses a phone because of a bad read.
//!
//! In all of these tests some people really are suspended or deleted in Google, and the removal limit lets everything
//! pass: only the completeness of the read and Google's answer about each single person stand between a bad read and a
//! phone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dialplane::api::PbxExtension;
use dialplane::api::extension::DisabledReason;
use dialplane_test_harness::Operator;
use google_workspace_simulator::Fault;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::world::{ADMIN, PATIENCE, World, condition, poll, syncs, user_id};

const LIST: &str = "/admin/directory/v1/users";
const GET: &str = "/admin/directory/v1/users/";

/// What must stay of an extension, by its name.
type Picture = BTreeMap<String, (Option<String>, bool, BTreeMap<String, String>)>;

/// A synchronised directory, some of whose people have left or were suspended since, unnoticed so far.
struct Tempted {
    world: World,
    operator: Operator,
    before: Picture,
    /// Names of extensions.
    suspended: BTreeSet<String>,
    deleted: BTreeSet<String>,
}

impl Tempted {
    async fn with_people(people: usize) -> Self {
        let world = World::with_people(people).await;
        // A second try would ask for a second page of the same read, and the pauses between tries would add up to hours.
        let operator = world.builder().arg("--google-tries=1").spawn();
        let operator = operator.await.unwrap();
        world
            .declare(json!({"users": {"lifecycle": {"removalLimit": {"percent": 100}}}}))
            .await;
        world.until_synced().await;
        let extensions: Vec<PbxExtension> = world.all().await.into_values().collect();
        assert_eq!(extensions.len(), people);
        arm(&world, [Fault::named("backendError")]);
        let (mut suspended, mut deleted) = (BTreeSet::new(), BTreeSet::new());
        // Numbers were given in the order of the directory, so this takes people from the ends and the middle of each page.
        for page in extensions.chunks(500) {
            let active: Vec<_> = page.iter().filter(|extension| is_ordinary(extension)).collect();
            for extension in [active[0], active[active.len() - 1]] {
                let id = user_id(extension).unwrap();
                world.google.patch_user(id, json!({"suspended": true})).unwrap();
                suspended.insert(extension.name_any());
            }
            let leaver = active[active.len() / 2];
            world.google.delete_user(user_id(leaver).unwrap()).unwrap();
            deleted.insert(leaver.name_any());
        }
        Self {
            before: picture(&world).await,
            world,
            operator,
            suspended,
            deleted,
        }
    }

    /// One sync under these faults and no others: it must fail, and write nothing but its status.
    async fn fails(&self, what: &str, faults: impl IntoIterator<Item = Fault>) -> String {
        let mark = self.world.audit.mark().await;
        arm(&self.world, faults);
        let result = attempt(&self.world, &self.operator).await;
        // A look that comes uncalled between two faults must not find a healthy Google.
        arm(&self.world, [Fault::named("backendError")]);
        assert_ne!(result, "success", "{what} was taken for a complete read");
        let mut writes = self.world.writes(mark).await;
        writes.remove("patch googleworkspaceintegrations/status");
        assert_eq!(writes, BTreeMap::new(), "{what} ({result})");
        result
    }

    async fn nothing_changed(&self) {
        assert_eq!(picture(&self.world).await, self.before);
    }

    /// With a healthy Google again, those who are positively suspended or deleted lose their phone, and nobody else.
    async fn ends_well(self) {
        self.nothing_changed().await;
        let mark = self.world.audit.mark().await;
        self.world.google.clear_faults();
        assert_eq!(attempt(&self.world, &self.operator).await, "success");
        let writes = self.world.writes(mark).await;
        assert_eq!(
            writes.get("patch pbxextensions").copied(),
            Some(self.suspended.len() + self.deleted.len()),
            "{writes:?}"
        );
        let mut expected = self.before;
        for name in self.suspended.union(&self.deleted) {
            expected.get_mut(name).unwrap().1 = false;
        }
        assert_eq!(picture(&self.world).await, expected);
        for extension in self.world.all().await.into_values() {
            let name = extension.name_any();
            if self.deleted.contains(&name) {
                assert_eq!(extension.spec.disabled_reason, Some(DisabledReason::Deleted));
            } else if self.suspended.contains(&name) {
                assert_eq!(extension.spec.disabled_reason, Some(DisabledReason::Suspended));
            }
        }
        self.world.until_synced().await;
        self.world.finish().await;
    }
}

fn is_ordinary(extension: &PbxExtension) -> bool {
    let email = extension
        .spec
        .user
        .as_ref()
        .and_then(|user| user.email.as_deref());
    extension.spec.enabled && email != Some(ADMIN)
}

async fn picture(world: &World) -> Picture {
    let all = world.all().await.into_values();
    all.map(|extension| {
        let kept = (
            extension.uid(),
            extension.spec.enabled,
            extension.labels().clone(),
        );
        (extension.name_any(), kept)
    })
    .collect()
}

/// These faults and no others.
fn arm(world: &World, faults: impl IntoIterator<Item = Fault>) {
    world.google.clear_faults();
    for fault in faults {
        world.google.add_fault(fault).unwrap();
    }
}

/// Asks for a sync and waits for its end, which is not always to be seen in the status: the same failure twice is
/// written once. Returns `success` or the reason of the failure.
async fn attempt(world: &World, operator: &Operator) -> String {
    let before = syncs(operator).await;
    world.request_sync().await;
    poll("the end of a sync", async || {
        let mut now = syncs(operator).await.into_iter();
        now.find(|(result, count)| before.get(result).unwrap_or(&0) < count)
    })
    .await
    .0
}

/// The fault strikes the page of that number, counted from 0, of every list.
fn on_page(page: u64, fault: Fault) -> Fault {
    Fault {
        path_prefix: Some(LIST.to_owned()),
        skip: page,
        ..fault
    }
}

/// Google answers every list with this.
fn answer(body: Value) -> Fault {
    Fault {
        path_prefix: Some(LIST.to_owned()),
        body: Some(body),
        ..Fault::default()
    }
}

/// Questions about one person are answered as they should be, whatever happens to lists.
fn gets_pass() -> Fault {
    Fault {
        path_prefix: Some(GET.to_owned()),
        delay_ms: Some(0),
        ..Fault::default()
    }
}

/// The first list is answered as it should be; the next one is that of deleted users.
fn list_passes() -> Fault {
    Fault {
        path_prefix: Some(LIST.to_owned()),
        delay_ms: Some(0),
        count: Some(1),
        ..Fault::default()
    }
}

/// A page of everybody whom Google lists, as it lists them.
async fn listed(world: &World, page_token: Option<&str>) -> Value {
    let key = &world.key;
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({
        "iss": key["client_email"], "sub": ADMIN, "iat": now, "exp": now + 3600,
        "scope": "https://www.googleapis.com/auth/admin.directory.user.readonly", "aud": "https://oauth2.googleapis.com/token",
    });
    let pem = EncodingKey::from_rsa_pem(key["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &pem).unwrap();
    let http = reqwest::Client::new();
    let grant = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.as_str()),
    ];
    let token = http.post(format!("{}/token", world.google.url())).form(&grant);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let mut query = vec![("customer", "my_customer"), ("maxResults", "500")];
    query.extend(page_token.map(|token| ("pageToken", token)));
    let page = http
        .get(format!("{}{LIST}", world.google.url()))
        .query(&query)
        .bearer_auth(token["access_token"].as_str().unwrap());
    let page: Value = page.send().await.unwrap().json().await.unwrap();
    assert!(page["users"].is_array(), "{page}");
    page
}

/// An error, an answer that ends in the middle, and one that looks whole: what a later page does is one of these.
const KINDS: [&str; 3] = ["backendError", "connectionCut", "shortPage"];

#[tokio::test]
async fn no_fault_on_any_page_takes_anything_from_anybody() {
    let tempted = Tempted::with_people(1_100).await;
    let everything = Fault::api_reasons().chain(Fault::read_reasons());
    let first = everything.map(|reason| (0, reason));
    let later = [1, 2].into_iter().flat_map(|page| KINDS.map(|kind| (page, kind)));
    for (page, reason) in first.chain(later) {
        let faults = [gets_pass(), on_page(page, Fault::named(reason))];
        tempted.world.google.clear_requests();
        tempted.fails(&format!("{reason} on page {page}"), faults).await;
        // A read that failed ends there. Only one that looks whole leads to questions about the missing.
        let looks_whole = ["emptyPage", "shortPage", "shortRead"].contains(&reason);
        let asked = tempted.world.google_calls(GET) > 0;
        assert_eq!(asked, looks_whole, "{reason} on page {page}");
    }
    tempted.nothing_changed().await;
    // The token is refused in the middle of the read, and so is a new one.
    for reason in Fault::token_reasons() {
        let spent = Fault {
            count: Some(1),
            ..on_page(1, Fault::named("authError"))
        };
        let refused = Fault {
            path_prefix: Some("/token".to_owned()),
            ..Fault::named(reason)
        };
        tempted
            .fails(&format!("{reason} in the middle"), [spent, refused])
            .await;
    }
    tempted.nothing_changed().await;

    // The second page is the first one again, and the third one follows.
    tempted.world.google.clear_faults();
    let first = listed(&tempted.world, None).await;
    let second = listed(&tempted.world, first["nextPageToken"].as_str()).await;
    let mut again = first;
    again["nextPageToken"] = second["nextPageToken"].clone();
    let result = tempted
        .fails("a repeated page", [gets_pass(), on_page(1, answer(again))])
        .await;
    assert_eq!(result, "IncompleteRead");
    tempted.ends_well().await;
}

#[tokio::test]
async fn lists_that_are_short_empty_or_no_lists_change_nothing() {
    let tempted = Tempted::with_people(40).await;
    tempted.world.google.clear_faults();
    let whole = listed(&tempted.world, None).await;
    let users = whole["users"].as_array().unwrap();
    assert_eq!(users.len(), 39);
    let only = |kept: &[Value]| json!({"kind": "admin#directory#users", "users": kept});
    let cases = [
        ("an empty object", json!({})),
        ("no users key", json!({"kind": "admin#directory#users"})),
        ("no user", only(&[])),
        (
            "null for users",
            json!({"kind": "admin#directory#users", "users": null}),
        ),
        (
            "an object for users",
            json!({"kind": "admin#directory#users", "users": {}}),
        ),
        (
            "users without ids",
            only(&vec![json!({"primaryEmail": "x@acme.example"}); 39]),
        ),
        ("numbers for users", only(&vec![json!(7); 39])),
        (
            "another kind of list",
            json!({"kind": "admin#directory#groups", "users": users}),
        ),
        ("a bare list", json!(users)),
        ("an empty body", json!("")),
        ("null", json!("null")),
        ("70 percent of the users", only(&users[..27])),
        ("all users but one", only(&users[1..])),
        (
            "a page of somebody unknown",
            only(&[json!({"id": "1", "primaryEmail": "x@acme.example"})]),
        ),
    ];
    for (what, body) in cases {
        // Three runs in a row: no second or third look makes it true.
        for _ in 0..3 {
            let mark = tempted.world.audit.mark().await;
            arm(&tempted.world, [gets_pass(), answer(body.clone())]);
            let result = attempt(&tempted.world, &tempted.operator).await;
            assert_eq!(result, "IncompleteRead", "{what}");
            let writes = tempted.world.writes(mark).await;
            assert_eq!(writes.get("patch pbxextensions"), None, "{what}");
            assert_eq!(writes.get("delete pbxextensions"), None, "{what}");
            arm(&tempted.world, [Fault::named("backendError")]);
        }
    }
    // Whoever was listed and unknown may have got an extension; nobody else has another one.
    let now = picture(&tempted.world).await;
    for (name, kept) in &tempted.before {
        assert_eq!(now.get(name), Some(kept));
    }
    tempted.world.finish().await;
}

#[tokio::test]
async fn without_an_answer_about_the_missing_person_nothing_happens() {
    let tempted = Tempted::with_people(40).await;
    // An empty list of deleted users is a good answer: it leaves the question to users.get.
    let good = ["emptyPage", "shortPage", "shortRead"];
    let bad = |reason: &&str| !good.contains(reason);
    for reason in Fault::api_reasons().chain(Fault::read_reasons()).filter(bad) {
        let fault = on_page(0, Fault::named(reason));
        let what = format!("{reason} for the list of deleted users");
        tempted.fails(&what, [list_passes(), fault]).await;
    }
    tempted.nothing_changed().await;

    // After 20 days Google lists the deleted person no more, and only users.get can tell.
    tempted.world.google.advance_clock(Duration::from_hours(21 * 24));
    // This one body is Google's word for "there is no such user".
    let bad = |reason: &&str| *reason != "notFound";
    let broken = ["connectionClosed", "connectionCut"];
    for reason in Fault::api_reasons().filter(bad).chain(broken) {
        let fault = Fault {
            path_prefix: Some(GET.to_owned()),
            ..Fault::named(reason)
        };
        tempted.fails(&format!("{reason} for users.get"), [fault]).await;
    }
    for (what, body) in [
        (
            "somebody else",
            json!({"id": "1", "primaryEmail": "x@acme.example"}),
        ),
        ("nobody", json!({"kind": "admin#directory#user"})),
        ("an empty body", json!("")),
    ] {
        let fault = Fault {
            path_prefix: Some(GET.to_owned()),
            body: Some(body),
            ..Fault::default()
        };
        tempted.fails(&format!("{what} for users.get"), [fault]).await;
    }
    tempted.ends_well().await;
}

#[tokio::test]
async fn a_person_whom_google_lists_is_not_deleted_whatever_another_list_says() {
    let tempted = Tempted::with_people(40).await;
    let world = &tempted.world;
    world.google.clear_faults();
    let users = listed(world, None).await["users"].clone();
    // Only the really deleted person is missing from the list; the list of deleted users holds everybody else.
    let lie = Fault {
        count: Some(1),
        ..answer(json!({"kind": "admin#directory#users", "users": users}))
    };
    arm(world, [list_passes(), lie]);
    assert_eq!(attempt(world, &tempted.operator).await, "success");
    let changed: BTreeSet<String> = picture(world)
        .await
        .into_iter()
        .filter(|(name, kept)| tempted.before.get(name) != Some(kept))
        .map(|(name, _)| name)
        .collect();
    let expected: BTreeSet<String> = tempted.suspended.union(&tempted.deleted).cloned().collect();
    assert_eq!(changed, expected);
    tempted.world.finish().await;
}

#[tokio::test]
async fn another_organization_is_a_fault_and_not_a_change() {
    let tempted = Tempted::with_people(40).await;
    let world = &tempted.world;
    world.google.clear_faults();
    let page = listed(world, None).await;
    let users = page["users"].as_array().unwrap();
    let same_people: Vec<Value> = users
        .iter()
        .map(|user| {
            let mut user = user.clone();
            user["customerId"] = json!("C0stranger");
            user
        })
        .collect();
    let other_people: Vec<Value> = (0..40)
        .map(|n| json!({"id": format!("20{n}"), "primaryEmail": format!("p{n}@other.example"), "customerId": "C0stranger"}))
        .collect();
    for users in [same_people, other_people] {
        let result = tempted
            .fails(
                "another organization",
                [answer(json!({"kind": "admin#directory#users", "users": users}))],
            )
            .await;
        assert_eq!(result, "WrongDomain");
        let object = world.until_ready("False", "WrongDomain").await;
        let message = &condition(&object, "Stalled").unwrap().message;
        assert!(
            message.contains("C0stranger") && message.contains("C01acme42"),
            "{message}"
        );
        tempted.nothing_changed().await;
    }
    tempted.ends_well().await;
}

#[tokio::test]
async fn a_bad_read_is_read_again_by_itself() {
    let tempted = Tempted::with_people(40).await;
    let world = &tempted.world;
    tempted
        .fails("a short list", [on_page(0, Fault::named("shortPage"))])
        .await;
    let object = world.until_ready("False", "GoogleUnavailable").await;
    assert!(condition(&object, "Reconciling").is_some());
    world.google.clear_faults();
    // Nobody asks: the pause after the failures ends by itself.
    tokio::time::timeout(PATIENCE, world.until_synced())
        .await
        .unwrap();
    tempted.world.finish().await;
}
