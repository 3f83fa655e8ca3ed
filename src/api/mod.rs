//! The custom resources that people and the PBX read and write, and the names that belong to them.
//!
//! Group `dialplane.io`, version `v1alpha1`. The doc comments in this folder become the descriptions of the CRDs, so
//! they are the manual that `kubectl explain` prints: effect, default, unit, and what happens when a field is left out.

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
