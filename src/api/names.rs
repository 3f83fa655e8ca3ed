//! Names that Dialplane uses on objects: labels, annotations, finalizer, field manager.

/// The API group of the resources.
pub const GROUP: &str = "dialplane.io";
/// Field manager of every request.
pub const FIELD_MANAGER: &str = "dialplane";

/// Recommended Kubernetes label for the tool that manages an object.
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`LABEL_MANAGED_BY`] on extensions that Dialplane manages.
pub const MANAGED_BY: &str = "dialplane";
/// Tenant of the extension.
pub const LABEL_TENANT: &str = "dialplane.io/tenant";
/// Name of the integration that manages the extension. A release removes it.
pub const LABEL_INTEGRATION: &str = "dialplane.io/integration";
/// Source of the user details.
pub const LABEL_SOURCE: &str = "dialplane.io/source";
/// Value of [`LABEL_SOURCE`] for users of a Google directory.
pub const SOURCE_GOOGLE: &str = "google";
/// Immutable ID of the Google user.
pub const LABEL_GOOGLE_USER_ID: &str = "dialplane.io/google-user-id";
/// Labels that Dialplane sets on a managed extension and removes on a release.
pub const EXTENSION_LABELS: [&str; 5] = [
    LABEL_MANAGED_BY,
    LABEL_TENANT,
    LABEL_INTEGRATION,
    LABEL_SOURCE,
    LABEL_GOOGLE_USER_ID,
];

/// Requests a sync: any value that differs from `status.users.lastHandledSyncRequest`.
pub const ANNOTATION_SYNC_REQUESTED_AT: &str = "dialplane.io/sync-requested-at";
/// Approves the held plan with this hash.
pub const ANNOTATION_APPROVE_REMOVALS: &str = "dialplane.io/approve-removals";

/// On an extension: the reason for which an administrator edits locked fields or deletes it in an emergency.
pub const ANNOTATION_BREAK_GLASS: &str = "dialplane.io/break-glass";

/// Blocks the deletion of an integration until its extensions are released or deleted.
pub const FINALIZER: &str = "dialplane.io/extensions";
