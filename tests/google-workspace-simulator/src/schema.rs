//! Which fields Google's Directory resources have: `schemas` of the discovery document `admin.directory_v1` (20261104).
//!
//! Used to refuse unknown names in `fields` masks (as Google does) and in seeds and control requests (to catch typing errors).

use anyhow::{Result, bail};
use serde_json::{Map, Value};

/// The names below one field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A value without named parts.
    Leaf,
    /// Named parts that only the data knows (`customSchemas`).
    Open,
    /// An object, or a list of objects, with these parts.
    Object(&'static Resource),
}

/// The fields of one resource.
#[derive(Debug)]
pub(crate) struct Resource {
    leaves: &'static [&'static str],
    nested: &'static [(&'static str, Shape)],
}

impl Resource {
    /// The shape of a field, or nothing when the resource has no such field.
    pub(crate) fn field(&self, name: &str) -> Option<Shape> {
        if self.leaves.contains(&name) {
            return Some(Shape::Leaf);
        }
        self.nested
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, shape)| *shape)
    }

    /// Refuses names that the resource does not have. Values of a wrong type are not looked into: a test may want them.
    pub(crate) fn check_names(&self, object: &Map<String, Value>, path: &str) -> Result<()> {
        for (name, value) in object {
            match self.field(name) {
                None => bail!("{path}.{name}: Google's resource has no such field"),
                // Untyped lists may hold anything; only `name` and the like are worth a look inside.
                Some(Shape::Object(resource)) => {
                    if let Value::Object(inner) = value
                        && !UNTYPED.contains(&name.as_str())
                    {
                        resource.check_names(inner, &format!("{path}.{name}"))?;
                    }
                }
                Some(Shape::Leaf | Shape::Open) => {}
            }
        }
        Ok(())
    }
}

/// Fields of `User` that the discovery document leaves untyped (`any`): Google may send anything there.
const UNTYPED: &[&str] = &[
    "addresses",
    "emails",
    "externalIds",
    "gender",
    "ims",
    "keywords",
    "languages",
    "locations",
    "notes",
    "organizations",
    "phones",
    "posixAccounts",
    "relations",
    "sshPublicKeys",
    "websites",
];

const fn flat(leaves: &'static [&'static str]) -> Resource {
    Resource { leaves, nested: &[] }
}

/// `Users`, the answer of users.list.
pub(crate) static USERS: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken", "trigger_event"],
    nested: &[("users", Shape::Object(&USER))],
};

/// `User`.
pub(crate) static USER: Resource = Resource {
    leaves: &[
        "agreedToTerms",
        "aliases",
        "archivalTime",
        "archived",
        "changePasswordAtNextLogin",
        "creationTime",
        "customerId",
        "deletionTime",
        "etag",
        "hashFunction",
        "id",
        "includeInGlobalAddressList",
        "ipWhitelisted",
        "isAdmin",
        "isDelegatedAdmin",
        "isEnforcedIn2Sv",
        "isEnrolledIn2Sv",
        "isGuestUser",
        "isMailboxSetup",
        "kind",
        "lastLoginTime",
        "nonEditableAliases",
        "orgUnitPath",
        "password",
        "primaryEmail",
        "recoveryEmail",
        "recoveryPhone",
        "suspended",
        "suspensionReason",
        "suspensionTime",
        "thumbnailPhotoEtag",
        "thumbnailPhotoUrl",
    ],
    nested: &[
        ("name", Shape::Object(&NAME)),
        ("guestAccountInfo", Shape::Object(&GUEST)),
        ("customSchemas", Shape::Open),
        ("addresses", Shape::Object(&ADDRESS)),
        ("emails", Shape::Object(&EMAIL)),
        ("externalIds", Shape::Object(&TYPED_VALUE)),
        ("gender", Shape::Object(&GENDER)),
        ("ims", Shape::Object(&IM)),
        ("keywords", Shape::Object(&TYPED_VALUE)),
        ("languages", Shape::Object(&LANGUAGE)),
        ("locations", Shape::Object(&LOCATION)),
        ("notes", Shape::Object(&NOTE)),
        ("organizations", Shape::Object(&ORGANIZATION)),
        ("phones", Shape::Object(&PRIMARY_VALUE)),
        ("posixAccounts", Shape::Object(&POSIX_ACCOUNT)),
        ("relations", Shape::Object(&TYPED_VALUE)),
        ("sshPublicKeys", Shape::Object(&SSH_KEY)),
        ("websites", Shape::Object(&PRIMARY_VALUE)),
    ],
};

static NAME: Resource = flat(&["displayName", "familyName", "fullName", "givenName"]);
static GUEST: Resource = flat(&["primaryGuestEmail"]);
static TYPED_VALUE: Resource = flat(&["customType", "type", "value"]);
static PRIMARY_VALUE: Resource = flat(&["customType", "primary", "type", "value"]);
static EMAIL: Resource = Resource {
    leaves: &["address", "customType", "primary", "type"],
    nested: &[("public_key_encryption_certificates", Shape::Open)],
};
static GENDER: Resource = flat(&["addressMeAs", "customGender", "type"]);
static IM: Resource = flat(&[
    "customProtocol",
    "customType",
    "im",
    "primary",
    "protocol",
    "type",
]);
static LANGUAGE: Resource = flat(&["customLanguage", "languageCode", "preference"]);
static LOCATION: Resource = flat(&[
    "area",
    "buildingId",
    "customType",
    "deskCode",
    "floorName",
    "floorSection",
    "type",
]);
static NOTE: Resource = flat(&["contentType", "value"]);
static ORGANIZATION: Resource = flat(&[
    "costCenter",
    "customType",
    "department",
    "description",
    "domain",
    "fullTimeEquivalent",
    "location",
    "name",
    "primary",
    "symbol",
    "title",
    "type",
]);
static POSIX_ACCOUNT: Resource = flat(&[
    "accountId",
    "gecos",
    "gid",
    "homeDirectory",
    "operatingSystemType",
    "primary",
    "shell",
    "systemId",
    "uid",
    "username",
]);
static SSH_KEY: Resource = flat(&["expirationTimeUsec", "fingerprint", "key"]);
static ADDRESS: Resource = flat(&[
    "country",
    "countryCode",
    "customType",
    "extendedAddress",
    "formatted",
    "locality",
    "poBox",
    "postalCode",
    "primary",
    "region",
    "sourceIsStructured",
    "streetAddress",
    "type",
]);

/// `Customer`.
pub(crate) static CUSTOMER: Resource = Resource {
    leaves: &[
        "alternateEmail",
        "customerCreationTime",
        "customerDomain",
        "etag",
        "id",
        "kind",
        "language",
        "phoneNumber",
    ],
    nested: &[("postalAddress", Shape::Object(&POSTAL_ADDRESS))],
};
static POSTAL_ADDRESS: Resource = flat(&[
    "addressLine1",
    "addressLine2",
    "addressLine3",
    "contactName",
    "countryCode",
    "locality",
    "organizationName",
    "postalCode",
    "region",
]);

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

/// `UserPhoto`.
pub(crate) static PHOTO: Resource = flat(&[
    "etag",
    "height",
    "id",
    "kind",
    "mimeType",
    "photoData",
    "primaryEmail",
    "width",
]);

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
