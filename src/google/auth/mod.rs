//! Who we are to Google.

pub(super) mod granted;
mod service_account;
mod token_source;

pub use service_account::ServiceAccountKey;
pub use token_source::TokenSource;

/// The one scope that reading users needs: their lists, themselves, their photos and their notifications. A
/// delegation must list exactly the scopes that are asked for: a read-only scope is not implied by its parent.
pub const DIRECTORY_USERS_SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
/// What [`Directory::members`](super::Directory::members) needs.
pub const DIRECTORY_GROUP_MEMBERS_SCOPE: &str =
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly";
/// What [`Directory::org_units`](super::Directory::org_units) needs.
pub const DIRECTORY_ORG_UNITS_SCOPE: &str =
    "https://www.googleapis.com/auth/admin.directory.orgunit.readonly";
