//! When the operator has looked at what was done before.

use std::sync::atomic::{AtomicUsize, Ordering};

use dialplane::api::{GoogleWorkspaceIntegration, conditions};
use dialplane_test_harness::world::{wait_for, wait_gone};
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::{NAME, PATIENCE, World, condition};

/// The integration that goes on when that one does not, and its tenant. It comes after it.
const BYSTANDER: &str = "beta";

impl World {
    /// Returns when the operator has looked at every integration that was changed before the call: one that is made now, in
    /// mode Manual, has been looked at and has gone again, and what was changed before was seen before. It says nothing of
    /// extensions, which have a watch of their own: see [`Self::caught_up`].
    pub(crate) async fn settled(&self) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("probe-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let manual = json!({"tenant": {"name": name}, "users": {"syncMode": "Manual", "schedule": null}});
        self.declare_as(&name, manual).await;
        let seen = |object: &GoogleWorkspaceIntegration| condition(object, conditions::READY).is_some();
        wait_for(&self.integrations(), &name, seen, PATIENCE).await;
        let delete = DeleteParams::default();
        self.integrations().delete(&name, &delete).await.unwrap();
        wait_gone(&self.integrations(), &name, PATIENCE).await;
    }

    /// Returns when the operator has looked after every extension that was changed before the call. It is so when the
    /// extension with this number, which somebody edits now, is right again for the second time: what is noticed together
    /// is looked after in no order, one lot after the other. Costs two questions about its person and two patches.
    pub(crate) async fn caught_up(&self, number: &str) {
        for _ in 0..2 {
            self.spoil_and_heal(&format!("{NAME}-{number}")).await;
        }
    }

    /// Edits an extension by hand, and waits until it is right again.
    async fn spoil_and_heal(&self, name: &str) {
        let right = self.extensions().get(name).await.unwrap().spec;
        let wrong = Patch::Merge(json!({"spec": {"user": {"firstName": "Barrier"}}}));
        let params = PatchParams::default();
        let edited = self.extensions().patch(name, &params, &wrong).await.unwrap();
        assert_ne!(edited.spec, right, "nothing was there to be made right");
        wait_for(&self.extensions(), name, |now| now.spec == right, PATIENCE).await;
    }

    /// An integration of another tenant, `beta`, that serves everybody and goes on when `acme` does not.
    pub(crate) async fn declare_bystander(&self) {
        self.declare_as(BYSTANDER, json!({"tenant": {"name": BYSTANDER}}))
            .await;
        let synced = |object: &GoogleWorkspaceIntegration| {
            condition(object, conditions::READY).is_some_and(|ready| ready.status == "True")
        };
        self.until_other(BYSTANDER, synced).await;
    }

    /// Returns when the operator has looked at every extension that was changed before the call, also where `acme` has them
    /// passed over without a question: [its neighbour](Self::declare_bystander) waits for as long, and begins after it. Costs
    /// one question about the administrator and one patch.
    pub(crate) async fn passed_by(&self) {
        self.spoil_and_heal(&format!("{BYSTANDER}-1001")).await;
    }
}
