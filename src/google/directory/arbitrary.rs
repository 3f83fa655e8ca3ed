//! Arbitrary JSON for the tests of the decoders.

use proptest::prelude::*;
use serde_json::Value;

/// Keys that some decoder looks at, so that it comes to reading their values.
const KEYS: &[&str] = &[
    "id",
    "email",
    "type",
    "kind",
    "members",
    "organizationUnits",
    "orgUnitId",
    "orgUnitPath",
    "parentOrgUnitId",
    "parentOrgUnitPath",
    "photoData",
    "mimeType",
    "width",
    "height",
    "etag",
    "resourceId",
    "expiration",
    "nextPageToken",
];

/// The text of any JSON value, some of them legal but undecodable.
pub(super) fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("1e999".to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just("-0".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| Value::from(number).to_string()),
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        "[A-Za-z0-9_*.=/-]{0,40}".prop_map(|text| Value::from(text).to_string()),
        (1_usize..2_000).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof![
            prop::sample::select(KEYS).prop_map(str::to_owned),
            any::<String>()
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| {
                let pairs: Vec<String> = pairs
                    .into_iter()
                    .map(|(key, value)| format!("{}:{value}", Value::from(key)))
                    .collect();
                format!("{{{}}}", pairs.join(","))
            }),
        ]
    })
}
