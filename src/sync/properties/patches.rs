//! (h): a view survives the way into an object, and a patch leads from any view to any other.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::cases;
use super::server::merge;
use crate::api::PbxExtension;
use crate::api::extension::{DisabledReason, ExtensionUser, GoogleIdentity};
use crate::api::names::EXTENSION_LABELS;
use crate::sync::index::{Digest, Names};
use crate::sync::view::{KeptSpec, View};

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        "\\PC{0,6}"
    ])
}

fn user() -> impl Strategy<Value = ExtensionUser> {
    let texts = (
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
    );
    (texts, prop::collection::vec("[ab]@c", 0..3)).prop_map(|(texts, email_aliases)| ExtensionUser {
        first_name: texts.0,
        last_name: texts.1,
        display_name: texts.2,
        email: texts.3,
        email_aliases,
        mobile: texts.4,
        work_phone: texts.5,
        job_title: texts.6,
        department: texts.7,
        photo: None,
        language: texts.8,
    })
}

fn view() -> impl Strategy<Value = View> {
    let labels = prop::collection::btree_map(prop::sample::select(&EXTENSION_LABELS[..]), "[ab]", 0..=5)
        .prop_map(|labels| {
            labels
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<BTreeMap<_, _>>()
        });
    let reason = prop::option::of(prop::sample::select(vec![
        DisabledReason::Suspended,
        DisabledReason::Archived,
        DisabledReason::Deleted,
        DisabledReason::OutOfScope,
    ]));
    let google = prop::option::of(("[12]", text(), text())).prop_map(|google| {
        google.map(|(user_id, customer_id, org_unit_path)| GoogleIdentity {
            user_id,
            customer_id,
            org_unit_path,
        })
    });
    (
        labels,
        any::<bool>(),
        reason,
        text(),
        prop::option::of(user()),
        google,
    )
        .prop_map(
            |(labels, enabled, disabled_reason, remove_after, user, google)| View {
                labels,
                spec: KeptSpec {
                    enabled,
                    disabled_reason,
                    remove_after,
                    user,
                    google,
                },
            },
        )
}

/// An object with this view, and with things of others.
fn object_of(view: View) -> PbxExtension {
    let mut json = serde_json::to_value(view.into_object("acme", "1001")).unwrap();
    merge(
        &mut json,
        &json!({
            "metadata": {"labels": {"team": "blue"}, "annotations": {"note": "x"}, "generation": 3},
            "spec": {"voicemail": {"enabled": false}, "sip": {"credentialsSecretRef": {"name": "s"}}},
            "status": {"observedGeneration": 3, "profile": "Away"},
        }),
    );
    serde_json::from_value(json).unwrap()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_view_survives_the_way_into_an_object_and_back(view in view(), other in view()) {
        let object = object_of(view.clone());
        prop_assert_eq!(&View::of(&object), &view);
        let digest = Digest::of(&object, &mut Names::default()).unwrap();
        prop_assert_eq!(digest.view, view.hash());
        prop_assert_eq!(view == other, view.hash() == other.hash());
    }

    #[test]
    fn a_patch_leads_from_any_view_to_any_other_and_touches_nothing_else(from in view(), to in view()) {
        let current = object_of(from.clone());
        let mut json = serde_json::to_value(&current).unwrap();
        match to.patch_from(&from) {
            None => prop_assert_eq!(&from, &to),
            Some(patch) => {
                prop_assert_ne!(&from, &to);
                merge(&mut json, &patch);
            }
        }
        let patched: PbxExtension = serde_json::from_value(json).unwrap();
        prop_assert_eq!(View::of(&patched), to.clone());
        prop_assert_eq!(patched, object_of(to));
    }
}
