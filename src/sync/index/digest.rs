//! What is kept in memory of one extension.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use kube::Resource;
use kube::api::ObjectMeta;

use crate::api::PbxExtension;
use crate::api::extension::{DisabledReason, Photo};
use crate::api::names::{LABEL_GOOGLE_USER_ID, LABEL_INTEGRATION, LABEL_MANAGED_BY, MANAGED_BY};
use crate::sync::number::Number;
use crate::sync::person::PersonId;
use crate::sync::stored::{Extension, Stored};
use crate::sync::view::View;

/// What is kept in memory of one `PbxExtension`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The number; with the tenant it is the object's name.
    pub number: Number,
    /// The integration that keeps the extension; `None` for one of the phone system's administrators.
    pub integration: Option<Arc<str>>,
    /// The person whose extension it is, when it came from a directory.
    pub person: Option<PersonId>,
    /// The organization that the person came from.
    pub customer: Option<Arc<str>>,
    /// `spec.enabled`.
    pub enabled: bool,
    /// `spec.disabledReason`.
    pub reason: Option<DisabledReason>,
    /// `spec.removeAfter`, in seconds since 1970.
    pub remove_after: Option<i64>,
    /// The addresses in an extension that no integration keeps.
    pub addresses: Option<Box<Addresses>>,
    /// Hash of the [`View`].
    pub view: u64,
    /// [`photo_mark`] of `spec.user.photo`.
    pub photo: u32,
    /// `metadata.generation`.
    pub generation: i64,
    /// `metadata.resourceVersion`; Kubernetes 1.35 and later promise that they compare as numbers, and etcd's always have.
    pub version: u64,
    /// `metadata.creationTimestamp` in seconds since 1970.
    pub created: i64,
    /// Deleted, and kept by somebody's finalizer until that is done.
    pub terminating: bool,
}

impl Digest {
    /// Reduces an object; `None` when its number is none, which the CRD's schema refuses.
    pub fn of(object: &PbxExtension, names: &mut Names) -> Option<Self> {
        let number = Number::parse(&object.spec.number)?;
        let photo = photo_of(object);
        Some(Self::new(
            number,
            &object.metadata,
            &View::of(object),
            photo,
            names,
        ))
    }

    /// Reduces an object that has been read; `None` when its name is none, which the CRD's schema refuses.
    pub fn of_stored(stored: &Stored, read: &Extension, names: &mut Names) -> Option<Self> {
        let (_, number) = stored.place()?;
        let photo = read.photo.as_ref();
        Some(Self::new(number, stored.meta(), &read.view, photo, names))
    }

    fn new(
        number: Number,
        metadata: &ObjectMeta,
        view: &View,
        photo: Option<&Photo>,
        names: &mut Names,
    ) -> Self {
        let integration = integration_of(metadata, names);
        let spec = &view.spec;
        let identity = spec.google.as_ref();
        let person = identity
            .map(|google| google.user_id.as_str())
            .or_else(|| person_by_label(metadata, integration.as_ref()));
        let addresses = integration.is_none().then(|| Addresses::of(view)).flatten();
        let remove_after = spec.remove_after.as_deref();
        Self {
            number,
            integration,
            person: person.map(PersonId::new),
            customer: identity
                .and_then(|google| google.customer_id.as_deref())
                .map(|id| names.shared(id)),
            enabled: spec.enabled,
            reason: spec.disabled_reason,
            remove_after: remove_after
                .and_then(|time| time.parse::<Timestamp>().ok())
                .map(Timestamp::as_second),
            addresses,
            view: view.hash(),
            photo: photo_mark(photo),
            generation: metadata.generation.unwrap_or_default(),
            version: version_of(metadata),
            created: metadata
                .creation_timestamp
                .as_ref()
                .map_or(0, |time| time.0.as_second()),
            terminating: metadata.deletion_timestamp.is_some(),
        }
    }

    /// Disabled by an administrator, not by us: a sync respects that.
    pub fn disabled_by_administrator(&self) -> bool {
        !self.enabled && self.reason.is_none()
    }

    /// Hash of everything that a sync keeps, the photo included. Good within one process only.
    pub fn kept(&self) -> u64 {
        kept(self.view, self.photo)
    }

    pub(super) fn is_kept_by(&self, integration: &str) -> bool {
        self.integration.as_deref() == Some(integration)
    }

    /// Of two extensions of one person the older one stays, and of two equally old ones the lower number; but none that
    /// goes.
    pub(super) fn precedence(&self) -> (bool, i64, Number) {
        (self.terminating, self.created, self.number)
    }
}

/// The integration that keeps an object.
pub(super) fn integration_of(metadata: &ObjectMeta, names: &mut Names) -> Option<Arc<str>> {
    let labels = metadata.labels.as_ref()?;
    let ours = labels
        .get(LABEL_MANAGED_BY)
        .is_some_and(|value| value == MANAGED_BY);
    let name = labels.get(LABEL_INTEGRATION).filter(|_| ours)?;
    Some(names.shared(name))
}

/// The person whom the label of an object names, when an integration keeps it.
pub(super) fn person_by_label<'a>(
    metadata: &'a ObjectMeta,
    integration: Option<&Arc<str>>,
) -> Option<&'a str> {
    integration?;
    let labels = metadata.labels.as_ref()?;
    labels.get(LABEL_GOOGLE_USER_ID).map(String::as_str)
}

fn version_of(metadata: &ObjectMeta) -> u64 {
    let version = metadata.resource_version.as_deref();
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}

/// What an extension says about its person's photo.
pub fn photo_of(object: &PbxExtension) -> Option<&Photo> {
    object.spec.user.as_ref()?.photo.as_ref()
}

/// Hash of what an extension says about a photo, 0 for none. Good within one process only. 32 bits fit where a digest has
/// room; by chance two marks of a photo are equal once in a billion changes.
pub fn photo_mark(photo: Option<&Photo>) -> u32 {
    photo.map_or(0, |photo| {
        let mut hasher = DefaultHasher::new();
        photo.hash(&mut hasher);
        let hash = hasher.finish();
        u32::try_from(hash >> 32).map_or(1, |mark| mark.max(1))
    })
}

/// Hash of an extension with this view and this photo.
pub fn kept(view: u64, photo: u32) -> u64 {
    view ^ u64::from(photo)
}

/// The e-mail addresses of an extension, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(pub(super) Vec<String>);

impl Addresses {
    fn of(view: &View) -> Option<Box<Self>> {
        let user = view.spec.user.as_ref()?;
        let all = user.email.iter().chain(&user.email_aliases);
        let addresses: Vec<_> = all.map(|address| address.to_lowercase()).collect();
        (!addresses.is_empty()).then(|| Box::new(Self(addresses)))
    }
}

/// Shares the few names that stand in every digest.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, Arc<str>>);

impl Names {
    pub(super) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.0.get(name) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = name.into();
        self.0.insert(name.to_owned(), Arc::clone(&shared));
        shared
    }
}
