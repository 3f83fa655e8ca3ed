//! Nobody loses a phone because of a bad read.
//!
//! In all of these tests some people really are suspended or deleted in Google, and the removal limit lets everything
//! pass: only the completeness of the read and Google's answer about each single person stand between a bad read and a
//! phone.

mod afterwards;
mod evidence;
mod pages;

use std::collections::{BTreeMap, BTreeSet};

use dialplane::api::PbxExtension;
use dialplane::api::extension::DisabledReason;
use dialplane_test_harness::Operator;
use google_workspace_simulator::Fault;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::world::{ADMIN, World, poll, syncs, user_id};

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
