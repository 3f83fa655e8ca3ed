//! One membership.

use serde_json::{Map, Value};

/// What a membership stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody of this directory; while deleted, not a member.
    Person,
    /// A group of this directory.
    Group,
    /// Everybody in the organization.
    Customer,
    /// An address of somebody else, or one that leads nowhere.
    Outsider,
}

/// One membership.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) resource: Map<String, Value>,
}
