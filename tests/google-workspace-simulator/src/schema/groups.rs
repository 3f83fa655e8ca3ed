//! Groups, members, organizational units and channels.

use super::people::TYPED_VALUE;
use super::shape::{Resource, Shape, flat};

/// `Group`.
pub(crate) static GROUP: Resource = Resource {
    leaves: &[
        "adminCreated",
        "aliases",
        "description",
        "directMembersCount",
        "email",
        "etag",
        "id",
        "kind",
        "name",
        "nonEditableAliases",
    ],
    nested: &[("externalIds", Shape::Object(&TYPED_VALUE))],
};

/// `Groups`, the answer of groups.list.
pub(crate) static GROUPS: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken"],
    nested: &[("groups", Shape::Object(&GROUP))],
};

/// `Members`, the answer of members.list.
pub(crate) static MEMBERS: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken"],
    nested: &[("members", Shape::Object(&MEMBER))],
};

/// `MembersHasMember`, the answer of members.hasMember.
pub(crate) static HAS_MEMBER: Resource = flat(&["isMember"]);

/// `OrgUnits`, the answer of orgunits.list.
pub(crate) static ORG_UNITS: Resource = Resource {
    leaves: &["kind", "etag"],
    nested: &[("organizationUnits", Shape::Object(&ORG_UNIT))],
};

/// `Channel`.
pub(crate) static CHANNEL: Resource = Resource {
    leaves: &[
        "address",
        "expiration",
        "id",
        "kind",
        "payload",
        "resourceId",
        "resourceUri",
        "token",
        "type",
    ],
    nested: &[("params", Shape::Open)],
};

/// `Member`.
pub(crate) static MEMBER: Resource = flat(&[
    "delivery_settings",
    "email",
    "etag",
    "id",
    "kind",
    "role",
    "status",
    "type",
]);

/// `OrgUnit`.
pub(crate) static ORG_UNIT: Resource = flat(&[
    "blockInheritance",
    "description",
    "etag",
    "kind",
    "name",
    "orgUnitId",
    "orgUnitPath",
    "parentOrgUnitId",
    "parentOrgUnitPath",
]);
