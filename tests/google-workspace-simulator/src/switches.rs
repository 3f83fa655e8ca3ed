//! Ways of Google that differ from answer to answer, or that a test wants at will.

use serde::{Deserialize, Serialize};

/// What can be switched. The default is Google at its best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
// They are independent switches and no state of anything.
#[allow(clippy::struct_excessive_bools)]
pub struct Switches {
    /// members.list with includeDerivedMembership misses every third member, as it does in the field.
    pub incomplete_derived_membership: bool,
}
