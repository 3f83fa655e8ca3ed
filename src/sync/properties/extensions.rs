//! What an extension says, read apart from the code under test.

use kube::ResourceExt;

use super::settings::INTEGRATION;
use crate::api::PbxExtension;
use crate::api::names::{LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, MANAGED_BY};
use crate::sync::person::PersonId;

/// Whose extension it is.
pub fn person_of(object: &PbxExtension) -> Option<PersonId> {
    let identity = object.spec.google.as_ref().map(|google| &google.user_id);
    let label = || {
        let labels = object.labels();
        let kept = labels.get(LABEL_MANAGED_BY)? == MANAGED_BY && labels.contains_key(LABEL_INTEGRATION);
        labels.get(LABEL_GOOGLE_USER_ID).filter(|_| kept)
    };
    identity.or_else(label).map(|id| PersonId::new(id.as_str()))
}

/// Whether our integration keeps the extension.
pub fn is_kept(object: &PbxExtension) -> bool {
    is_kept_by(object, INTEGRATION)
}

/// Whether this integration keeps the extension.
pub fn is_kept_by(object: &PbxExtension, integration: &str) -> bool {
    let is = |label, value| object.labels().get(label).is_some_and(|own| own == value);
    is(LABEL_MANAGED_BY, MANAGED_BY) && is(LABEL_INTEGRATION, integration)
}
