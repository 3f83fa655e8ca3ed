//! The Directory API: people.

mod client;
mod fields;
mod lists;
mod page;
mod user;

pub use client::{Directory, UserList};
pub use fields::{FieldWarning, Problem};
pub use lists::{ExternalId, Language, Organization, Phone};
pub use page::{MalformedUser, UserPage};
pub use user::{InvalidUserId, User, UserId};
