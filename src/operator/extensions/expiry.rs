//! A break-glass ends: its annotation goes an hour after it was seen. The API server's policies have no clock.

use std::collections::HashMap;
use std::time::Duration;

use kube::api::Patch;
use kube::{Api, Error, ResourceExt};
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;

use crate::api::names::ANNOTATION_BREAK_GLASS;
use crate::operator::engine::context::Context;
use crate::operator::engine::kubernetes::{patching, within};
use crate::operator::engine::metrics::Metrics;
use crate::sync::stored::Stored;

/// How soon a failed attempt is repeated.
const PAUSE: Duration = Duration::from_mins(1);

/// For how long a break-glass holds.
#[derive(Clone, Copy, Debug)]
pub struct Lasting(pub Duration);

impl Default for Lasting {
    fn default() -> Self {
        Self(Duration::from_hours(1))
    }
}

/// Extensions with the annotation, by uid, and who waits to take it away. A reason that is given anew does not begin a new hour.
#[derive(Default)]
pub struct Expiry(HashMap<String, AbortOnDropHandle<()>>);

impl Expiry {
    /// An extension as it is now.
    pub fn saw(&mut self, ctx: &Context, object: &Stored) {
        let uid = object.uid().unwrap_or_default();
        if !object.annotations().contains_key(ANNOTATION_BREAK_GLASS) {
            self.0.remove(&uid);
            return;
        }
        self.0.retain(|_, waiting| !waiting.is_finished());
        self.0.entry(uid.clone()).or_insert_with(|| {
            let (name, namespace) = (object.name_any(), object.namespace().unwrap_or_default());
            let api = ctx.extensions_api(&namespace);
            let metrics = ctx.metrics.clone();
            let lasting = ctx.slot::<Lasting>().0;
            AbortOnDropHandle::new(tokio::spawn(async move {
                tokio::time::sleep(lasting).await;
                while let Err(error) = end(&api, &metrics, &name, &uid).await {
                    tracing::warn!(namespace, name, %error, "failed to remove the annotation {ANNOTATION_BREAK_GLASS}");
                    tokio::time::sleep(PAUSE).await;
                }
                tracing::info!(namespace, name, "removed the expired annotation {ANNOTATION_BREAK_GLASS}");
            }))
        });
    }

    /// An extension is gone.
    pub fn gone(&mut self, object: &Stored) {
        self.0.remove(object.uid().as_deref().unwrap_or_default());
    }
}

/// Takes the annotation away, if the extension is still there. Another one of the same name has its own time.
async fn end(api: &Api<Stored>, metrics: &Metrics, name: &str, uid: &str) -> Result<(), Error> {
    metrics.wrote("patch", "PbxExtension");
    let patch =
        Patch::Merge(json!({"metadata": {"uid": uid, "annotations": {ANNOTATION_BREAK_GLASS: null}}}));
    match within(api.patch_metadata(name, &patching(), &patch)).await {
        Err(Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::operator::extensions::testing::{Desk, Script, absent, conflict};

    /// A new extension of the name is not touched, and one that is gone is not waited for.
    #[tokio::test]
    async fn only_the_extension_that_was_opened_is_closed() {
        for script in [
            Script::default().patch(409, conflict()),
            Script::default().patch(404, absent()),
        ] {
            let desk = Desk::before(script).await;
            let api = desk.ctx.extensions_api("voice");
            end(&api, &desk.ctx.metrics, "acme-1001", "7f6e").await.unwrap();
            let metadata = json!({"uid": "7f6e", "annotations": {ANNOTATION_BREAK_GLASS: null}});
            assert_eq!(desk.sent(&Method::PATCH), [json!({"metadata": metadata})]);
        }
    }
}
