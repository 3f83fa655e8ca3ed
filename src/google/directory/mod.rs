//! The Directory API: people.


mod client;
mod fields;
mod listing;
mod lists;
mod page;
mod projection;
mod user;
mod users;

pub use client::Directory;
pub use fields::{FieldWarning, Problem};
pub use lists::{ExternalId, Language, Organization, Phone};
pub use page::{MalformedUser, UserPage};
pub use projection::{InvalidProjection, Projection, Resource};
pub use user::{InvalidUserId, User, UserId};
pub use users::UserList;
