//! Who we are to Google.

mod service_account;
mod token_source;

pub use service_account::ServiceAccountKey;
pub use token_source::TokenSource;

/// The one scope that reading users needs. Nothing else is asked for: a delegation that lists exactly
/// this scope is enough, and one that does not list it fails (a read-only scope is not implied by its parent).
pub const DIRECTORY_USERS_SCOPE: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
