//! People, their photos and aliases.

use super::shape::{Resource, Shape, flat};

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
pub(super) static TYPED_VALUE: Resource = flat(&["customType", "type", "value"]);
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

/// `Aliases`, the answer of users.aliases.list and groups.aliases.list.
pub(crate) static ALIASES: Resource = Resource {
    leaves: &["kind", "etag"],
    nested: &[("aliases", Shape::Object(&ALIAS))],
};
static ALIAS: Resource = flat(&["alias", "etag", "id", "kind", "primaryEmail"]);
