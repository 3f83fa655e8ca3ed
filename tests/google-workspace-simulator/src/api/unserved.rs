//! What Google has and the simulator does not.

use super::methods::matches;

/// Other parts of the Directory API that can be read. Patterns as of a method's path.
const DIRECTORY: &[&str] = &[
    "/admin/directory/v1/customer/{key}/chrome/{+rest}",
    "/admin/directory/v1/customer/{key}/devices/{+rest}",
    "/admin/directory/v1/customer/{key}/resources/{+rest}",
    "/admin/directory/v1/customer/{key}/roles/ALL/privileges",
    "/admin/directory/v1/customers/{key}/chrome/{+rest}",
    "/admin/directory/v1/users/{key}/asps",
    "/admin/directory/v1/users/{key}/asps/{key}",
    "/admin/directory/v1/users/{key}/tokens",
    "/admin/directory/v1/users/{key}/tokens/{key}",
    "/admin/directory/v1/users/{key}/verificationCodes",
];

/// What the paths of Google's other APIs begin with.
const OTHERS: &[&str] = &[
    "/admin/datatransfer/v1/",
    "/admin/reports/v1/",
    "/apps/licensing/v1/",
    "/calendar/v3/",
    "/drive/v3/",
    "/gmail/v1/",
    "/groups/v1/groups/",
];

/// Whether a path is one of Google's.
pub(crate) fn is_googles(path: &str) -> bool {
    OTHERS.iter().any(|start| path.starts_with(start))
        || DIRECTORY.iter().any(|pattern| matches(pattern, path))
}
