//! A faithful local Google Workspace: the token endpoint and the Directory API of one simulated customer, on one origin.
//!
//! It reproduces Google's answers, errors included, so that any Google client can be pointed at it. What is simulated is
//! the jwt-bearer grant of `/token`, users.list, users.get and customers.get. Everything else below Google's paths is the
//! gateway's HTML 404. Control paths live under `/_simulator/`; [`Simulator`] offers the same in-process.
//!
//! Where Google's behaviour is not documented the simulator chooses, strictly: `maxResults` above 500, unknown query
//! parameters and spent page tokens are 400; a suspended person cannot be impersonated (`invalid_account`).

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
mod query;
mod requests;
mod schema;
pub mod seed;
mod server;
mod workspace;

pub use clock::parse_duration;
pub use directory::ChangeError;
pub use faults::Fault;
pub use requests::SeenRequest;
pub use seed::{Seed, ServiceAccountSeed};
pub use server::{Options, Simulator};
