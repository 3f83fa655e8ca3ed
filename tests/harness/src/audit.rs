//! The API server's audit log: how tests count what the operator asked of Kubernetes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::fail::OrFail as _;

/// The verbs that change something.
const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// How long the API server may take to write down one request.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much later than its effect a request's line may come on a busy machine.
const LAG: Duration = Duration::from_millis(50);

/// A handle on the log of one control plane.
#[derive(Debug, Clone)]
pub struct AuditLog {
    path: PathBuf,
    http: reqwest::Client,
    url: String,
}

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditMark(u64);

/// One finished request; a watch appears when it begins, since it may never finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Who asked: `admin`, or `system:serviceaccount:<namespace>:<name>`.
    pub user: String,
    /// The lower-case Kubernetes verb: `create`, `list`, `watch`, ...
    pub verb: String,
    /// The plural name of the resource; empty for a path that is no resource.
    pub resource: String,
    /// `status`, `token`, ...; empty for the resource itself.
    pub subresource: String,
    /// Empty for a cluster-scoped resource.
    pub namespace: String,
    /// Empty for a list and for a creation.
    pub name: String,
    /// The HTTP status of the answer.
    pub code: u16,
    /// Path and query of the request.
    pub uri: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// What admission noted: `<policy>/<key>`, `validation.policy.admission.k8s.io/validation_failure`, ...
    pub annotations: BTreeMap<String, String>,
}

impl AuditLog {
    pub(crate) fn new(path: PathBuf, http: reqwest::Client, url: String) -> Self {
        Self { path, http, url }
    }

    /// The place after everything that has been answered until now.
    pub async fn mark(&self) -> AuditMark {
        self.try_settle().await.or_fail("settle the audit log")
    }

    /// Returns when every request that was answered before the call is in the log. The API server writes a
    /// request's line at its end, so this makes a request of its own, with a path that occurs only once, and waits
    /// for its line.
    pub async fn settle(&self) {
        self.try_settle().await.or_fail("settle the audit log");
    }

    /// Every request that was answered since the mark, without this type's own.
    pub async fn since(&self, mark: AuditMark) -> AuditEntries {
        self.containing(mark, "").await
    }

    /// The same in one namespace. What other tests do at the same time is not even decoded.
    pub async fn since_in(&self, mark: AuditMark, namespace: &str) -> AuditEntries {
        self.containing(mark, namespace).await.namespace(namespace)
    }

    async fn containing(&self, mark: AuditMark, word: &str) -> AuditEntries {
        let end = self.try_settle().await.or_fail("settle the audit log");
        let text = self.read(mark.0, Some(end.0)).or_fail("read the audit log");
        let entries = text
            .lines()
            .filter(|line| line.contains(word))
            .map(parse)
            .collect::<anyhow::Result<Vec<_>>>()
            .or_fail("read the audit log");
        AuditEntries(entries.into_iter().flatten().collect())
    }

    /// A watch shows the effect of a request a moment before the request's line is written, perhaps after the line of a
    /// marker that somebody asked for at once. One more marker after a pause leaves it the time to come.
    async fn try_settle(&self) -> anyhow::Result<AuditMark> {
        self.pass_marker().await?;
        tokio::time::sleep(LAG).await;
        self.pass_marker().await
    }

    async fn pass_marker(&self) -> anyhow::Result<AuditMark> {
        let from = std::fs::metadata(&self.path)
            .context("there is no audit log")?
            .len();
        let marker = format!("{MARKER}{:032x}", rand::random::<u128>());
        self.http
            .get(format!("{}{marker}", self.url))
            .send()
            .await
            .context("ask for the marker")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.read(from, None)?;
            let end = text
                .find(&marker)
                .and_then(|at| Some(at + text[at..].find('\n')? + 1));
            if let Some(end) = end {
                return Ok(AuditMark(from + end as u64));
            }
            ensure!(
                Instant::now() < deadline,
                "the marker does not appear in {}",
                self.path.display()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whole lines between two places.
    fn read(&self, from: u64, to: Option<u64>) -> anyhow::Result<String> {
        let mut file = File::open(&self.path).with_context(|| format!("open {}", self.path.display()))?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(to.map_or(u64::MAX, |to| to.saturating_sub(from)))
            .read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        bytes.truncate(whole);
        String::from_utf8(bytes).context("the audit log is not UTF-8")
    }
}

const MARKER: &str = "/audit-marker/";

/// Requests, to be narrowed down and counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditEntries(Vec<AuditEntry>);

impl AuditEntries {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after the other, in the order of their answers.
    pub fn iter(&self) -> std::slice::Iter<'_, AuditEntry> {
        self.0.iter()
    }

    /// Those for which the predicate holds.
    #[must_use]
    pub fn filter(&self, predicate: impl Fn(&AuditEntry) -> bool) -> Self {
        Self(self.0.iter().filter(|entry| predicate(entry)).cloned().collect())
    }

    /// Those of this user, by the whole name.
    #[must_use]
    pub fn user(&self, user: &str) -> Self {
        self.filter(|entry| entry.user == user)
    }

    /// Those of this ServiceAccount.
    #[must_use]
    pub fn service_account(&self, namespace: &str, name: &str) -> Self {
        self.user(&format!("system:serviceaccount:{namespace}:{name}"))
    }

    /// Those with this verb.
    #[must_use]
    pub fn verb(&self, verb: &str) -> Self {
        self.filter(|entry| entry.verb == verb)
    }

    /// Those on this resource (plural), its subresources included.
    #[must_use]
    pub fn resource(&self, resource: &str) -> Self {
        self.filter(|entry| entry.resource == resource)
    }

    /// Those on this subresource; the empty name means the resource itself.
    #[must_use]
    pub fn subresource(&self, subresource: &str) -> Self {
        self.filter(|entry| entry.subresource == subresource)
    }

    /// Those in this namespace.
    #[must_use]
    pub fn namespace(&self, namespace: &str) -> Self {
        self.filter(|entry| entry.namespace == namespace)
    }

    /// Those on the object of this name.
    #[must_use]
    pub fn name(&self, name: &str) -> Self {
        self.filter(|entry| entry.name == name)
    }

    /// Those answered with this HTTP status.
    #[must_use]
    pub fn code(&self, code: u16) -> Self {
        self.filter(|entry| entry.code == code)
    }

    /// Those that asked for a change, refused ones included.
    #[must_use]
    pub fn writes(&self) -> Self {
        self.filter(|entry| WRITES.contains(&entry.verb.as_str()))
    }

    /// How many requests there are of each kind: `create pbxextensions`, `patch pbxextensions/status`, ...
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.0 {
            let slash = if entry.subresource.is_empty() { "" } else { "/" };
            let kind = format!("{} {}{slash}{}", entry.verb, entry.resource, entry.subresource);
            *counts.entry(kind).or_default() += 1;
        }
        counts
    }

    /// How many writes of each kind this user asked for.
    pub fn writes_by(&self, user: &str) -> BTreeMap<String, usize> {
        self.user(user).writes().counts()
    }
}

impl<'a> IntoIterator for &'a AuditEntries {
    type Item = &'a AuditEntry;
    type IntoIter = std::slice::Iter<'a, AuditEntry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The parts of `audit.k8s.io/v1` Event that are of use.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    stage: String,
    #[serde(rename = "requestURI")]
    request_uri: String,
    verb: String,
    user: User,
    #[serde(default)]
    user_agent: String,
    #[serde(default)]
    object_ref: ObjectRef,
    response_status: Option<ResponseStatus>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Deserialize)]
struct ResponseStatus {
    #[serde(default)]
    code: u16,
}

/// The request of a line; none for a line that only repeats one, and for this module's markers.
fn parse(line: &str) -> anyhow::Result<Option<AuditEntry>> {
    let event: Event = serde_json::from_str(line).with_context(|| format!("not an audit event: {line}"))?;
    let counts = match event.verb.as_str() {
        "watch" => event.stage == "ResponseStarted",
        _ => event.stage != "ResponseStarted",
    };
    if !counts || event.request_uri.starts_with(MARKER) {
        return Ok(None);
    }
    Ok(Some(AuditEntry {
        user: event.user.username,
        verb: event.verb,
        resource: event.object_ref.resource,
        subresource: event.object_ref.subresource,
        namespace: event.object_ref.namespace,
        name: event.object_ref.name,
        code: event.response_status.map_or(0, |status| status.code),
        uri: event.request_uri,
        user_agent: event.user_agent,
        annotations: event.annotations,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stage: &str, verb: &str, resource: &str, subresource: &str, user: &str) -> String {
        serde_json::json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": stage,
            "requestURI": "/api/v1/x", "verb": verb, "user": {"username": user},
            "objectRef": {"resource": resource, "subresource": subresource, "namespace": "n", "name": "o"},
            "responseStatus": {"code": 200}, "annotations": {"policy/key": "value"}
        })
        .to_string()
    }

    #[test]
    fn a_request_counts_once() {
        let lines = [
            line("ResponseComplete", "patch", "pbxextensions", "", "op"),
            line("ResponseComplete", "patch", "pbxextensions", "status", "op"),
            line("ResponseStarted", "watch", "pbxextensions", "", "op"),
            line("ResponseComplete", "watch", "pbxextensions", "", "op"),
            line("ResponseComplete", "patch", "pbxextensions", "", "admin"),
            line("Panic", "delete", "pbxextensions", "", "op"),
        ];
        let entries = AuditEntries(lines.iter().filter_map(|line| parse(line).unwrap()).collect());
        assert_eq!(entries.len(), 5);
        let expected = [
            ("delete pbxextensions", 1),
            ("patch pbxextensions", 1),
            ("patch pbxextensions/status", 1),
        ];
        assert_eq!(
            entries.writes_by("op"),
            expected.map(|(kind, n)| (kind.to_owned(), n)).into()
        );
        assert_eq!(entries.verb("watch").len(), 1);
        assert!(
            entries
                .into_iter()
                .all(|entry| entry.annotations["policy/key"] == "value")
        );
        assert_eq!(
            entries
                .resource("pbxextensions")
                .subresource("status")
                .code(200)
                .name("o")
                .namespace("n")
                .len(),
            1
        );
    }

    #[test]
    fn a_path_that_is_no_resource_is_an_entry_and_a_marker_is_not() {
        let event = |uri: &str| {
            format!(r#"{{"stage":"ResponseComplete","verb":"get","user":{{}},"requestURI":"{uri}"}}"#)
        };
        assert_eq!(parse(&event("/version")).unwrap().unwrap().uri, "/version");
        assert_eq!(parse(&event("/audit-marker/1")).unwrap(), None);
        assert!(parse("no JSON").is_err());
    }
}
