//! Orders of lists, and where something stands in one.

use serde::{Deserialize, Serialize};

/// What a list is sorted by; case is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(crate) enum Order {
    #[default]
    Email,
    FamilyName,
    GivenName,
}

/// A place in an order: the sort key, then the address and the id, so that no two share a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Place(String, String, String);

impl Place {
    /// The place of something that is ordered by its address alone.
    pub(crate) fn new(address: &str, id: &str) -> Self {
        Self::of(String::new(), address, id.to_owned())
    }

    /// The place of something that is ordered by a key in lower case.
    pub(crate) fn of(key: String, address: &str, id: String) -> Self {
        Self(key, address.to_lowercase(), id)
    }
}
