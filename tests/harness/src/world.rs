//! Waiting for the cluster to become what a test expects, by watching it.

use std::fmt::Debug;
use std::time::Duration;

use futures::StreamExt as _;
use kube::runtime::watcher::watch_object;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fail::OrFail as _;

/// Watches the object until the predicate holds, and returns it as it is then. Fails the test after `timeout` and
/// shows the object as it was last seen.
pub async fn wait_for<K>(api: &Api<K>, name: &str, predicate: impl FnMut(&K) -> bool, timeout: Duration) -> K
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug + Send + 'static,
{
    try_wait_for(api, name, predicate, timeout)
        .await
        .or_fail("wait for an object")
}

/// The same, with the failure as an error.
pub async fn try_wait_for<K>(
    api: &Api<K>,
    name: &str,
    mut predicate: impl FnMut(&K) -> bool,
    timeout: Duration,
) -> anyhow::Result<K>
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug + Send + 'static,
{
    let hit = |object: Option<&K>| object.is_some_and(&mut predicate);
    let found = watch(api, name, hit, timeout).await?;
    found.ok_or_else(|| anyhow::anyhow!("{name} is gone"))
}

/// Watches until there is no object of this name. Fails the test after `timeout` and shows the object.
pub async fn wait_gone<K>(api: &Api<K>, name: &str, timeout: Duration)
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug + Send + 'static,
{
    let gone = |object: Option<&K>| object.is_none();
    watch(api, name, gone, timeout)
        .await
        .or_fail("wait for an object to go");
}

async fn watch<K>(
    api: &Api<K>,
    name: &str,
    mut hit: impl FnMut(Option<&K>) -> bool,
    timeout: Duration,
) -> anyhow::Result<Option<K>>
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug + Send + 'static,
{
    let mut last = "nothing was seen of it".to_owned();
    let mut states = std::pin::pin!(watch_object(api.clone(), name));
    let search = async {
        while let Some(state) = states.next().await {
            match state {
                Ok(object) if hit(object.as_ref()) => return Some(object),
                Ok(Some(object)) => {
                    last = serde_json::to_string_pretty(&object).unwrap_or_else(|_| format!("{object:?}"));
                }
                Ok(None) => "it does not exist".clone_into(&mut last),
                Err(error) => {
                    last = format!("the watch failed: {error}");
                    // The watch starts again at once; a server that is down must not make it spin.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        None
    };
    let found = tokio::time::timeout(timeout, search).await.ok().flatten();
    found.ok_or_else(|| {
        anyhow::anyhow!("{name} did not become what was expected within {timeout:?}; last: {last}")
    })
}
