//! Administrators' roles, and who has them: that follows from the flags of people and of service accounts.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

use crate::directory::draft::etag;
use crate::directory::shelf::Order;
use crate::workspace::Workspace;

/// A role.
struct Role {
    id: u64,
    name: &'static str,
    description: &'static str,
    system: bool,
    privileges: &'static [&'static str],
}

/// Whoever has `isAdmin`.
const SUPER_ADMIN: Role = Role {
    id: 31_890_124_756_000_001,
    name: "_SEED_ADMIN_ROLE",
    description: "Google Workspace Administrator Seed Role",
    system: true,
    privileges: &["SUPER_ADMIN"],
};
/// Whoever has `isDelegatedAdmin`.
const USER_MANAGEMENT: Role = Role {
    id: 31_890_124_756_000_005,
    name: "_USER_MANAGEMENT_ADMIN_ROLE",
    description: "User Management Administrator",
    system: true,
    privileges: &["USERS_ALL", "ORGANIZATION_UNITS_RETRIEVE"],
};
/// Service accounts with an admin role.
const READER: Role = Role {
    id: 31_890_124_756_000_009,
    name: "Directory reader",
    description: "Reads users, groups and organizational units",
    system: false,
    privileges: &["USERS_RETRIEVE", "GROUPS_RETRIEVE", "ORGANIZATION_UNITS_RETRIEVE"],
};
/// Roles of every customer that nobody of this one has.
const UNUSED: [Role; 3] = [
    Role {
        id: 31_890_124_756_000_002,
        name: "_GROUPS_ADMIN_ROLE",
        description: "Groups Administrator",
        system: true,
        privileges: &["GROUPS_ALL", "USERS_RETRIEVE", "ORGANIZATION_UNITS_RETRIEVE"],
    },
    Role {
        id: 31_890_124_756_000_003,
        name: "_HELP_DESK_ADMIN_ROLE",
        description: "Help Desk Administrator",
        system: true,
        privileges: &[
            "USERS_RESET_PASSWORD",
            "USERS_RETRIEVE",
            "ORGANIZATION_UNITS_RETRIEVE",
        ],
    },
    Role {
        id: 31_890_124_756_000_004,
        name: "_SERVICE_ADMIN_ROLE",
        description: "Services Administrator",
        system: true,
        privileges: &["SERVICES_ALL"],
    },
];

/// The service that the directory's privileges belong to.
const DIRECTORY_SERVICE: &str = "00haapch16h1ysv";

/// All roles, as `Role` resources.
pub(crate) fn all() -> Vec<Map<String, Value>> {
    let used = [SUPER_ADMIN, USER_MANAGEMENT, READER];
    used.iter().chain(&UNUSED).map(show).collect()
}

fn show(role: &Role) -> Map<String, Value> {
    let privileges: Vec<Value> = role
        .privileges
        .iter()
        .map(|name| json!({ "privilegeName": name, "serviceId": DIRECTORY_SERVICE }))
        .collect();
    object(
        json!({ "kind": "admin#directory#role", "etag": etag(&role.id), "roleId": role.id.to_string(),
        "roleName": role.name, "roleDescription": role.description, "isSystemRole": role.system,
        "isSuperAdminRole": role.id == SUPER_ADMIN.id, "rolePrivileges": privileges }),
    )
}

/// All assignments, as `RoleAssignment` resources.
pub(crate) fn assignments(workspace: &Workspace) -> Vec<Map<String, Value>> {
    let directory = workspace.directory();
    let mut found = Vec::new();
    for user in directory.people(false).after(Order::Email, false, None) {
        for (flag, role) in [("isAdmin", &SUPER_ADMIN), ("isDelegatedAdmin", &USER_MANAGEMENT)] {
            if user.flag(flag) {
                found.push(assignment(role, &user.id()));
            }
        }
    }
    let numbers = workspace.numbers_of_accounts_with_a_role();
    found.extend(numbers.iter().map(|number| assignment(&READER, number)));
    found
}

fn assignment(role: &Role, assignee: &str) -> Map<String, Value> {
    let mut hasher = DefaultHasher::new();
    (role.id, assignee).hash(&mut hasher);
    // Google's numbers have a sign and up to 17 digits.
    let id = hasher.finish() % 100_000_000_000_000_000;
    object(
        json!({ "kind": "admin#directory#roleAssignment", "etag": etag(&id), "roleAssignmentId": id.to_string(),
        "roleId": role.id.to_string(), "assignedTo": assignee, "assigneeType": "user", "scopeType": "CUSTOMER" }),
    )
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
