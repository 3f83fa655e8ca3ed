//! The Directory API: people, groups' members, organizational units, photos, notifications.

#[cfg(test)]
mod arbitrary;
mod channels;
mod client;
mod fields;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod listing;
mod lists;
mod members;
mod org_units;
mod page;
mod photo;
mod projection;
mod resource;
mod user;
mod users;

pub use channels::{Channel, Event, NewChannel};
pub use client::Directory;
pub use fields::{FieldWarning, Problem};
pub use lists::{ExternalId, Language, Organization, Phone};
pub use members::{Member, MemberKind, MemberPage, Membership};
pub use org_units::{OrgUnit, as_shown};
pub use page::UserPage;
pub use photo::{Mime, Photo};
pub use projection::{InvalidProjection, Projection};
pub use resource::Resource;
pub use user::{InvalidUserId, MalformedUser, User, UserId};
pub use users::UserList;
