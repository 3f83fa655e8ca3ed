//! The customer, its domains, custom schemas and administrators' roles.

use super::shape::{Resource, Shape, flat};

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

/// `Domains2`, the answer of domains.list.
pub(crate) static DOMAINS: Resource = Resource {
    leaves: &["kind", "etag"],
    nested: &[("domains", Shape::Object(&DOMAIN))],
};

/// `Domains`, which is one domain.
pub(crate) static DOMAIN: Resource = Resource {
    leaves: &[
        "creationTime",
        "domainName",
        "etag",
        "isPrimary",
        "kind",
        "verified",
    ],
    nested: &[("domainAliases", Shape::Object(&DOMAIN_ALIAS))],
};
static DOMAIN_ALIAS: Resource = flat(&[
    "creationTime",
    "domainAliasName",
    "etag",
    "kind",
    "parentDomainName",
    "verified",
]);

/// `DomainAliases`, the answer of domainAliases.list.
pub(crate) static DOMAIN_ALIASES: Resource = Resource {
    leaves: &["kind", "etag"],
    nested: &[("domainAliases", Shape::Object(&DOMAIN_ALIAS))],
};

/// `Schemas`, the answer of schemas.list.
pub(crate) static SCHEMAS: Resource = Resource {
    leaves: &["kind", "etag"],
    nested: &[("schemas", Shape::Object(&SCHEMA))],
};

/// `Schema`: custom fields of people.
pub(crate) static SCHEMA: Resource = Resource {
    leaves: &["displayName", "etag", "kind", "schemaId", "schemaName"],
    nested: &[("fields", Shape::Object(&SCHEMA_FIELD))],
};
static SCHEMA_FIELD: Resource = Resource {
    leaves: &[
        "displayName",
        "etag",
        "fieldId",
        "fieldName",
        "fieldType",
        "indexed",
        "kind",
        "multiValued",
        "readAccessType",
    ],
    nested: &[("numericIndexingSpec", Shape::Object(&NUMERIC_INDEXING))],
};
static NUMERIC_INDEXING: Resource = flat(&["maxValue", "minValue"]);

/// `Roles`, the answer of roles.list.
pub(crate) static ROLES: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken"],
    nested: &[("items", Shape::Object(&ROLE))],
};

/// `Role`.
pub(crate) static ROLE: Resource = Resource {
    leaves: &[
        "etag",
        "isSuperAdminRole",
        "isSystemRole",
        "kind",
        "roleDescription",
        "roleId",
        "roleName",
    ],
    nested: &[("rolePrivileges", Shape::Object(&PRIVILEGE))],
};
static PRIVILEGE: Resource = flat(&["privilegeName", "serviceId"]);

/// `RoleAssignments`, the answer of roleAssignments.list.
pub(crate) static ROLE_ASSIGNMENTS: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken"],
    nested: &[("items", Shape::Object(&ROLE_ASSIGNMENT))],
};

/// `RoleAssignment`.
pub(crate) static ROLE_ASSIGNMENT: Resource = Resource {
    leaves: &[
        "assignedTo",
        "assigneeType",
        "condition",
        "etag",
        "kind",
        "orgUnitId",
        "roleAssignmentId",
        "roleId",
        "scopeType",
    ],
    nested: &[("expirationDetails", Shape::Object(&EXPIRATION))],
};
static EXPIRATION: Resource = flat(&["expireTime"]);

/// `Buildings`, the answer of resources.buildings.list.
pub(crate) static BUILDINGS: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken"],
    nested: &[("buildings", Shape::Object(&BUILDING))],
};
static BUILDING: Resource = Resource {
    leaves: &[
        "buildingId",
        "buildingName",
        "description",
        "etags",
        "floorNames",
        "kind",
    ],
    nested: &[("address", Shape::Open), ("coordinates", Shape::Open)],
};

/// `UsageReports`, the answer of customerUsageReports.get.
pub(crate) static USAGE_REPORTS: Resource = Resource {
    leaves: &["kind", "etag", "nextPageToken"],
    nested: &[
        ("usageReports", Shape::Object(&USAGE_REPORT)),
        ("warnings", Shape::Open),
    ],
};
static USAGE_REPORT: Resource = Resource {
    leaves: &["date", "etag", "kind"],
    nested: &[
        ("entity", Shape::Object(&USAGE_ENTITY)),
        ("parameters", Shape::Object(&USAGE_PARAMETER)),
    ],
};
static USAGE_ENTITY: Resource = flat(&["customerId", "entityId", "profileId", "type", "userEmail"]);
static USAGE_PARAMETER: Resource = flat(&[
    "boolValue",
    "datetimeValue",
    "intValue",
    "msgValue",
    "name",
    "stringValue",
]);
