//! The one Google client of a process.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    auth::{ServiceAccountKey, TokenSource},
    directory::Directory,
    endpoint::Endpoints,
    error::Error,
    limits::{Account, Limiters, RateLimits},
    observer::Observer,
    retry::RetryPolicy,
    transport::{Deadlines, Transport},
};

/// How gently and how patiently Google is called. The defaults are Google's own recommendations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tuning {
    /// Calls per minute.
    pub limits: RateLimits,
    /// Repetitions of a failed call.
    pub retry: RetryPolicy,
    /// Time limits of a single call.
    pub deadlines: Deadlines,
}

/// Connections, tokens and rate limits, shared by everything that talks to Google. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    endpoints: Endpoints,
    transport: Arc<Transport>,
    limiters: Arc<Limiters>,
    tokens: Mutex<HashMap<TokenKey, Arc<TokenSource>>>,
}

/// Who asks for a token and for what: the account's address and key, the person it acts for, the scopes.
type TokenKey = (String, [u8; 32], Option<String>, String);

impl Client {
    /// Sets up the HTTPS client. The process must have installed its TLS provider before.
    pub fn new(endpoints: Endpoints, tuning: Tuning, observer: Arc<dyn Observer>) -> Result<Self, Error> {
        let transport = Arc::new(Transport::new(tuning.deadlines, tuning.retry, observer)?);
        let limiters = Limiters::new(tuning.limits);
        let tokens = Mutex::default();
        Ok(Self {
            inner: Arc::new(Inner {
                endpoints,
                transport,
                limiters,
                tokens,
            }),
        })
    }

    /// The directory as this account may read it: on behalf of `subject` (domain-wide delegation), or by its
    /// own admin role. Everybody with the same key and subject shares one rate limit, and so does everybody of
    /// whom Google has confirmed that they read the same customer; what is `declared` limits nobody else.
    /// Everybody with the same key, subject and scopes shares one token.
    ///
    /// Google refuses the whole token when one of `scopes` is not delegated, so name only those that are
    /// needed: the constants beside [`DIRECTORY_USERS_SCOPE`](super::DIRECTORY_USERS_SCOPE), in any order.
    pub fn directory(
        &self,
        credentials: ServiceAccountKey,
        subject: Option<String>,
        declared: &str,
        scopes: &[&str],
    ) -> Directory {
        let inner = &self.inner;
        let account = Account {
            email: credentials.client_email().to_owned(),
            fingerprint: credentials.fingerprint(),
            subject: subject.clone(),
        };
        Directory::new(
            self.tokens(credentials, subject, joined(scopes)),
            inner.limiters.of(account, declared),
            Arc::clone(&inner.transport),
            inner.endpoints.directory(),
        )
    }

    fn tokens(
        &self,
        credentials: ServiceAccountKey,
        subject: Option<String>,
        scopes: String,
    ) -> Arc<TokenSource> {
        let inner = &self.inner;
        let key = (
            credentials.client_email().to_owned(),
            credentials.fingerprint(),
            subject.clone(),
            scopes.clone(),
        );
        let mut tokens = inner.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        // Keys that were rotated away leave with their last token.
        tokens.retain(|other, source| *other == key || Arc::strong_count(source) > 1 || !source.is_idle());
        let source = tokens.entry(key).or_insert_with(|| {
            Arc::new(TokenSource::new(
                credentials,
                subject,
                scopes,
                inner.endpoints.token(),
                Arc::clone(&inner.transport),
            ))
        });
        Arc::clone(source)
    }
}

/// As OAuth writes a set of scopes; the same for the same set.
fn joined(scopes: &[&str]) -> String {
    let scopes: BTreeSet<&str> = scopes.iter().copied().collect();
    Vec::from_iter(scopes).join(" ")
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoints", &self.inner.endpoints)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::google::{DIRECTORY_ORG_UNITS_SCOPE, DIRECTORY_USERS_SCOPE, testing};

    #[test]
    fn token_sources_that_nobody_needs_are_forgotten() {
        let endpoints = Endpoints::overridden(&Url::parse("http://127.0.0.1:1").unwrap()).unwrap();
        let client = Client::new(endpoints, Tuning::default(), Arc::new(())).unwrap();
        let key = ServiceAccountKey::parse(&testing::key_file()).unwrap();
        let directory = |n: usize| {
            let subject = Some(format!("{n}@acme.com"));
            client.directory(key.clone(), subject, "C01", &[DIRECTORY_USERS_SCOPE])
        };
        let held: Vec<_> = (0..2).map(directory).collect();
        for n in 2..10 {
            drop(directory(n));
        }
        let sources = client.inner.tokens.lock().unwrap().len();
        assert_eq!(sources, held.len() + 1, "the last one leaves with the next");
    }

    #[test]
    fn the_same_scopes_are_one_set_in_any_order() {
        let (one, other) = (DIRECTORY_USERS_SCOPE, DIRECTORY_ORG_UNITS_SCOPE);
        assert_eq!(joined(&[one, other, one]), joined(&[other, one]));
        assert_eq!(joined(&[one]), one);
        assert_eq!(joined(&[one, other]), format!("{other} {one}"));
    }
}
