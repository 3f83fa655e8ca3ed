//! Where an operator works: in every namespace, or in those that it was given.

use std::fmt;

use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Resource};

/// Where an operator works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Every namespace.
    Everywhere,
    /// One namespace.
    Namespace(String),
}

impl Place {
    /// One place per named namespace; everywhere when none is named.
    pub fn of(namespaces: &[String]) -> Vec<Self> {
        if namespaces.is_empty() {
            return vec![Self::Everywhere];
        }
        namespaces.iter().cloned().map(Self::Namespace).collect()
    }

    /// The objects of a kind in this place.
    pub fn api<K>(&self, client: kube::Client) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        match self {
            Self::Everywhere => Api::all(client),
            Self::Namespace(namespace) => Api::namespaced(client, namespace),
        }
    }

    /// Whether a namespace belongs to it.
    pub fn covers(&self, namespace: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Namespace(own) => own == namespace,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => f.write_str("all namespaces"),
            Self::Namespace(own) => write!(f, "namespace {own}"),
        }
    }
}
