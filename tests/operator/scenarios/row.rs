//! A row of the table: what happens, and what has to be there afterwards.

use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt, stream};
use google_workspace_simulator::{Fault, Seed, Simulator};
use serde_json::Value;

use super::scene::Scene;

/// Rows of one subject that run at the same time; the subjects themselves do so too.
const AT_ONCE: usize = 4;

type Step = Box<dyn for<'a> FnOnce(&'a mut Scene) -> LocalBoxFuture<'a, ()>>;

/// A scenario. Its steps are done one after the other in a namespace and a Workspace of its own.
pub(crate) struct Row {
    /// The words of the list.
    pub(crate) scenario: &'static str,
    /// What is done about it here.
    detail: &'static str,
    seed: Seed,
    steps: Vec<Step>,
}

/// Begins a row.
pub(crate) fn row(scenario: &'static str, detail: &'static str, seed: Seed) -> Row {
    Row {
        scenario,
        detail,
        seed,
        steps: Vec::new(),
    }
}

/// Plays all of them, and tells of every one that fails.
pub(crate) async fn play(rows: Vec<Row>) {
    let results = stream::iter(rows).map(Row::play).buffer_unordered(AT_ONCE);
    let failed: Vec<_> = results.filter_map(std::future::ready).collect().await;
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

impl Row {
    /// The name of the row if it fails.
    async fn play(self) -> Option<String> {
        let name = format!("{}: {}", self.scenario, self.detail);
        let playing = async {
            let mut scene = Scene::new(self.seed).await;
            for (at, step) in self.steps.into_iter().enumerate() {
                scene.step = at + 1;
                step(&mut scene).await;
            }
            scene.finish().await;
        };
        let result = std::panic::AssertUnwindSafe(playing).catch_unwind().await;
        let panic = result.err()?;
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Some(format!("{name}\n{}", said.unwrap_or_default()))
    }

    /// Anything.
    pub(crate) fn then(
        mut self,
        step: impl for<'a> FnOnce(&'a mut Scene) -> LocalBoxFuture<'a, ()> + 'static,
    ) -> Self {
        self.steps.push(Box::new(step));
        self
    }

    // ---- The operator

    /// Starts an operator that asks Google once for each thing, so that faults show at once.
    pub(crate) fn operator(self) -> Self {
        self.then(|scene| scene.start(1).boxed_local())
    }

    /// Starts an operator that asks again as often as in production.
    pub(crate) fn patient_operator(self) -> Self {
        self.then(|scene| scene.start(6).boxed_local())
    }

    /// Ends all operators without warning.
    pub(crate) fn kill(self) -> Self {
        self.then(|scene| async { scene.kill() }.boxed_local())
    }

    // ---- The declaration

    /// Declares `acme` with this spec over the usual one: everybody, numbers from 1001, no scheduled sync in sight.
    pub(crate) fn declare(self, spec: Value) -> Self {
        self.then(|scene| async { scene.declare("acme", spec).await }.boxed_local())
    }

    /// Declares another integration.
    pub(crate) fn declare_as(self, name: &'static str, spec: Value) -> Self {
        self.then(move |scene| async move { scene.declare(name, spec).await }.boxed_local())
    }

    /// An operator, the declaration, and its first sync; what is counted begins afterwards.
    pub(crate) fn serve(self, spec: Value) -> Self {
        self.operator().declare(spec).ready().counting()
    }

    /// Changes the spec by a merge patch.
    pub(crate) fn change(self, spec: Value) -> Self {
        self.then(|scene| async { drop(scene.world.change(spec).await) }.boxed_local())
    }

    /// Deletes an integration and waits until it is gone.
    pub(crate) fn disconnect(self, name: &'static str) -> Self {
        self.then(move |scene| scene.disconnect(name).boxed_local())
    }

    /// Asks for a sync and waits until it was carried out.
    pub(crate) fn sync(self) -> Self {
        self.then(|scene| async { drop(scene.world.sync().await) }.boxed_local())
    }

    /// Waits until the present generation was synchronised with success.
    pub(crate) fn ready(self) -> Self {
        self.until("True", "Succeeded")
    }

    /// Waits until `Ready` of the present generation has this status and reason.
    pub(crate) fn until(self, status: &'static str, reason: &'static str) -> Self {
        self.then(move |scene| {
            async move { drop(scene.world.until_ready(status, reason).await) }.boxed_local()
        })
    }

    /// Asks for a sync, which must fail for this reason.
    pub(crate) fn fails(self, reason: &'static str) -> Self {
        self.then(move |scene| scene.fails(reason).boxed_local())
    }

    // ---- Google

    /// Changes something in the Workspace.
    pub(crate) fn google(self, change: fn(&Simulator) -> anyhow::Result<()>) -> Self {
        self.then(move |scene| async move { change(&scene.world.google).unwrap() }.boxed_local())
    }

    /// Changes a person by a merge patch.
    pub(crate) fn person(self, name: &'static str, patch: Value) -> Self {
        self.then(move |scene| {
            async move { drop(scene.world.google.patch_user(&address(name), patch).unwrap()) }.boxed_local()
        })
    }

    /// Somebody new.
    pub(crate) fn hire(self, name: &'static str) -> Self {
        self.then(move |scene| async move { scene.hire(name) }.boxed_local())
    }

    /// Deletes a person in Google.
    pub(crate) fn dismiss(self, name: &'static str) -> Self {
        self.then(move |scene| async move { scene.dismiss(name) }.boxed_local())
    }

    /// Restores a person who was dismissed.
    pub(crate) fn undelete(self, name: &'static str) -> Self {
        self.then(move |scene| async move { scene.undelete(name) }.boxed_local())
    }

    /// Something goes wrong at Google from now on.
    pub(crate) fn fault(self, fault: Fault) -> Self {
        self.then(|scene| async { scene.world.google.add_fault(fault).unwrap() }.boxed_local())
    }

    /// Whoever asks for the list gets one without these people, page by page the same.
    pub(crate) fn list_without(self, names: &'static [&'static str]) -> Self {
        self.then(move |scene| async move { scene.list_without(names) }.boxed_local())
    }

    /// All faults end.
    pub(crate) fn heal(self) -> Self {
        self.google(|google| {
            google.clear_faults();
            Ok(())
        })
    }

    // ---- People with kubectl

    /// Creates an extension by hand: a JSON of `spec` without tenant and number.
    pub(crate) fn by_hand(self, number: &'static str, spec: Value) -> Self {
        self.then(move |scene| scene.by_hand(number, spec).boxed_local())
    }

    /// Edits an extension: a merge patch of the whole object.
    pub(crate) fn edit(self, number: &'static str, patch: Value) -> Self {
        self.then(move |scene| async move { drop(scene.world.edit(number, patch).await) }.boxed_local())
    }

    /// Deletes an extension.
    pub(crate) fn delete(self, number: &'static str) -> Self {
        self.then(move |scene| scene.delete(number).boxed_local())
    }

    // ---- What has to be

    /// Begins to count anew.
    pub(crate) fn counting(self) -> Self {
        self.then(|scene| scene.count().boxed_local())
    }

    /// Insists on these calls to Google since the last count.
    pub(crate) fn asks(self, expected: &'static str) -> Self {
        self.then(move |scene| async move { scene.asks(expected) }.boxed_local())
    }

    /// Insists that a part of an extension is this.
    pub(crate) fn has(self, number: &'static str, pointer: &'static str, value: Value) -> Self {
        self.then(move |scene| scene.has(number, pointer, value).boxed_local())
    }

    /// Insists on this state of everything, reached by these writes since the last count; and counts anew. The form is that
    /// of [`super::picture`].
    pub(crate) fn stands(self, state: &'static str, writes: &'static str) -> Self {
        self.then(move |scene| scene.stands(state, writes).boxed_local())
    }

    /// The same at the end of the row, with an unchanged sync after it, which writes nothing but its acknowledgement.
    pub(crate) fn ends(self, state: &'static str, writes: &'static str) -> Self {
        self.stands(state, writes).sync().stands(state, "status 1")
    }
}

/// The address of a colleague.
pub(crate) fn address(name: &str) -> String {
    if name.contains('@') {
        return name.to_owned();
    }
    format!("{name}@acme.example")
}

/// A fault of the list of users.
pub(crate) fn of_list(reason: &str) -> Fault {
    Fault {
        method: Some("users.list".to_owned()),
        ..Fault::named(reason)
    }
}
