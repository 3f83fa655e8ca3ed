//! Page tokens of users.list: opaque, signed, bound to the parameters of the list, good for three days.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answers::ApiError;
use crate::answers::reasons;
use crate::directory::shelf::Place;
use axum::response::{IntoResponse, Response};

/// How long a token can be used.
const LIFE: SignedDuration = SignedDuration::from_hours(72);
/// How long the traversal of one list may take.
const TRAVERSAL: SignedDuration = SignedDuration::from_mins(60);
const MAC_BYTES: usize = 16;

/// What a page token carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    /// Stands for the parameters of the list.
    pub(crate) parameters: u64,
    /// The last person of the previous page; nothing means the beginning.
    pub(crate) after: Option<Place>,
    /// Which page this token asks for; the first one is 0.
    pub(crate) page: u64,
    /// When the first page was asked for.
    pub(crate) started: Timestamp,
    /// When the token was issued.
    pub(crate) issued: Timestamp,
}

/// Why a good token cannot be used any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// Older than three days, or for other parameters.
    Invalid,
    /// The list is being read for more than 60 minutes.
    TooSlow,
}

impl IntoResponse for Spent {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid => ApiError::invalid_input().into_response(),
            Self::TooSlow => reasons::response("serviceUnavailable", None)
                .unwrap_or_else(|| ApiError::invalid_input().into_response()),
        }
    }
}

impl PageToken {
    /// The text that clients get.
    pub(crate) fn encode(&self, secret: &[u8]) -> String {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        let mac = mac(secret, &bytes);
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text that this simulator issued; nothing for any other.
    pub(crate) fn decode(text: &str, secret: &[u8]) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (content, given) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        if mac(secret, content) == given {
            serde_json::from_slice(content).ok()
        } else {
            None
        }
    }

    /// Checks that the token is still good for a list with these parameters.
    pub(crate) fn check(&self, parameters: u64, now: Timestamp) -> Result<(), Spent> {
        if self.parameters != parameters || now.duration_since(self.issued) > LIFE {
            return Err(Spent::Invalid);
        }
        if now.duration_since(self.started) > TRAVERSAL {
            Err(Spent::TooSlow)
        } else {
            Ok(())
        }
    }
}

fn mac(secret: &[u8], content: &[u8]) -> Vec<u8> {
    Sha256::new()
        .chain_update(secret)
        .chain_update(content)
        .finalize()[..MAC_BYTES]
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cannot_be_made_by_others_and_do_not_last() {
        let at = Timestamp::UNIX_EPOCH;
        let token = PageToken {
            parameters: 7,
            after: None,
            page: 1,
            started: at,
            issued: at,
        };
        let text = token.encode(b"secret");
        assert_eq!(PageToken::decode(&text, b"secret"), Some(token.clone()));
        assert_eq!(PageToken::decode(&text, b"other"), None);
        assert_eq!(PageToken::decode("x", b"secret"), None);
        let later = |duration| at.checked_add(duration).unwrap();
        assert_eq!(token.check(7, later(SignedDuration::from_mins(60))), Ok(()));
        assert_eq!(
            token.check(7, later(SignedDuration::from_mins(61))),
            Err(Spent::TooSlow)
        );
        assert_eq!(
            token.check(7, later(SignedDuration::from_hours(73))),
            Err(Spent::Invalid)
        );
        assert_eq!(token.check(8, at), Err(Spent::Invalid));
    }
}
