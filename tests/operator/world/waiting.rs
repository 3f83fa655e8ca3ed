//! Waiting for what cannot be watched.

use std::collections::BTreeMap;
use std::time::Duration;

use dialplane_test_harness::Operator;

use super::PATIENCE;

/// What somebody waits for, unless it takes too long.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Looks again and again until something is there. For what cannot be watched: metrics, logs, the audit log.
pub(crate) async fn poll<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    poll_for(PATIENCE, what, look).await
}

/// The same with another patience.
pub(crate) async fn poll_for<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "no sign of {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many syncs of an operator have ended, by result.
pub(crate) async fn syncs(operator: &Operator) -> BTreeMap<String, u64> {
    let text = operator.metrics().await.unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("dialplane_syncs_total{result=\""));
    lines
        .filter_map(|line| line.split_once("\"} "))
        .map(|(result, count)| (result.to_owned(), count.parse().unwrap()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// How many it has brought to a good end.
pub(crate) async fn succeeded(operator: &Operator) -> u64 {
    syncs(operator).await.get("success").copied().unwrap_or_default()
}
