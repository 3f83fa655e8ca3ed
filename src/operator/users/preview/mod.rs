//! What a sync would do, for people who ask before it happens: the operator's own steps on an index of its own, with
//! every write left out.
//!
//! There is no second way of planning here. The guards are the operator's too: what it would hold or refuse, a preview
//! holds or refuses.

mod candidates;
mod cluster;
mod explain;
mod plan;

pub use self::candidates::{Candidate, Candidates};
pub use self::cluster::Clients;
pub use self::explain::{Described, Explanation};
pub use self::plan::{Known, Plan, Preview};
