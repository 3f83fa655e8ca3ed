//! Who calls: service accounts, access tokens and their scopes.

pub(crate) mod assertion;
pub(crate) mod scopes;
pub(crate) mod token_endpoint;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::RngCore as _;

use self::assertion::SelfSigned;
use crate::seed::ServiceAccountSeed;

/// How long an access token lives; Google's answers say 3599.
pub(crate) const TOKEN_SECONDS: i64 = 3599;

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The service account that asked for it.
    pub(crate) account: ServiceAccountSeed,
    /// The id of the person it acts for; nothing when the account acts as itself.
    pub(crate) subject: Option<String>,
    /// The granted scopes; nothing when everything is granted that the account's role allows.
    pub(crate) scopes: Option<Vec<String>>,
    expires: Timestamp,
}

impl Grant {
    /// What a token stands for that its account signed.
    pub(crate) fn self_signed(token: SelfSigned) -> Self {
        Self {
            account: token.account,
            subject: None,
            scopes: token.scopes,
            expires: Timestamp::MAX,
        }
    }

    /// Whether one of these scopes is granted.
    pub(crate) fn allows(&self, accepted: &[&str]) -> bool {
        let granted = |scopes: &Vec<String>| scopes.iter().any(|scope| accepted.contains(&scope.as_str()));
        self.scopes.as_ref().is_none_or(granted)
    }

    /// The number of the caller's Cloud project. Google derives nothing from the client id, but its first digits are stable.
    pub(crate) fn project_number(&self) -> &str {
        self.account
            .client_id
            .get(..12)
            .unwrap_or(&self.account.client_id)
    }
}

/// Access tokens that were issued.
#[derive(Default)]
pub(crate) struct Tokens {
    issued: HashMap<String, Grant>,
}

impl Tokens {
    /// Issues an opaque token.
    pub(crate) fn issue(
        &mut self,
        account: ServiceAccountSeed,
        subject: Option<String>,
        scopes: Vec<String>,
        now: Timestamp,
    ) -> String {
        self.issued.retain(|_, grant| grant.expires > now);
        let mut random = [0_u8; 48];
        rand::rng().fill_bytes(&mut random);
        let token = format!("ya29.{}", URL_SAFE_NO_PAD.encode(random));
        let expires = now
            .saturating_add(SignedDuration::from_secs(TOKEN_SECONDS))
            .unwrap_or(Timestamp::MAX);
        self.issued.insert(
            token.clone(),
            Grant {
                account,
                subject,
                scopes: Some(scopes),
                expires,
            },
        );
        token
    }

    /// What a token stands for, unless it is unknown or has expired.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        self.issued.get(token).filter(|grant| grant.expires > now)
    }
}
