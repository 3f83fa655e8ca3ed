//! A faithful local Google Workspace: the token endpoint and the Directory API of one simulated customer, on one origin.
//!
//! It reproduces Google's answers, errors included, so that any Google client can be pointed at it. What is simulated is
//! the jwt-bearer grant of `/token`, and of the Directory API users.list, users.get, users.watch, users.photos.get,
//! channels.stop, groups.list, groups.get, members.list, members.get, members.hasMember, orgunits.list, orgunits.get and
//! customers.get. Everything else below Google's paths is the gateway's HTML 404.
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
//! Where Google's behaviour is not documented the simulator chooses, strictly: `maxResults` above the maximum, unknown query
//! parameters, spent page tokens and users.watch without `event` are 400; a domain that is not the customer's is 404
//! "Domain not found", another customer's id 403; a suspended or archived person cannot be impersonated
//! (`invalid_account`); a deleted person is no member until restored. Assertions are judged by the real clock, which their
//! signer shares, and not by the simulator's.

mod answers;
mod api;
mod auth;
mod clock;
mod connection;
mod control;
mod directory;
mod faults;
pub mod generate;
mod hold;
mod intercept;
pub mod keys;
mod mask;
mod options;
mod push;
mod query;
mod requests;
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
