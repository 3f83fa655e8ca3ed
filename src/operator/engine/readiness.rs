//! Which watches have shown what is there. Each place begins by itself; the readiness probe and a metric name the one that fails.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::Resource;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::place::Place;
use super::text::truncated;

/// The longest answer of the API server that is repeated to a probe.
const WORDS: usize = 300;

/// A watch: of a kind, in a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EncodeLabelSet)]
struct Watch {
    /// Empty for all namespaces.
    namespace: String,
    kind: String,
}

impl Watch {
    fn of<K: Resource<DynamicType = ()>>(place: &Place) -> Self {
        let namespace = match place {
            Place::Everywhere => String::new(),
            Place::Namespace(namespace) => namespace.clone(),
        };
        Self {
            namespace,
            kind: K::kind(&()).into_owned(),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    /// It has shown everything once.
    is_filled: bool,
    /// Why it shows nothing now.
    fault: Option<String>,
}

/// Tells the readiness probe which watches are missing. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    watches: Arc<Mutex<BTreeMap<Watch, State>>>,
    synced: Family<Watch, Gauge<u64, AtomicU64>>,
}

impl Readiness {
    /// Adds what is told to Prometheus.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "watch_synced",
            "1 if the watch of a kind in a namespace (empty: all) is up to date",
            self.synced.clone(),
        );
    }

    /// A watch begins, and is waited for.
    pub fn watch<K: Resource<DynamicType = ()>>(&self, place: &Place) -> Sight {
        let watch = Watch::of::<K>(place);
        self.lock().entry(watch.clone()).or_default();
        self.synced.get_or_create(&watch).set(0);
        Sight {
            readiness: self.clone(),
            watch,
        }
    }

    /// Whether a watch has shown what is there.
    pub fn is_filled<K: Resource<DynamicType = ()>>(&self, place: &Place) -> bool {
        let watches = self.lock();
        watches
            .get(&Watch::of::<K>(place))
            .is_some_and(|state| state.is_filled)
    }

    /// Whether every watch has shown what is there. One that fails later takes nothing back: what it showed is still known.
    pub fn is_ready(&self) -> bool {
        let watches = self.lock();
        !watches.is_empty() && watches.values().all(|state| state.is_filled)
    }

    /// What is missing, a line each, for the person who asks why it is not ready.
    pub fn missing(&self) -> String {
        let mut text = String::new();
        let watches = self.lock();
        if watches.is_empty() {
            text.push_str("the operator is starting\n");
        }
        let has_fault = |(_, state): &(&Watch, &State)| !state.is_filled && state.fault.is_some();
        // The other watch of a place may wait for the one that fails.
        let failed: Vec<_> = watches
            .iter()
            .filter(has_fault)
            .map(|(watch, _)| &watch.namespace)
            .collect();
        let is_told = |(watch, state): &(&Watch, &State)| {
            !state.is_filled && (state.fault.is_some() || !failed.contains(&&watch.namespace))
        };
        for (watch, state) in watches.iter().filter(is_told) {
            let place = match watch.namespace.as_str() {
                "" => "all namespaces".to_owned(),
                namespace => format!("namespace {namespace}"),
            };
            let why = state
                .fault
                .as_deref()
                .unwrap_or("the API server has not responded yet");
            // Writing into a String does not fail.
            let _ = writeln!(
                text,
                "{place}: cannot watch {}: {why}. Check that the chart's CRDs and its RBAC for this place are installed.",
                watch.kind
            );
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Watch, State>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One watch's view.
#[derive(Clone, Debug)]
pub struct Sight {
    readiness: Readiness,
    watch: Watch,
}

impl Sight {
    /// The watch has shown everything that is there.
    pub fn filled(&self) {
        let state = State {
            is_filled: true,
            fault: None,
        };
        self.readiness.lock().insert(self.watch.clone(), state);
        self.readiness.synced.get_or_create(&self.watch).set(1);
    }

    /// The watch failed and begins again. Whether that is new.
    pub fn failed(&self, error: &impl std::error::Error) -> bool {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            words = inner.to_string();
            cause = inner.source();
        }
        let words = truncated(words, WORDS);
        self.readiness.synced.get_or_create(&self.watch).set(0);
        let mut watches = self.readiness.lock();
        let state = watches.entry(self.watch.clone()).or_default();
        state.fault.replace(words.clone()) != Some(words)
    }

    /// Its namespace, empty for all of them.
    pub fn namespace(&self) -> &str {
        &self.watch.namespace
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        &self.watch.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{GoogleWorkspaceIntegration, PbxExtension};

    #[test]
    fn one_place_that_fails_is_named_and_the_others_are_not() {
        let readiness = Readiness::default();
        assert!(!readiness.is_ready());
        assert_eq!(readiness.missing(), "the operator is starting\n");
        let place = |name: &str| Place::Namespace(name.to_owned());
        let good = readiness.watch::<PbxExtension>(&place("good"));
        let bad = readiness.watch::<GoogleWorkspaceIntegration>(&place("bad"));
        good.filled();
        let forbidden = std::io::Error::other("forbidden");
        assert!(bad.failed(&forbidden));
        assert!(!bad.failed(&forbidden), "the same again is nothing new");
        assert!(!readiness.is_ready());
        assert_eq!(
            readiness.missing(),
            "namespace bad: cannot watch GoogleWorkspaceIntegration: forbidden. Check that the chart's CRDs and its RBAC for this place are installed.\n"
        );
        bad.filled();
        assert!(readiness.is_ready());
        assert_eq!(readiness.missing(), "");
        assert!(bad.failed(&forbidden));
        assert!(readiness.is_ready(), "what was shown is still known");
    }
}
