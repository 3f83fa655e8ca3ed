//! One integration under work: the object, and the names that every step needs.

use std::sync::Arc;

use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;

use super::index::TenantKey;
use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Users;
use crate::api::names::{ANNOTATION_APPROVE_REMOVALS, ANNOTATION_SYNC_REQUESTED_AT};
use crate::sync::desired::Policy;
use crate::sync::scope::Scope;

/// One integration under work.
#[derive(Clone, Debug)]
pub struct Subject {
    /// As it was when the work began.
    pub object: Arc<GoogleWorkspaceIntegration>,
    /// Namespace and tenant.
    pub key: TenantKey,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
}

/// The inputs of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// `metadata.generation`.
    pub generation: i64,
    /// The annotations that ask for something.
    pub annotations: Vec<String>,
    /// `uid` and `resourceVersion` of the Secret, once it has been read.
    pub secret: Option<String>,
}

impl Subject {
    /// The names of an object that the API server sent.
    pub fn new(object: Arc<GoogleWorkspaceIntegration>) -> Self {
        let namespace = object.namespace().unwrap_or_default();
        let key = TenantKey {
            namespace,
            tenant: object.spec.tenant.name.clone(),
        };
        Self {
            key,
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
            object,
        }
    }

    /// `metadata.generation`.
    pub fn generation(&self) -> i64 {
        self.object.metadata.generation.unwrap_or_default()
    }

    /// Whether somebody has deleted the object.
    pub fn is_deleted(&self) -> bool {
        self.object.metadata.deletion_timestamp.is_some()
    }

    /// `spec.users`, when it is switched on.
    pub fn users(&self) -> Option<&Users> {
        self.object.spec.users.as_ref().filter(|users| users.enabled)
    }

    /// The declaration, as the planner takes it.
    pub fn policy(&self, users: &Users, scope: Arc<Scope>) -> Policy {
        Policy::new(&self.key.tenant, &self.name, scope, users)
    }

    /// The value that asks for a sync, when it has not been carried out.
    pub fn pending_request(&self, handled: Option<&str>) -> Option<&str> {
        self.annotation(ANNOTATION_SYNC_REQUESTED_AT)
            .filter(|request| Some(*request) != handled)
    }

    /// The hash of the plan that somebody approved.
    pub fn approval(&self) -> Option<&str> {
        self.annotation(ANNOTATION_APPROVE_REMOVALS)
    }

    fn annotation(&self, key: &str) -> Option<&str> {
        self.object.annotations().get(key).map(String::as_str)
    }

    /// What an attempt depends on, without the Secret.
    pub fn tried(&self) -> Tried {
        let annotations = [ANNOTATION_SYNC_REQUESTED_AT, ANNOTATION_APPROVE_REMOVALS];
        let annotations = annotations
            .iter()
            .map(|key| self.annotation(key).unwrap_or_default().to_owned())
            .collect();
        Tried {
            generation: self.generation(),
            annotations,
            secret: None,
        }
    }

    /// How other parts refer to the object.
    pub fn reference(&self) -> ObjectRef<GoogleWorkspaceIntegration> {
        ObjectRef::from_obj(&*self.object)
    }
}
