//! Scopes: which ones exist, and which ones each method accepts.

/// What every API scope starts with.
const PREFIX: &str = "https://www.googleapis.com/auth/";

/// Accepted by users.list.
pub(crate) const USERS_LIST: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/cloud-platform",
];

/// Accepted by users.get; unlike users.list it does not accept cloud-platform.
pub(crate) const USERS_GET: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
];

/// Accepted by groups.list and groups.get; the member scopes do not suffice.
pub(crate) const GROUPS: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.group",
    "https://www.googleapis.com/auth/admin.directory.group.readonly",
];

/// Accepted by members.list, members.get and members.hasMember.
pub(crate) const MEMBERS: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.group",
    "https://www.googleapis.com/auth/admin.directory.group.readonly",
    "https://www.googleapis.com/auth/admin.directory.group.member",
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly",
];

/// Accepted by orgunits.list and orgunits.get.
pub(crate) const ORG_UNITS: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.orgunit",
    "https://www.googleapis.com/auth/admin.directory.orgunit.readonly",
];

/// Accepted by channels.stop.
pub(crate) const CHANNELS_STOP: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.user.alias",
    "https://www.googleapis.com/auth/admin.directory.user.alias.readonly",
    "https://www.googleapis.com/auth/cloud-platform",
];

/// Accepted by customers.get.
pub(crate) const CUSTOMERS_GET: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.customer",
    "https://www.googleapis.com/auth/admin.directory.customer.readonly",
];

/// Accepted by users.aliases.list and users.aliases.watch.
pub(crate) const USERS_ALIASES: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.alias",
    "https://www.googleapis.com/auth/admin.directory.user.alias.readonly",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
];

/// Accepted by domains.list, domains.get and domainAliases.list.
pub(crate) const DOMAINS: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.domain",
    "https://www.googleapis.com/auth/admin.directory.domain.readonly",
];

/// Accepted by schemas.list and schemas.get.
pub(crate) const SCHEMAS: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.userschema",
    "https://www.googleapis.com/auth/admin.directory.userschema.readonly",
];

/// Accepted by the methods of roles and of their assignments.
pub(crate) const ROLES: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.rolemanagement",
    "https://www.googleapis.com/auth/admin.directory.rolemanagement.readonly",
];

/// Accepted by resources.buildings.list.
pub(crate) const RESOURCES: &[&str] = &[
    "https://www.googleapis.com/auth/admin.directory.resource.calendar",
    "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly",
];

/// Accepted by customerUsageReports.get.
pub(crate) const USAGE: &[&str] = &["https://www.googleapis.com/auth/admin.reports.usage.readonly"];

/// Scopes that Google knows, by what follows [`PREFIX`]: those of the Directory, Reports, Calendar, Gmail, People, Storage
/// and Cloud APIs. A scope outside this list counts as unrecognised at the token endpoint.
const KNOWN: &[&str] = &[
    "admin.chrome.printers",
    "admin.chrome.printers.readonly",
    "admin.directory.customer",
    "admin.directory.customer.readonly",
    "admin.directory.device.chromeos",
    "admin.directory.device.chromeos.readonly",
    "admin.directory.device.mobile",
    "admin.directory.device.mobile.action",
    "admin.directory.device.mobile.readonly",
    "admin.directory.domain",
    "admin.directory.domain.readonly",
    "admin.directory.group",
    "admin.directory.group.member",
    "admin.directory.group.member.readonly",
    "admin.directory.group.readonly",
    "admin.directory.orgunit",
    "admin.directory.orgunit.readonly",
    "admin.directory.resource.calendar",
    "admin.directory.resource.calendar.readonly",
    "admin.directory.rolemanagement",
    "admin.directory.rolemanagement.readonly",
    "admin.directory.user",
    "admin.directory.user.alias",
    "admin.directory.user.alias.readonly",
    "admin.directory.user.readonly",
    "admin.directory.user.security",
    "admin.directory.userschema",
    "admin.directory.userschema.readonly",
    "admin.reports.audit.readonly",
    "admin.reports.usage.readonly",
    "calendar",
    "calendar.calendarlist.readonly",
    "calendar.calendars.readonly",
    "calendar.events",
    "calendar.events.freebusy",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.events.public.readonly",
    "calendar.events.readonly",
    "calendar.freebusy",
    "calendar.readonly",
    "calendar.settings.readonly",
    "cloud-identity.groups",
    "cloud-identity.groups.readonly",
    "cloud-platform",
    "cloud-platform.read-only",
    "contacts",
    "contacts.other.readonly",
    "contacts.readonly",
    "devstorage.full_control",
    "devstorage.read_only",
    "devstorage.read_write",
    "directory.readonly",
    "drive",
    "drive.file",
    "drive.readonly",
    "gmail.compose",
    "gmail.insert",
    "gmail.labels",
    "gmail.metadata",
    "gmail.modify",
    "gmail.readonly",
    "gmail.send",
    "gmail.settings.basic",
    "gmail.settings.sharing",
    "iam",
    "pubsub",
    "service.management",
    "service.management.readonly",
    "userinfo.email",
    "userinfo.profile",
];

/// Whether Google knows a scope.
pub(crate) fn recognised(scope: &str) -> bool {
    match scope.strip_prefix(PREFIX) {
        Some(suffix) => KNOWN.contains(&suffix),
        None => matches!(scope, "openid" | "email" | "profile" | "https://mail.google.com/"),
    }
}
