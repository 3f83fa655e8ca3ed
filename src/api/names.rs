//! Names that Dialplane owns on objects: labels, annotations, finalizer, field manager.

/// The API group of the resources.
pub const GROUP: &str = "dialplane.io";
/// Who writes: the field manager of every request.
pub const FIELD_MANAGER: &str = "dialplane";

/// Kubernetes' recommended label for the tool that manages an object.
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`LABEL_MANAGED_BY`] on extensions that Dialplane keeps.
pub const MANAGED_BY: &str = "dialplane";
/// The tenant that the extension belongs to.
pub const LABEL_TENANT: &str = "dialplane.io/tenant";
/// Name of the integration that keeps the extension. Gone after a release.
pub const LABEL_INTEGRATION: &str = "dialplane.io/integration";
/// Where the person comes from: the "G" mark.
pub const LABEL_SOURCE: &str = "dialplane.io/source";
/// Value of [`LABEL_SOURCE`] for people of a Google directory.
pub const SOURCE_GOOGLE: &str = "google";
/// The person's immutable Google id.
pub const LABEL_GOOGLE_USER_ID: &str = "dialplane.io/google-user-id";
/// The labels that Dialplane sets on an extension and takes away on a release.
pub const EXTENSION_LABELS: [&str; 5] = [
    LABEL_MANAGED_BY,
    LABEL_TENANT,
    LABEL_INTEGRATION,
    LABEL_SOURCE,
    LABEL_GOOGLE_USER_ID,
];

/// Asks for a sync: any value that differs from `status.users.lastHandledSyncRequest`.
pub const ANNOTATION_SYNC_REQUESTED_AT: &str = "dialplane.io/sync-requested-at";
/// Approves the held plan with this hash.
pub const ANNOTATION_APPROVE_REMOVALS: &str = "dialplane.io/approve-removals";

/// On an extension: the reason why an administrator changes what belongs to the directory, or deletes it by hand.
pub const ANNOTATION_BREAK_GLASS: &str = "dialplane.io/break-glass";

/// Keeps an integration in place until its extensions are released or deleted.
pub const FINALIZER: &str = "dialplane.io/extensions";
