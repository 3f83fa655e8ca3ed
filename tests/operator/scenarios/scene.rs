//! Where a row plays: a namespace, a Workspace, and operators.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use dialplane::api::PbxExtension;
use dialplane_test_harness::world::wait_gone;
use dialplane_test_harness::{AuditMark, Operator};
use google_workspace_simulator::{Fault, Seed};
use kube::api::{DeleteParams, ListParams, PostParams};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::picture;
use super::row::address;
use crate::world::{NAME, PATIENCE, World, colleague, merge, poll, syncs};

/// What a declaration of the table may need.
const SCOPES: [&str; 3] = [
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly",
    "https://www.googleapis.com/auth/admin.directory.orgunit.readonly",
];

/// The place of one row.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) operators: Vec<Operator>,
    /// The step that is being done.
    pub(crate) step: usize,
    mark: AuditMark,
    hired: u32,
    dismissed: HashMap<String, String>,
}

impl Scene {
    pub(super) async fn new(seed: Seed) -> Self {
        let world = World::new(seed).await;
        let mut account = world.account.clone();
        account.delegated_scopes = SCOPES.map(str::to_owned).to_vec();
        world.google.put_service_account(account).unwrap();
        let mark = world.mark().await;
        Self {
            world,
            operators: Vec::new(),
            step: 0,
            mark,
            hired: 0,
            dismissed: HashMap::new(),
        }
    }

    pub(super) async fn finish(self) {
        self.world.finish().await;
    }

    pub(super) async fn start(&mut self, tries: u32) {
        let operator = self
            .world
            .builder()
            .arg(format!("--google-tries={tries}"))
            .spawn();
        self.operators.push(operator.await.unwrap());
    }

    pub(super) fn kill(&mut self) {
        for mut operator in self.operators.drain(..) {
            operator.kill9();
        }
    }

    pub(super) async fn declare(&mut self, name: &str, spec: Value) {
        self.world.declare_as(name, spec).await;
    }

    pub(super) async fn disconnect(&mut self, name: &str) {
        let integrations = self.world.integrations();
        integrations.delete(name, &DeleteParams::default()).await.unwrap();
        wait_gone(&integrations, name, PATIENCE).await;
    }

    pub(super) async fn fails(&mut self, reason: &'static str) {
        let operator = &self.operators[0];
        let before = syncs(operator).await.get(reason).copied().unwrap_or_default();
        self.world.request_sync().await;
        poll(&format!("a sync that fails with {reason}"), async || {
            let ended = syncs(operator).await;
            (ended.get(reason).copied().unwrap_or_default() > before).then_some(())
        })
        .await;
        self.world.until_ready("False", reason).await;
    }

    /// Somebody who was never there before: with another id than anybody who had the same address.
    pub(super) fn hire(&mut self, name: &str) {
        self.hired += 1;
        let mut person = colleague(name);
        person["id"] = json!(format!("2{:020}", self.hired));
        self.world.google.create_user(person).unwrap();
    }

    pub(super) fn dismiss(&mut self, name: &str) {
        let address = address(name);
        self.dismissed.insert(address.clone(), self.world.id_of(&address));
        self.world.google.delete_user(&address).unwrap();
    }

    pub(super) fn undelete(&mut self, name: &str) {
        let id = self.dismissed.remove(&address(name)).unwrap();
        self.world.google.undelete_user(&id).unwrap();
    }

    /// The answer of Google in which these people are missing.
    pub(super) fn list_without(&self, names: &[&str]) {
        let google = &self.world.google;
        let everybody = [
            "admin", "ana", "bo", "cy", "dan", "eve", "flo", "gil", "hal", "ida",
        ];
        let users: Vec<_> = everybody
            .iter()
            .filter(|name| !names.contains(name))
            .filter_map(|name| google.user(&address(name)))
            .collect();
        let fault = Fault {
            method: Some("users.list".to_owned()),
            body: Some(json!({"kind": "admin#directory#users", "users": users})),
            ..Fault::default()
        };
        google.add_fault(fault).unwrap();
    }

    pub(super) async fn by_hand(&mut self, number: &str, spec: Value) {
        let mut whole = json!({"tenant": NAME, "number": number});
        merge(&mut whole, spec);
        let object = json!({
            "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
            "metadata": {"name": format!("{NAME}-{number}")}, "spec": whole,
        });
        let object: PbxExtension = serde_json::from_value(object).unwrap();
        self.world
            .extensions()
            .create(&PostParams::default(), &object)
            .await
            .unwrap();
    }

    pub(super) async fn delete(&mut self, number: &str) {
        let name = format!("{NAME}-{number}");
        self.world
            .extensions()
            .delete(&name, &DeleteParams::default())
            .await
            .unwrap();
    }

    pub(super) async fn count(&mut self) {
        self.mark = self.world.mark().await;
    }

    pub(super) fn asks(&self, expected: &str) {
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        for request in self.world.google.requests() {
            let path = request.path.trim_start_matches("/admin/directory/v1/");
            let what = match path {
                "users" if request.query.contains("showDeleted=true") => "deleted",
                "users" => "list",
                _ if path.ends_with("/photos/thumbnail") => "photo",
                _ if path.starts_with("users/") => "get",
                _ if path.ends_with("/members") => "members",
                _ if path.contains("/hasMember/") => "hasMember",
                _ if path.ends_with("/orgunits") => "units",
                "/token" => "token",
                other => other,
            };
            *asked.entry(what.to_owned()).or_default() += 1;
        }
        assert_eq!(
            asked,
            picture::counts(expected),
            "asked of Google in step {}",
            self.step
        );
    }

    pub(super) async fn has(&mut self, number: &str, pointer: &str, value: Value) {
        let name = format!("{NAME}-{number}");
        let object = self.world.extensions().get(&name).await.unwrap();
        let object = serde_json::to_value(object).unwrap();
        let found = object.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, value, "{pointer} of {number} in step {}", self.step);
    }

    pub(super) async fn stands(&mut self, state: &str, writes: &str) {
        self.shows(state).await;
        self.wrote(writes).await;
        self.count().await;
    }

    /// Waits until this is the state of everything.
    pub(super) async fn shows(&self, state: &str) {
        let expected = picture::plain(state);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.state().await;
            if found == expected {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "step {}: found\n{found}\ninstead of\n{expected}",
                self.step
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Everything that was written since the last count.
    pub(super) async fn writes(&self) -> BTreeMap<String, usize> {
        picture::writes(self.world.writes(self.mark).await)
    }

    async fn state(&self) -> String {
        let all = ListParams::default();
        let extensions = self.world.extensions().list(&all).await.unwrap().items;
        let mut integrations = self.world.integrations().list(&all).await.unwrap().items;
        integrations.sort_by_key(|object| object.metadata.name.clone());
        picture::of(&extensions, &integrations)
    }

    /// Missing writes are waited for; one too many fails at once. A sync that changes extensions shows its progress when
    /// the machine is slow, so that there the status may be written more often.
    pub(super) async fn wrote(&self, text: &str) {
        let expected = picture::counts(text);
        let total: usize = expected.values().sum();
        let enough = |writes: &BTreeMap<String, usize>| writes.values().sum::<usize>() >= total;
        let mut found = picture::writes(self.world.until_written(self.mark, enough).await);
        let changes = expected.keys().any(|what| what != "status");
        if let (true, Some(least), Some(statuses)) =
            (changes, expected.get("status"), found.get_mut("status"))
        {
            *statuses = (*statuses).min(*least);
        }
        assert_eq!(found, expected, "written up to step {}", self.step);
    }
}
