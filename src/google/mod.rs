//! A typed, read-only client of Google Workspace.
//!
//! [`Client`] is made once per process; [`Client::directory`] gives the view of one account. Every call has a
//! deadline, bounded retries with jitter, a rate limit per customer, and ends in a value or an [`Error`] that
//! says what to do ([`Class`]) and what is wrong ([`Cause`]). Whatever Google sends is treated as hostile:
//! bounded, cleaned, and decoded so that one bad person never costs another.
//!
//! Facts about Google are from its discovery documents and public documentation (Admin SDK Directory v1,
//! OAuth 2.0 for server to server applications), and from answers that others have recorded.

mod auth;
mod classify;
mod client;
pub mod directory;
mod endpoint;
mod error;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod limits;
mod observer;
mod retry;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod text;
mod transport;

pub use auth::{
    DIRECTORY_GROUP_MEMBERS_SCOPE, DIRECTORY_ORG_UNITS_SCOPE, DIRECTORY_USERS_SCOPE, ServiceAccountKey,
    TokenSource,
};
pub use client::{Client, Tuning};
pub use directory::{Directory, UserList};
pub use endpoint::Endpoints;
pub use error::{ApiActivation, Cause, Class, Error};
pub use limits::RateLimits;
pub use observer::{Method, Observer, Outcome};
pub use retry::RetryPolicy;
pub use text::{is_invisible, is_spelling};
pub use transport::Deadlines;
