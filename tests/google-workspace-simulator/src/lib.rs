//! A faithful local Google Workspace: the token endpoint and the Directory API of one simulated customer, on one origin.
//!
//! It reproduces Google's answers, errors included, so that any Google client can be pointed at it. What is simulated is
//! the jwt-bearer grant of `/token`, users.list, users.get and customers.get. Everything else below Google's paths is the
//! gateway's HTML 404.
//!
//! What a test can change, in-process with [`Simulator`] or by hand below `/_simulator/`:
//!
//! | request | effect |
//! |---|---|
//! | `GET`, `DELETE requests` | the log of requests to Google's paths: method, path, query, scopes, status |
//! | `POST users` | adds a person; a field that is `null` stays absent, values may be malformed |
//! | `PATCH users/ID` | JSON merge patch: rename, suspend, archive; `{"deletionTime": null}` restores a deleted person |
//! | `DELETE users/ID` | deletes a person, who is listed with showDeleted for 20 days |
//! | `POST`, `DELETE faults` | makes requests fail, see [`Fault`] |
//! | `POST clock {"advance": "25m"}` | moves the clock by which tokens and deleted people expire |
//! | `POST apis {"service": "admin.googleapis.com", "enabled": false}` | disables the Admin SDK in every project |
//! | `POST serviceAccounts` | adds or replaces a service account: key, delegated scopes, admin role |
//!
//! Where Google's behaviour is not documented the simulator chooses, strictly: `maxResults` above 500, unknown query
//! parameters and spent page tokens are 400; a domain that is not the customer's is 404 "Domain not found", another
//! customer's id 403; a suspended or archived person cannot be impersonated (`invalid_account`). Assertions are judged by
//! the real clock, which their signer shares, and not by the simulator's.

mod answers;
mod api;
mod auth;
mod clock;
mod connection;
mod control;
mod directory;
mod faults;
pub mod generate;
mod intercept;
pub mod keys;
mod mask;
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
pub use requests::SeenRequest;
pub use seed::{Seed, ServiceAccountSeed};
pub use server::{Options, Simulator};
pub use switches::{PhotoMimeType, PhotoPadding, Switches};
