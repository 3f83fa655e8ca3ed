//! Access tokens: fetched once, shared, renewed in time.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{sync::Mutex, time::Instant};

use super::granted::{self, Granted};
use super::service_account::ServiceAccountKey;
use crate::google::{
    classify,
    error::Error,
    observer::Method,
    transport::{Answer, Transport},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// A token is renewed this long before it ends.
const MARGIN: Duration = Duration::from_mins(5);
/// After a renewal that failed, the old token is used for this long before the next attempt.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// Hands out access tokens for one service account, one subject and one set of scopes.
///
/// Callers that ask at the same time share one request, and one failure.
pub struct TokenSource {
    key: ServiceAccountKey,
    subject: Option<String>,
    scopes: String,
    endpoint: String,
    transport: Arc<Transport>,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    token: Option<Token>,
    failure: Option<(Instant, Error)>,
}

struct Token {
    secret: SecretString,
    renew_at: Instant,
    ends_at: Instant,
}

impl TokenSource {
    pub(in crate::google) fn new(
        key: ServiceAccountKey,
        subject: Option<String>,
        scopes: String,
        endpoint: &str,
        transport: Arc<Transport>,
    ) -> Self {
        Self {
            key,
            subject,
            scopes,
            endpoint: endpoint.to_owned(),
            transport,
            slot: Mutex::default(),
        }
    }

    /// Whether the account acts as itself, without a person's rights.
    pub fn acts_as_itself(&self) -> bool {
        self.subject.is_none()
    }

    /// A token that is good for at least a few minutes, from memory or from Google.
    pub async fn access_token(&self) -> Result<SecretString, Error> {
        let asked = Instant::now();
        let mut slot = self.slot.lock().await;
        if let Some(token) = slot
            .token
            .as_ref()
            .filter(|token| token.renew_at > Instant::now())
        {
            return Ok(token.secret.clone());
        }
        // There is no hurry while the old token still serves.
        if slot.failed_lately()
            && let Some(token) = slot.unexpired()
        {
            return Ok(token.secret.clone());
        }
        // Whoever waited for a request that failed need not repeat it.
        if let Some((_, error)) = slot.failure.as_ref().filter(|(at, _)| *at >= asked) {
            return Err(error.clone());
        }
        match self.fetch().await {
            Ok(token) => {
                let secret = token.secret.clone();
                *slot = Slot {
                    token: Some(token),
                    failure: None,
                };
                Ok(secret)
            }
            Err(error) => {
                slot.failure = Some((Instant::now(), error.clone()));
                slot.spare(error)
            }
        }
    }

    /// Google refused this token: the next caller gets a new one. A token that is no longer the current one
    /// is ignored, so that many refusals of one token cause one renewal.
    pub async fn invalidate(&self, rejected: &SecretString) {
        let mut slot = self.slot.lock().await;
        let current = slot.token.as_ref();
        if current.is_some_and(|token| token.secret.expose_secret() == rejected.expose_secret()) {
            slot.token = None;
        }
    }

    /// Whether nothing would be lost by forgetting this source.
    pub(in crate::google) fn is_idle(&self) -> bool {
        self.slot.try_lock().is_ok_and(|slot| slot.unexpired().is_none())
    }

    async fn fetch(&self) -> Result<Token, Error> {
        self.transport
            .retrying(None, || async { Ok(self.exchange().await?) })
            .await
    }

    async fn exchange(&self) -> Result<Token, Error> {
        let subject = self.subject.as_deref();
        // Signed anew for every try: a wait between two tries must not make it too old.
        let assertion = self.key.assertion(subject, &self.scopes, Timestamp::now())?;
        let form = [("grant_type", GRANT), ("assertion", assertion.expose_secret())];
        let request = self.transport.post(&self.endpoint).form(&form);
        let asked = Instant::now();
        self.transport
            .exchange(Method::Token, request, |answer| {
                if answer.status() == 200 {
                    return read(&answer, asked);
                }
                let text = answer.text_without(&assertion);
                let error = classify::token(answer.status(), &text, subject.is_some());
                Err(error.with_retry_after(answer.retry_after()))
            })
            .await
    }
}

impl Slot {
    fn unexpired(&self) -> Option<&Token> {
        self.token.as_ref().filter(|token| token.ends_at > Instant::now())
    }

    fn failed_lately(&self) -> bool {
        let failure = self.failure.as_ref();
        failure.is_some_and(|(at, error)| error.class().is_retryable() && at.elapsed() < RENEWAL_PAUSE)
    }

    /// A failure that passes by itself does no harm while the old token is still good.
    fn spare(&self, error: Error) -> Result<SecretString, Error> {
        match self.unexpired() {
            Some(token) if error.class().is_retryable() => Ok(token.secret.clone()),
            _ => Err(error),
        }
    }
}

fn read(answer: &Answer, asked: Instant) -> Result<Token, Error> {
    let Granted { secret, lifetime } = granted::read(answer.body())?;
    Ok(Token {
        secret,
        renew_at: asked + lifetime.saturating_sub(MARGIN.min(lifetime / 2)),
        ends_at: asked + lifetime,
    })
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("key", &self.key)
            .field("subject", &self.subject)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::{Cause, Class, Deadlines, RetryPolicy, testing};

    /// A source whose token endpoint nobody serves.
    fn offline() -> TokenSource {
        let retry = RetryPolicy {
            tries: 1,
            ..RetryPolicy::default()
        };
        let transport = Transport::new(Deadlines::default(), retry, Arc::new(())).unwrap();
        let key = ServiceAccountKey::parse(&testing::key_file()).unwrap();
        TokenSource::new(
            key,
            None,
            "scope".to_owned(),
            "http://127.0.0.1:1/token",
            Arc::new(transport),
        )
    }

    fn token(renew_in: u64, ends_in: u64) -> Token {
        let now = Instant::now();
        Token {
            secret: SecretString::from("old"),
            renew_at: now + Duration::from_secs(renew_in),
            ends_at: now + Duration::from_secs(ends_in),
        }
    }

    #[tokio::test]
    async fn an_old_token_serves_until_it_ends() {
        let source = offline();
        assert!(source.is_idle());
        source.slot.lock().await.token = Some(token(0, 60));
        assert!(!source.is_idle());
        for _ in 0..2 {
            assert_eq!(source.access_token().await.unwrap().expose_secret(), "old");
        }
        let failed_at = source.slot.lock().await.failure.as_ref().unwrap().0;
        assert_eq!(source.access_token().await.unwrap().expose_secret(), "old");
        let slot = source.slot.lock().await;
        assert_eq!(
            slot.failure.as_ref().unwrap().0,
            failed_at,
            "no second attempt so soon"
        );
        drop(slot);

        source.slot.lock().await.token = Some(token(0, 0));
        let error = source.access_token().await.unwrap_err();
        assert_eq!(error.cause(), Cause::GoogleUnavailable);
        assert!(source.is_idle());
    }

    #[test]
    fn a_dead_grant_outweighs_an_old_token() {
        let slot = Slot {
            token: Some(token(0, 60)),
            failure: None,
        };
        let error = Error::new(Class::Reauth, Cause::InvalidKey, "no");
        assert_eq!(slot.spare(error).unwrap_err().class(), Class::Reauth);
    }
}
