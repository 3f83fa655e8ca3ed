//! The simulated methods of the Directory API: what reaches them, what they take, and whom they let in.

use crate::auth::scopes;
use crate::schema::{self, Resource};

/// A method as the discovery document knows it.
pub(crate) struct Method {
    /// Such as `members.list`.
    pub(crate) id: &'static str,
    /// As the gateway's errors name it, such as `DirectoryUsers.List`.
    pub(crate) name: &'static str,
    pub(crate) http: &'static str,
    /// `{key}` stands for one part of the path, `{+key}` at the end for all that is left.
    pub(crate) path: &'static str,
    /// Query parameters, beside those of every call.
    pub(crate) parameters: &'static [&'static str],
    /// Any one of these lets a token in.
    pub(crate) scopes: &'static [&'static str],
    /// What the body of a request is, by the name of its schema.
    pub(crate) request: Option<&'static str>,
    /// What the answer is, by the name of its schema.
    pub(crate) response: Option<&'static str>,
    /// Where the items of the answer are, for lists.
    pub(crate) items: Option<&'static str>,
    /// Whether the list has pages.
    pub(crate) paged: bool,
}

impl Method {
    /// A method that is called with `GET`.
    const fn get(
        id: &'static str,
        name: &'static str,
        path: &'static str,
        scopes: &'static [&'static str],
        response: &'static str,
    ) -> Self {
        Self {
            id,
            name,
            http: "GET",
            path,
            parameters: &[],
            scopes,
            request: None,
            response: Some(response),
            items: None,
            paged: false,
        }
    }

    /// A method that takes a channel.
    const fn channel(
        id: &'static str,
        name: &'static str,
        path: &'static str,
        scopes: &'static [&'static str],
    ) -> Self {
        Self {
            http: "POST",
            request: Some("Channel"),
            ..Self::get(id, name, path, scopes, "Channel")
        }
    }

    const fn with(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = parameters;
        self
    }

    const fn of(mut self, items: &'static str) -> Self {
        self.items = Some(items);
        self
    }

    const fn pages_of(mut self, items: &'static str) -> Self {
        self.paged = true;
        self.of(items)
    }
}

/// Parameters of users.list, and of users.watch as well.
const PEOPLE: &[&str] = &[
    "customFieldMask",
    "customer",
    "domain",
    "event",
    "maxResults",
    "orderBy",
    "pageToken",
    "projection",
    "query",
    "showDeleted",
    "sortOrder",
    "viewType",
];
const ONE_PERSON: &[&str] = &["customFieldMask", "projection", "viewType"];
const GROUPS: &[&str] = &[
    "customer",
    "domain",
    "maxResults",
    "orderBy",
    "pageToken",
    "query",
    "sortOrder",
    "userKey",
];
const MEMBERS: &[&str] = &["includeDerivedMembership", "maxResults", "pageToken", "roles"];

macro_rules! methods {
    ($($name:ident = $made:expr;)*) => {
        $(pub(crate) static $name: Method = $made;)*
        static METHODS: &[&Method] = &[$(&$name),*];
    };
}

#[rustfmt::skip]
methods! {
    CHANNELS_STOP = Method { response: None, ..Method::channel("channels.stop", "DirectoryChannels.Stop",
        "/admin/directory_v1/channels/stop", scopes::CHANNELS_STOP) };
    CUSTOMERS_GET = Method::get("customers.get", "DirectoryCustomers.Get",
        "/admin/directory/v1/customers/{customerKey}", scopes::CUSTOMERS_GET, "Customer");
    CUSTOMER_USAGE_GET = Method::get("customerUsageReports.get", "CustomerUsageReports.Get",
        "/admin/reports/v1/usage/dates/{date}", scopes::USAGE, "UsageReports")
        .of("usageReports").with(&["customerId", "pageToken", "parameters"]);
    DOMAIN_ALIASES_LIST = Method::get("domainAliases.list", "DirectoryDomainAliases.List",
        "/admin/directory/v1/customer/{customer}/domainaliases", scopes::DOMAINS, "DomainAliases")
        .of("domainAliases").with(&["parentDomainName"]);
    DOMAINS_GET = Method::get("domains.get", "DirectoryDomains.Get",
        "/admin/directory/v1/customer/{customer}/domains/{domainName}", scopes::DOMAINS, "Domains");
    DOMAINS_LIST = Method::get("domains.list", "DirectoryDomains.List",
        "/admin/directory/v1/customer/{customer}/domains", scopes::DOMAINS, "Domains2").of("domains");
    GROUPS_LIST = Method::get("groups.list", "DirectoryGroups.List",
        "/admin/directory/v1/groups", scopes::GROUPS, "Groups").pages_of("groups").with(GROUPS);
    GROUPS_GET = Method::get("groups.get", "DirectoryGroups.Get",
        "/admin/directory/v1/groups/{groupKey}", scopes::GROUPS, "Group");
    GROUPS_ALIASES_LIST = Method::get("groups.aliases.list", "DirectoryGroupsAliases.List",
        "/admin/directory/v1/groups/{groupKey}/aliases", scopes::GROUPS, "Aliases").of("aliases");
    MEMBERS_HAS_MEMBER = Method::get("members.hasMember", "DirectoryMembers.HasMember",
        "/admin/directory/v1/groups/{groupKey}/hasMember/{memberKey}", scopes::MEMBERS, "MembersHasMember");
    MEMBERS_LIST = Method::get("members.list", "DirectoryMembers.List",
        "/admin/directory/v1/groups/{groupKey}/members", scopes::MEMBERS, "Members").pages_of("members").with(MEMBERS);
    MEMBERS_GET = Method::get("members.get", "DirectoryMembers.Get",
        "/admin/directory/v1/groups/{groupKey}/members/{memberKey}", scopes::MEMBERS, "Member");
    ORG_UNITS_LIST = Method::get("orgunits.list", "DirectoryOrgunits.List",
        "/admin/directory/v1/customer/{customerId}/orgunits", scopes::ORG_UNITS, "OrgUnits")
        .of("organizationUnits").with(&["orgUnitPath", "type"]);
    ORG_UNITS_GET = Method::get("orgunits.get", "DirectoryOrgunits.Get",
        "/admin/directory/v1/customer/{customerId}/orgunits/{+orgUnitPath}", scopes::ORG_UNITS, "OrgUnit");
    BUILDINGS_LIST = Method::get("resources.buildings.list", "DirectoryBuildings.List",
        "/admin/directory/v1/customer/{customer}/resources/buildings", scopes::RESOURCES, "Buildings")
        .pages_of("buildings").with(&["maxResults", "pageToken"]);
    ROLE_ASSIGNMENTS_GET = Method::get("roleAssignments.get", "DirectoryRoleAssignments.Get",
        "/admin/directory/v1/customer/{customer}/roleassignments/{roleAssignmentId}", scopes::ROLES, "RoleAssignment");
    ROLE_ASSIGNMENTS_LIST = Method::get("roleAssignments.list", "DirectoryRoleAssignments.List",
        "/admin/directory/v1/customer/{customer}/roleassignments", scopes::ROLES, "RoleAssignments")
        .pages_of("items").with(&["includeIndirectRoleAssignments", "maxResults", "pageToken", "roleId", "userKey"]);
    ROLES_GET = Method::get("roles.get", "DirectoryRoles.Get",
        "/admin/directory/v1/customer/{customer}/roles/{roleId}", scopes::ROLES, "Role");
    ROLES_LIST = Method::get("roles.list", "DirectoryRoles.List",
        "/admin/directory/v1/customer/{customer}/roles", scopes::ROLES, "Roles")
        .pages_of("items").with(&["maxResults", "pageToken"]);
    SCHEMAS_GET = Method::get("schemas.get", "DirectorySchemas.Get",
        "/admin/directory/v1/customer/{customerId}/schemas/{schemaKey}", scopes::SCHEMAS, "Schema");
    SCHEMAS_LIST = Method::get("schemas.list", "DirectorySchemas.List",
        "/admin/directory/v1/customer/{customerId}/schemas", scopes::SCHEMAS, "Schemas").of("schemas");
    USERS_LIST = Method::get("users.list", "DirectoryUsers.List",
        "/admin/directory/v1/users", scopes::USERS_LIST, "Users").pages_of("users").with(PEOPLE);
    USERS_WATCH = Method::channel("users.watch", "DirectoryUsers.Watch",
        "/admin/directory/v1/users/watch", scopes::USERS_LIST).with(PEOPLE);
    USERS_GET = Method::get("users.get", "DirectoryUsers.Get",
        "/admin/directory/v1/users/{userKey}", scopes::USERS_GET, "User").with(ONE_PERSON);
    USERS_ALIASES_LIST = Method::get("users.aliases.list", "DirectoryUsersAliases.List",
        "/admin/directory/v1/users/{userKey}/aliases", scopes::USERS_ALIASES, "Aliases").of("aliases").with(&["event"]);
    USERS_ALIASES_WATCH = Method::channel("users.aliases.watch", "DirectoryUsersAliases.Watch",
        "/admin/directory/v1/users/{userKey}/aliases/watch", scopes::USERS_ALIASES).with(&["event"]);
    USERS_PHOTOS_GET = Method::get("users.photos.get", "DirectoryPhotos.Get",
        "/admin/directory/v1/users/{userKey}/photos/thumbnail", scopes::USERS_GET, "UserPhoto");
}

/// The resources of the methods, by the names that the discovery document has for them.
pub(crate) static RESOURCES: &[(&str, &Resource)] = &[
    ("Aliases", &schema::ALIASES),
    ("Buildings", &schema::BUILDINGS),
    ("Channel", &schema::CHANNEL),
    ("Customer", &schema::CUSTOMER),
    ("DomainAliases", &schema::DOMAIN_ALIASES),
    ("Domains", &schema::DOMAIN),
    ("Domains2", &schema::DOMAINS),
    ("Group", &schema::GROUP),
    ("Groups", &schema::GROUPS),
    ("Member", &schema::MEMBER),
    ("Members", &schema::MEMBERS),
    ("MembersHasMember", &schema::HAS_MEMBER),
    ("OrgUnit", &schema::ORG_UNIT),
    ("OrgUnits", &schema::ORG_UNITS),
    ("Role", &schema::ROLE),
    ("RoleAssignment", &schema::ROLE_ASSIGNMENT),
    ("RoleAssignments", &schema::ROLE_ASSIGNMENTS),
    ("Roles", &schema::ROLES),
    ("Schema", &schema::SCHEMA),
    ("Schemas", &schema::SCHEMAS),
    ("UsageReports", &schema::USAGE_REPORTS),
    ("User", &schema::USER),
    ("UserPhoto", &schema::PHOTO),
    ("Users", &schema::USERS),
];

/// The method that a request calls.
pub(crate) fn called(http: &str, path: &str) -> Option<&'static Method> {
    all().find(|method| method.http == http && matches(method.path, path))
}

/// All methods.
pub(crate) fn all() -> impl Iterator<Item = &'static Method> {
    METHODS.iter().copied()
}

/// Whether a path is of a pattern, as a method's path is.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        match (wanted, parts.next()) {
            (rest, part) if rest.starts_with("{+") => return part.is_some(),
            (key, Some(part)) if key.starts_with('{') && !part.is_empty() => {}
            (wanted, Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let id = |http, path| called(http, path).map(|method| method.id);
        assert_eq!(
            id("GET", "/admin/directory/v1/groups/a%40b/members"),
            Some("members.list")
        );
        assert_eq!(id("GET", "/admin/directory/v1/groups/a@b"), Some("groups.get"));
        assert_eq!(
            id("GET", "/admin/directory/v1/customer/C1/orgunits/A/B"),
            Some("orgunits.get")
        );
        assert_eq!(
            id("GET", "/admin/directory/v1/customer/C1/orgunits"),
            Some("orgunits.list")
        );
        assert_eq!(id("POST", "/admin/directory/v1/users/watch"), Some("users.watch"));
        assert_eq!(
            id("GET", "/admin/directory/v1/users/1/photos/thumbnail"),
            Some("users.photos.get")
        );
        assert_eq!(
            id("POST", "/admin/directory/v1/users/1/aliases/watch"),
            Some("users.aliases.watch")
        );
        assert_eq!(id("POST", "/admin/directory/v1/groups"), None);
        assert_eq!(id("GET", "/admin/directory/v1/groups/"), None);
    }

    #[test]
    fn every_answer_and_every_body_has_a_schema() {
        for method in all() {
            for name in method.request.into_iter().chain(method.response) {
                let known = RESOURCES.iter().any(|(known, _)| *known == name);
                assert!(known, "{}: {name}", method.id);
            }
        }
    }
}
