//! The custom resources that users and the phone system read and write, and their names.
//!
//! Group `dialplane.io`, version `v1alpha1`. The doc comments in this folder become the descriptions of the CRDs, so
//! they are the manual that `kubectl explain` prints: effect, default, unit, example, and what an omitted field means.

pub mod conditions;
mod crds;
mod duration;
pub mod extension;
pub mod integration;
pub mod names;
pub mod reasons;
pub mod status;

pub use crds::{all as crds, to_yaml as crd_yaml};
pub use duration::GoDuration;
pub use extension::{PbxExtension, PbxExtensionSpec};
pub use integration::{GoogleWorkspaceIntegration, GoogleWorkspaceIntegrationSpec};
pub use status::GoogleWorkspaceIntegrationStatus;
