//! Ways of Google that differ from answer to answer, or that a test wants at will.

use serde::{Deserialize, Serialize};

/// What can be switched. The default is Google at its best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
// They are independent switches and no state of anything.
#[allow(clippy::struct_excessive_bools)]
pub struct Switches {
    /// Refuses what Google puts up with: query parameters that a method does not have, an empty `pageToken`, `customer`
    /// together with `domain`, and a `maxResults` above the maximum of any list. It shows that a client relies on none of it.
    pub strict: bool,
    /// Tokens that a service account signs itself are no credentials; only those of the token endpoint are.
    pub refuse_self_signed_tokens: bool,
    /// members.list with includeDerivedMembership misses every third member, as it does in the field.
    pub incomplete_derived_membership: bool,
    /// How `photoData` is padded.
    pub photo_padding: PhotoPadding,
    /// How a photo's `mimeType` is spelt.
    pub photo_mime_type: PhotoMimeType,
    /// users.watch takes `http` addresses, and notifications are sent to servers whose certificate nobody vouches for.
    pub insecure_webhooks: bool,
    /// users.watch answers only after the receiver got the `sync` message, which may come first with Google as well.
    pub sync_before_answer: bool,
    /// Every notification is sent twice.
    pub duplicate_notifications: bool,
    /// A notification waits for the next one of its channel, up to a second, and is sent after it.
    pub reordered_notifications: bool,
}

impl Switches {
    /// Google at its best, and strict.
    pub fn strict() -> Self {
        Self {
            strict: true,
            ..Self::default()
        }
    }
}

/// What fills `photoData` up to four characters; Google's documentation and Google's answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PhotoPadding {
    /// `=`, as in recorded answers.
    #[default]
    Equals,
    /// `.`, as documented for padding.
    Dots,
    /// `*`, as documented in place of `=`.
    Asterisks,
    /// Nothing.
    None,
}

/// The spelling of a photo's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PhotoMimeType {
    /// `image/jpeg`, as in a recorded answer.
    #[default]
    MimeType,
    /// `JPEG`, as documented.
    Name,
}
