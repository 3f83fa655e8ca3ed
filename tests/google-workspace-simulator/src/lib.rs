//! A faithful local Google Workspace: the token endpoint and the Directory API of one simulated customer, on one origin.
//!
//! It reproduces Google's answers, errors included, so that any Google client can be pointed at it. What is simulated is
//! the jwt-bearer grant of `/token`, tokens that a service account with an admin role signs itself, and of the Directory API
//! channels.stop, customers.get, domains.list and .get, domainAliases.list, groups.list and .get, groups.aliases.list,
//! members.list, .get and .hasMember, orgunits.list and .get, roles.list and .get, roleAssignments.list and .get,
//! schemas.list and .get, users.list, .get and .watch, users.aliases.list and .watch, and users.photos.get. They can be called
//! one by one, as `POST` with `X-HTTP-Method-Override`, and in batches (`POST /batch`); `$discovery/rest` describes them.
//! What else can be read of Google's APIs is not found, in JSON; everything else is the gateway's HTML 404.
//!
//! What a test can change, in-process with [`Simulator`] or by hand below `/_simulator/`:
//!
//! | request | effect |
//! |---|---|
//! | `GET`, `DELETE requests` | the log of requests to Google's paths: method, path, query, scopes, status |
//! | `POST users` | adds a person; a field that is `null` stays absent, values may be malformed |
//! | `PATCH users/ID` | JSON merge patch: rename, suspend, archive; `{"deletionTime": null}` restores a deleted person |
//! | `DELETE users/ID` | deletes a person, who is listed with showDeleted for 20 days |
//! | `PUT`, `DELETE users/ID/photo` | a photo: the image itself with its `Content-Type`, or a `UserPhoto` as JSON |
//! | `POST groups`, `PATCH`, `DELETE groups/KEY` | a group, by address, alias or id; a renamed one keeps its old address as alias |
//! | `POST groups/KEY/members`, `DELETE groups/KEY/members/MEMBERKEY` | a membership: of a person, a group, `{"type": "CUSTOMER"}`, or any outside address |
//! | `POST orgunits`, `PATCH`, `DELETE orgunits/ID` | an organizational unit, by id (`id:` may be left out) or path; units and people below follow a renamed or moved one |
//! | `GET channels` | the open channels of users.watch, without their tokens |
//! | `GET`, `PATCH switches` | ways of Google that vary, see [`Switches`] |
//! | `POST`, `DELETE faults` | makes requests fail, see [`Fault`] |
//! | `POST clock {"advance": "25m"}` | moves the clock by which tokens, channels and deleted people expire |
//! | `POST apis {"service": "admin.googleapis.com", "enabled": false}` | disables the Admin SDK in every project |
//! | `POST serviceAccounts` | adds or replaces a service account: key, delegated scopes, admin role |
//!
//! Bodies are resources in the JSON of Google's API, and what is made or changed is answered the same way.
//!
//! Whatever changes a person is announced to the channels of users.watch: `add`, `update` (also of a photo), `delete`,
//! `undelete`, and `makeAdmin` when `isAdmin` becomes true. Units that are renamed or moved change the people in them
//! without a notification.
//!
//! What Google puts up with is put up with: query parameters that a method does not have, an empty `pageToken`, `customer`
//! together with `domain` (the domain wins), and a `maxResults` above a maximum that only Google's words know. The switch
//! `strict` refuses all of it, for the tests of clients that should not rely on it.
//!
//! Where Google's behaviour is not documented the simulator chooses: `maxResults` above a declared maximum, spent page
//! tokens and watching without `event` are 400; a domain that nobody has is 404 "Domain not found.", one of another customer
//! (`foreignDomains` of the seed) 403 as another customer's id is; hasMember tells nothing (400) of whoever has an address in
//! another domain than the group, member or not; a suspended or archived person cannot be impersonated
//! (`invalid_account`); a deleted person is no member until restored. Assertions are judged by the real clock, which their
//! signer shares, and not by the simulator's.

mod answers;
mod api;
mod auth;
mod batch;
mod clock;
mod connection;
mod control;
mod directory;
mod faults;
mod front;
pub mod generate;
mod hold;
mod intercept;
pub mod keys;
mod mask;
mod options;
mod push;
mod query;
mod requests;
mod roles;
mod schema;
pub mod seed;
mod server;
mod switches;
mod workspace;

pub use clock::parse_duration;
pub use directory::ChangeError;
pub use faults::Fault;
pub use hold::Hold;
pub use options::Options;
pub use requests::SeenRequest;
pub use seed::{Seed, ServiceAccountSeed};
pub use server::Simulator;
pub use switches::{PhotoMimeType, PhotoPadding, Switches};
