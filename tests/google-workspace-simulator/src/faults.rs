//! Faults: what can be made to go wrong, and for which requests.

use anyhow::{Result, bail, ensure};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers::reasons;
use crate::api::methods;
use crate::hold::Gate;

/// Something that goes wrong for matching requests to Google's paths, the token endpoint included.
///
/// What is sent instead of the real answer is `reason`'s body, or `body`, or the usual error of `status`.
/// With none of these (or with `status` 200 alone) the real answer is sent, after `delay_ms`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fault {
    /// Only requests with this HTTP method, or of this method of the Directory API, such as `members.list`; any when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path starts with this; any when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// Lets that many matching requests of one read through first. For lists with pages a read is one traversal, so that 2
    /// spares the first two pages of every read; for other methods it is counted from when the fault was added.
    pub skip: u64,
    /// The fault ends after that many requests; absent means that it stays until faults are cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The HTTP status; the one of `reason` when absent, or 200 for a `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// One of [`Fault::api_reasons`], [`Fault::push_reasons`], [`Fault::token_reasons`] or [`Fault::read_reasons`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Sent as it is: a string is raw text, anything else is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Waits that many milliseconds before answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Closes the connection: without an answer when nothing else is given, else in the middle of the answer's body.
    pub close_connection: bool,
}

/// Damage done to the real answer of a read. Each of them is a successful HTTP answer or a broken connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// `{}`.
    EmptyObject,
    /// A page without people that claims to be the last one.
    EmptyPage,
    /// The page's second half of people is missing.
    ShortPage,
    /// The page claims to be the last one.
    ShortRead,
    /// The next page's token leads in a circle.
    PageTokenLoop,
    /// The JSON text ends in the middle.
    TruncatedJson,
    /// A web page with status 200, as captive portals and proxies send.
    HtmlPage,
    /// The connection is closed without an answer.
    ConnectionClosed,
    /// The connection is closed in the middle of the answer.
    ConnectionCut,
}

const DAMAGES: &[(&str, Damage)] = &[
    ("emptyObject", Damage::EmptyObject),
    ("emptyPage", Damage::EmptyPage),
    ("shortPage", Damage::ShortPage),
    ("shortRead", Damage::ShortRead),
    ("pageTokenLoop", Damage::PageTokenLoop),
    ("truncatedJson", Damage::TruncatedJson),
    ("htmlPage", Damage::HtmlPage),
    ("connectionClosed", Damage::ConnectionClosed),
    ("connectionCut", Damage::ConnectionCut),
];

impl Fault {
    /// Names of the errors that Google's APIs answer with.
    pub fn api_reasons() -> impl Iterator<Item = &'static str> {
        reasons::api_names()
    }

    /// Names of the errors that users.watch and channels.stop answer with, beside those of every API.
    pub fn push_reasons() -> impl Iterator<Item = &'static str> {
        reasons::push_names()
    }

    /// Names of the errors that the token endpoint answers with.
    pub fn token_reasons() -> impl Iterator<Item = &'static str> {
        reasons::token_names()
    }

    /// Names of damages to the answer of a read: loops, empty, short and malformed pages, broken connections.
    pub fn read_reasons() -> impl Iterator<Item = &'static str> {
        DAMAGES.iter().map(|(name, _)| *name)
    }

    /// A named fault for every request, to be narrowed with struct update syntax.
    pub fn named(reason: &str) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            ..Self::default()
        }
    }

    /// The damage that this fault's reason names.
    pub(crate) fn damage(&self) -> Option<Damage> {
        let reason = self.reason.as_deref()?;
        DAMAGES
            .iter()
            .find(|(name, _)| *name == reason)
            .map(|(_, damage)| *damage)
    }

    /// The HTTP status that was asked for.
    pub(crate) fn status_code(&self) -> Option<StatusCode> {
        self.status.and_then(|code| StatusCode::from_u16(code).ok())
    }

    /// Whether nothing but the connection is touched.
    pub(crate) fn closes_only(&self) -> bool {
        self.damage() == Some(Damage::ConnectionClosed)
            || (self.close_connection
                && self.status.is_none()
                && self.reason.is_none()
                && self.body.is_none())
    }

    /// Whether the connection is closed in the middle of the answer.
    pub(crate) fn cuts(&self) -> bool {
        self.close_connection || self.damage() == Some(Damage::ConnectionCut)
    }

    fn validate(&self) -> Result<()> {
        if let Some(reason) = &self.reason {
            let names: Vec<_> = Self::api_reasons()
                .chain(Self::push_reasons())
                .chain(Self::token_reasons())
                .chain(Self::read_reasons())
                .collect();
            if !names.contains(&reason.as_str()) {
                bail!("reason: {reason:?} is unknown; known: {}", names.join(", "));
            }
            ensure!(self.body.is_none(), "reason and body exclude each other");
            ensure!(
                self.damage().is_none() || self.status.is_none(),
                "reason: {reason:?} takes no status"
            );
        }
        if let Some(method) = self.method.as_deref().filter(|method| method.contains('.')) {
            ensure!(
                methods::all().any(|known| known.id == method),
                "method: {method:?} is unknown; known: {}, and HTTP methods",
                methods::all()
                    .map(|known| known.id)
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
        if let Some(status) = self.status {
            ensure!(
                (200..=599).contains(&status),
                "status: {status} is not between 200 and 599"
            );
        }
        ensure!(self.count != Some(0), "count: 0 would never match");
        let does_something = self.status.is_some()
            || self.reason.is_some()
            || self.body.is_some()
            || self.delay_ms.is_some()
            || self.close_connection;
        ensure!(
            does_something,
            "one of status, reason, body, delayMs and closeConnection is required"
        );
        Ok(())
    }

    fn concerns(&self, method: &str, path: &str, called: Option<&str>) -> bool {
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method) || called == Some(wanted))
            && self
                .path_prefix
                .as_deref()
                .is_none_or(|prefix| path.starts_with(prefix))
    }
}

/// The faults that are armed, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    gate: Option<Gate>,
    passed: u64,
    fired: u64,
}

impl Armed {
    fn is_over(&self) -> bool {
        self.gate.as_ref().is_some_and(Gate::is_open)
    }
}

/// What hits a request.
#[derive(Debug)]
pub(crate) struct Strike {
    pub(crate) fault: Fault,
    /// To be passed first.
    pub(crate) gate: Option<Gate>,
}

impl Faults {
    /// Arms a fault, behind a gate if there is one.
    pub(crate) fn add(&mut self, fault: Fault, gate: Option<Gate>) -> Result<()> {
        fault.validate()?;
        self.armed.push(Armed {
            fault,
            gate,
            passed: 0,
            fired: 0,
        });
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// What hits a request, if anything. `page` is which page of a read it asks for, where there are pages.
    /// `called` is the method of the Directory API.
    pub(crate) fn take(
        &mut self,
        method: &str,
        path: &str,
        called: Option<&str>,
        page: Option<u64>,
    ) -> Option<Strike> {
        self.armed.retain(|armed| !armed.is_over());
        for at in 0..self.armed.len() {
            let armed = &mut self.armed[at];
            if !armed.fault.concerns(method, path, called) {
                continue;
            }
            if page.unwrap_or(armed.passed) < armed.fault.skip {
                armed.passed += 1;
                continue;
            }
            armed.fired += 1;
            let strike = Strike {
                fault: armed.fault.clone(),
                gate: armed.gate.clone(),
            };
            if armed.fault.count.is_some_and(|count| armed.fired >= count) {
                self.armed.remove(at);
            }
            return Some(strike);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(fault: Fault) -> Faults {
        let mut faults = Faults::default();
        faults.add(fault, None).unwrap();
        faults
    }

    #[test]
    fn skip_spares_the_first_pages_of_every_read() {
        let mut faults = armed(Fault {
            skip: 2,
            count: Some(2),
            ..Fault::named("backendError")
        });
        let hits: Vec<bool> = [0, 1, 2, 0, 1, 2, 0, 1, 2]
            .map(|page| faults.take("GET", "/x", None, Some(page)).is_some())
            .to_vec();
        assert_eq!(
            hits,
            [false, false, true, false, false, true, false, false, false]
        );
    }

    #[test]
    fn without_pages_skip_counts_requests() {
        let mut faults = armed(Fault {
            skip: 2,
            count: Some(1),
            path_prefix: Some("/a".into()),
            ..Fault::named("forbidden")
        });
        let hits: Vec<bool> = ["/a", "/b", "/a", "/a", "/a"]
            .map(|path| faults.take("GET", path, None, None).is_some())
            .to_vec();
        assert_eq!(hits, [false, false, false, true, false]);
    }

    #[test]
    fn faults_that_could_not_work_are_refused() {
        let cases = [
            (Fault::default(), "required"),
            (Fault::named("nope"), "\"nope\" is unknown"),
            (
                Fault {
                    status: Some(99),
                    ..Fault::default()
                },
                "status",
            ),
            (
                Fault {
                    method: Some("members.lists".to_owned()),
                    ..Fault::named("invalid")
                },
                "known: channels.stop",
            ),
            (
                Fault {
                    count: Some(0),
                    ..Fault::named("invalid")
                },
                "count",
            ),
            (
                Fault {
                    body: Some(Value::Null),
                    ..Fault::named("invalid")
                },
                "exclude",
            ),
            (
                Fault {
                    status: Some(500),
                    ..Fault::named("emptyPage")
                },
                "takes no status",
            ),
        ];
        for (fault, expected) in cases {
            let error = Faults::default().add(fault, None).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
