//! What the operator asked of Kubernetes, from the API server's log.

use std::collections::BTreeMap;
use std::time::Duration;

use dialplane_test_harness::{AuditEntries, AuditMark};

use super::{PATIENCE, World};

impl World {
    /// Begins to count anew: Google's calls from zero, Kubernetes' writes from this mark.
    pub(crate) async fn mark(&self) -> AuditMark {
        self.google.clear_requests();
        self.audit.mark().await
    }

    /// Requests in this namespace since a mark.
    pub(crate) async fn requests(&self, since: AuditMark) -> AuditEntries {
        self.audit.since_in(since, &self.namespace).await
    }

    /// Those of the operator.
    pub(crate) async fn asked_by_operator(&self, since: AuditMark) -> AuditEntries {
        let requests = self.requests(since).await;
        requests.service_account("dialplane-system", "dialplane")
    }

    /// Its writes, by verb and resource, without events.
    pub(crate) async fn writes(&self, since: AuditMark) -> BTreeMap<String, usize> {
        let writes = self.asked_by_operator(since).await.writes();
        writes.filter(|entry| entry.resource != "events").counts()
    }

    /// Waits until the audit log has what is wanted, and returns all writes: the line of a write comes a moment after its
    /// effect can be seen.
    pub(crate) async fn until_written(
        &self,
        since: AuditMark,
        wanted: impl Fn(&BTreeMap<String, usize>) -> bool,
    ) -> BTreeMap<String, usize> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let writes = self.writes(since).await;
            if wanted(&writes) {
                return writes;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "not all that was expected was written, only {writes:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Insists on exactly these writes. Missing ones are waited for; one too many fails at once.
    pub(crate) async fn wrote(&self, since: AuditMark, expected: BTreeMap<String, usize>) {
        let total: usize = expected.values().sum();
        let complete = |writes: &BTreeMap<String, usize>| writes.values().sum::<usize>() >= total;
        assert_eq!(self.until_written(since, complete).await, expected);
    }
}

/// Expected writes, as [`World::writes`] counts them.
pub(crate) fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect()
}
