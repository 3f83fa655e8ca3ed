//! Why a change of the directory was refused.

use std::fmt;

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeError {
    /// Nobody and nothing has this id or address.
    NotFound(String),
    /// The change itself is wrong.
    Invalid(String),
    /// An id or address is taken.
    Conflict(String),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(text) | Self::Invalid(text) | Self::Conflict(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ChangeError {}

impl ChangeError {
    /// The change itself is wrong, for this reason.
    pub(super) fn invalid(text: &str) -> Self {
        Self::Invalid(text.to_owned())
    }

    /// Says where in the seed the refused entry is.
    pub(super) fn at(self, path: &str) -> Self {
        match self {
            Self::NotFound(text) => Self::NotFound(format!("{path}: {text}")),
            Self::Invalid(text) => Self::Invalid(format!("{path}: {text}")),
            Self::Conflict(text) => Self::Conflict(format!("{path}: {text}")),
        }
    }
}

/// There is no person of this id or address.
pub(super) fn nobody(key: &str) -> ChangeError {
    ChangeError::NotFound(format!("{key:?}: no such person"))
}
