//! The tree of organizational units.

use secrecy::SecretString;
use serde_json::value::RawValue;

use super::{
    client::{Directory, MY_CUSTOMER, path_segment, success},
    fields::{Limit, Reader},
    listing::{self, Shape},
    user::{PATH, rooted},
};
use crate::google::{
    classify::Asked,
    error::{Cause, Class, Error},
    observer::Method,
    text,
    transport::Answer,
};

const UNITS: Shape = Shape {
    kinds: &[r#""admin#directory#orgUnits""#],
    key: "organizationUnits",
    what: "organizational units",
};
/// The root comes only with this type.
const PARAMETERS: [(&str, &str); 3] = [
    ("type", "allIncludingParent"),
    ("prettyPrint", "false"),
    (
        "fields",
        "kind,organizationUnits(orgUnitId,orgUnitPath,parentOrgUnitId,parentOrgUnitPath)",
    ),
];
/// Cut, it would be another unit's.
const ID: Limit = Limit::Drop(256);

/// One organizational unit. Paths have their leading slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgUnit {
    /// Immutable, `id:…`: survives renames and moves.
    pub id: String,
    /// Where it is now; the root is `/`.
    pub path: String,
    /// The unit above; the root has none.
    pub parent_id: Option<String>,
    /// The path of the unit above; the root has none.
    pub parent_path: Option<String>,
}

impl Directory {
    /// Reads all organizational units of a customer (`C…` or `my_customer`), the root too. One call: Google does
    /// not divide this list. A unit without an id or a path is left out with a warning in the log. Needs
    /// [`DIRECTORY_ORG_UNITS_SCOPE`](crate::google::DIRECTORY_ORG_UNITS_SCOPE).
    pub async fn org_units(&self, customer: &str) -> Result<Vec<OrgUnit>, Error> {
        self.check_customer(customer)?;
        let key = path_segment(customer).ok_or_else(|| {
            let text = format!("the customer must be an ID (C…) or {MY_CUSTOMER}");
            Error::new(Class::BadRequest, Cause::WrongDomain, text)
        })?;
        let url = self.url(&format!("customer/{key}/orgunits"));
        let read = |answer: Answer, token: &SecretString| {
            let body = success(answer, token, Asked::default())?;
            let (units, malformed) = decode(&body)?;
            if malformed > 0 {
                tracing::warn!(malformed, "ignored organizational units without an ID or a path");
            }
            Ok(units)
        };
        let request = || self.get(&url).query(&PARAMETERS);
        self.call(Method::OrgUnitsList, request, read).await
    }
}

pub(super) fn decode(body: &[u8]) -> Result<(Vec<OrgUnit>, usize), Error> {
    let mut units = Vec::new();
    let mut malformed = 0;
    listing::read(body, &UNITS, |raw| match unit(raw) {
        Some(unit) => units.push(unit),
        None => malformed += 1,
    })?;
    Ok((units, malformed))
}

fn unit(raw: &RawValue) -> Option<OrgUnit> {
    let mut reader = Reader::default();
    let object = reader.object(raw, "orgUnit")?;
    let mut text = |key: &'static str, limit| reader.text(&object, key, key, limit);
    let (id, parent_id) = (text("orgUnitId", ID)?, text("parentOrgUnitId", ID));
    Some(OrgUnit {
        id,
        path: rooted(reader.exact(&object, "orgUnitPath", PATH)?),
        parent_id,
        parent_path: reader.exact(&object, "parentOrgUnitPath", PATH).map(rooted),
    })
}

/// A path as a web page shows it, in lower case: runs of white space are one space, and characters without a width are not
/// there. Paths keep both, so that one which was copied from the Admin console is not always the one in Google's list.
pub fn as_shown(path: &str) -> String {
    // In lower case first: some letters become ASCII, beside which nothing invisible stays.
    let name = |name: &str| text::clean(&name.to_lowercase(), PATH).text;
    path.split('/').map(name).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_kept_as_they_are_and_compared_as_they_are_shown() {
        let unit = |path: &str| {
            let json = json!({"orgUnitId": "id:1", "orgUnitPath": path}).to_string();
            let raw: &RawValue = serde_json::from_str(&json).unwrap();
            super::unit(raw).unwrap().path
        };
        for path in [
            "/Sales  Team/EMEA",
            "/Sales\u{a0}Team/EMEA",
            "/\u{200b}Sales Team /EMEA",
        ] {
            assert_eq!(unit(path), path);
            assert_eq!(as_shown(path), "/sales team/emea", "{path:?}");
        }
        assert_eq!(unit("/Sales\u{1b}[31m"), "/Sales[31m");
        assert_ne!(as_shown("/Sales/Team"), as_shown("/Sales Team"));
        assert_eq!(as_shown("/"), "/");
        // The sign for kelvin becomes a k.
        assert_eq!(as_shown("/\u{212a}\u{200d}\u{e9}"), "/k\u{e9}");
    }

    #[test]
    fn units_have_paths_from_the_root() {
        let body = json!({"kind": "admin#directory#orgUnits", "etag": "x", "organizationUnits": [
            {"orgUnitId": "id:0", "orgUnitPath": "/", "name": "acme"},
            {"orgUnitId": "id:1", "orgUnitPath": "/Sales", "parentOrgUnitId": "id:0", "parentOrgUnitPath": "/"},
            {"orgUnitId": "id:2", "orgUnitPath": "Sales/R&D é", "parentOrgUnitId": "id:1", "parentOrgUnitPath": "Sales"},
            {"orgUnitId": "id:3"}, {"orgUnitPath": "/x"}, {"orgUnitId": 4, "orgUnitPath": "/x"}, null,
            {"orgUnitId": "id:5", "orgUnitPath": format!("/{}", "x".repeat(9_000))},
        ]});
        let (units, malformed) = decode(body.to_string().as_bytes()).unwrap();
        let found: Vec<_> = units
            .iter()
            .map(|unit| {
                (
                    unit.id.as_str(),
                    unit.path.as_str(),
                    unit.parent_id.as_deref(),
                    unit.parent_path.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("id:0", "/", None, None),
                ("id:1", "/Sales", Some("id:0"), Some("/")),
                ("id:2", "/Sales/R&D é", Some("id:1"), Some("/Sales")),
            ]
        );
        assert_eq!(malformed, 5);
    }

    #[test]
    fn no_units_and_a_wrong_answer_differ() {
        let none = decode(br#"{"kind":"admin#directory#orgUnits","etag":"x"}"#).unwrap();
        assert_eq!(none, (Vec::new(), 0));
        for body in [
            "",
            "{}",
            "<html>",
            r#"{"kind":"admin#directory#orgUnit"}"#,
            r#"{"organizationUnits":null}"#,
        ] {
            assert!(decode(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_answers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json in super::super::arbitrary::json()) {
            let _ = decode(&bytes);
            let _ = decode(json.as_bytes());
            let body = format!(r#"{{"organizationUnits":[{json}]}}"#);
            let (units, malformed) = decode(body.as_bytes()).unwrap();
            prop_assert_eq!(units.len() + malformed, 1);
        }
    }
}
