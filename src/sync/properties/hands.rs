//! What administrators do to extensions.

use kube::ResourceExt;
use proptest::prelude::*;

use super::directory::{self, PEOPLE};
use crate::api::extension::{ExtensionUser, GoogleIdentity, Voicemail};
use crate::api::names::EXTENSION_LABELS;
use crate::api::{PbxExtension, PbxExtensionSpec};
use crate::sync::number::Number;
use crate::sync::view::View;

/// What an administrator does to an extension by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Retitle,
    /// Something that is none of ours.
    Voicemail,
    SwitchOff,
    SwitchOn,
    /// Switched off, with a date that is over.
    Expire,
    DropIdentity,
    DropLabels,
    Delete,
    /// A second object for the same person, under this number of the range.
    Copy(u8),
}

/// An object that we did not make.
#[derive(Clone, Copy, Debug)]
pub enum Stranger {
    Plain,
    /// Of another integration.
    Kept,
    /// Made by hand for this person, with the first of their addresses.
    Addressed(usize),
}

/// Edits an object.
pub fn edit(hand: Hand, object: &mut PbxExtension) {
    match hand {
        Hand::Retitle => {
            if let Some(user) = &mut object.spec.user {
                user.job_title = Some("King".into());
            }
        }
        Hand::Voicemail => {
            let enabled = object.spec.voicemail.as_ref().is_none_or(|own| !own.enabled);
            object.spec.voicemail = Some(Voicemail {
                enabled,
                ..Voicemail::default()
            });
        }
        Hand::SwitchOff => object.spec.enabled = false,
        Hand::SwitchOn => {
            object.spec.enabled = true;
            object.spec.disabled_reason = None;
        }
        Hand::Expire => {
            object.spec.enabled = false;
            object.spec.remove_after = Some("2020-01-01T00:00:00Z".into());
        }
        Hand::DropIdentity => object.spec.google = None,
        Hand::DropLabels => {
            for label in EXTENSION_LABELS {
                object.labels_mut().remove(label);
            }
        }
        Hand::Delete | Hand::Copy(_) => unreachable!("no edits"),
    }
}

/// An object that we did not make.
pub fn foreign(tenant: &str, number: Number, stranger: Stranger) -> PbxExtension {
    let mut spec = PbxExtensionSpec {
        tenant: tenant.into(),
        number: number.to_string(),
        enabled: true,
        ..Default::default()
    };
    let mut labels = None;
    match stranger {
        Stranger::Plain => {}
        Stranger::Kept => {
            spec.google = Some(GoogleIdentity {
                user_id: "777".into(),
                ..Default::default()
            });
            labels = Some(View::labels_of(tenant, "other", "777"));
        }
        Stranger::Addressed(index) => {
            let mut address = directory::address(index);
            if index % 2 == 1 {
                address.make_ascii_uppercase();
            }
            spec.user = Some(ExtensionUser {
                email: Some(address),
                ..Default::default()
            });
        }
    }
    let mut object = PbxExtension::new(&format!("{tenant}-{number}"), spec);
    object.metadata.labels = labels;
    object
}

/// Any hand.
pub fn hand() -> impl Strategy<Value = Hand> {
    prop_oneof![
        2 => Just(Hand::Retitle),
        1 => Just(Hand::Voicemail),
        2 => Just(Hand::SwitchOff),
        1 => Just(Hand::SwitchOn),
        1 => Just(Hand::DropIdentity),
        1 => Just(Hand::DropLabels),
        3 => Just(Hand::Delete),
        1 => (0..8_u8).prop_map(Hand::Copy),
    ]
}

/// What somebody does to an extension that is being written.
pub fn meddling() -> impl Strategy<Value = Hand> {
    prop_oneof![
        3 => Just(Hand::Voicemail),
        2 => Just(Hand::Retitle),
        1 => Just(Hand::SwitchOn),
        1 => Just(Hand::Expire),
        1 => Just(Hand::Delete),
    ]
}

/// Any stranger.
pub fn stranger() -> impl Strategy<Value = Stranger> {
    prop_oneof![
        1 => Just(Stranger::Plain),
        1 => Just(Stranger::Kept),
        2 => (0..PEOPLE).prop_map(Stranger::Addressed),
    ]
}
