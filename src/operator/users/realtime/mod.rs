//! Real time: Google notifies us of one person, and that person is served without a sync.
//!
//! The schedule stays complete without it. Channels are opened before a sync begins to read, so that nothing falls between
//! the two; after a time without channels there is a sync. What arrives is a hint and no evidence: Google is asked about the
//! person by id, as for an extension that was edited by hand.

mod channels;
mod condition;
mod feature;
mod inbox;
mod metrics;
mod push;
mod registry;
mod serve;
mod state;
mod url;
mod wanted;

pub use self::feature::{Listening, Realtime};
pub use self::push::{LONGEST_LIFE, Push, SHORTEST_LIFE, Verdict};
pub use self::registry::Claim;
pub use self::serve::serve;
pub use self::url::{InvalidPublicUrl, PATH, PublicUrl};
