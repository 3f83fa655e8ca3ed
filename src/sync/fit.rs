//! What the directory says, made to fit into the fields of an extension: the API server refuses a longer one, and with it
//! everything else that was to be written.

use super::person::Person;
use crate::api::extension::{ExtensionUser, GoogleIdentity};

/// At most this many aliases go into an extension. The limits of this file are those of the CRD's schema.
const ALIASES: usize = 64;
const NAME: usize = 256;
const ADDRESS: usize = 254;
const PHONE: usize = 64;
const LANGUAGE: usize = 35;
const CUSTOMER: usize = 64;
const UNIT: usize = 1024;

/// Whether a person has more than usual of anything, so that it is worth while to see whether it fits. Bytes are enough to tell.
pub fn is_unusual(person: &Person) -> bool {
    let longer = |text: &Option<String>, limit: usize| text.as_ref().is_some_and(|text| text.len() > limit);
    person.aliases.len() > ALIASES
        || person
            .aliases
            .iter()
            .chain([&person.email])
            .any(|address| address.len() > ADDRESS)
        || [
            &person.first_name,
            &person.last_name,
            &person.display_name,
            &person.job_title,
            &person.department,
        ]
        .into_iter()
        .any(|text| longer(text, NAME))
        || longer(&person.mobile, PHONE)
        || longer(&person.work_phone, PHONE)
        || longer(&person.language, LANGUAGE)
        || longer(&person.customer_id, CUSTOMER)
        || longer(&person.org_unit_path, UNIT)
}

/// Cuts texts that people read, and leaves out what would mean something else when it is cut. Names the fields that lost
/// something.
pub fn fit(user: &mut ExtensionUser, google: &mut GoogleIdentity) -> Vec<&'static str> {
    let mut lost = Vec::new();
    let aliases = user.email_aliases.len();
    user.email_aliases.retain(|alias| fits(alias, ADDRESS));
    user.email_aliases.truncate(ALIASES);
    if user.email_aliases.len() < aliases {
        lost.push("emailAliases");
    }
    for (name, text, limit) in [
        ("firstName", &mut user.first_name, NAME),
        ("lastName", &mut user.last_name, NAME),
        ("displayName", &mut user.display_name, NAME),
        ("jobTitle", &mut user.job_title, NAME),
        ("department", &mut user.department, NAME),
        ("orgUnitPath", &mut google.org_unit_path, UNIT),
    ] {
        if let Some(text) = text
            && let Some((end, _)) = text.char_indices().nth(limit)
        {
            text.truncate(end);
            lost.push(name);
        }
    }
    for (name, text, limit) in [
        ("email", &mut user.email, ADDRESS),
        ("mobile", &mut user.mobile, PHONE),
        ("workPhone", &mut user.work_phone, PHONE),
        ("language", &mut user.language, LANGUAGE),
        ("customerId", &mut google.customer_id, CUSTOMER),
    ] {
        if text.as_ref().is_some_and(|text| !fits(text, limit)) {
            *text = None;
            lost.push(name);
        }
    }
    lost
}

/// Whether a text has at most so many characters, as the schema counts them.
fn fits(text: &str, limit: usize) -> bool {
    text.len() <= limit || text.chars().nth(limit).is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::api::{PbxExtension, crds};
    use kube::CustomResourceExt;

    /// Every violation of a schema's limits, as a path.
    fn violations(value: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
        let limit = |key: &str| {
            schema[key]
                .as_u64()
                .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap())
        };
        match value {
            Value::String(text) if text.chars().count() > limit("maxLength") => found.push(path.to_owned()),
            Value::Array(list) => {
                if list.len() > limit("maxItems") {
                    found.push(path.to_owned());
                }
                for item in list {
                    violations(item, &schema["items"], path, found);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    let inner = &schema["properties"][name];
                    assert!(inner.is_object(), "{path}/{name} is not in the schema");
                    violations(value, inner, &format!("{path}/{name}"), found);
                }
            }
            _ => {}
        }
    }

    fn schema() -> Value {
        assert!(!crds().is_empty());
        let crd = serde_json::to_value(PbxExtension::crd()).unwrap();
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"].clone()
    }

    fn hostile() -> impl Strategy<Value = Option<String>> {
        let text = prop_oneof![
            Just(String::new()),
            (0_usize..3000).prop_map(|length| "é".repeat(length)),
            (0_usize..3000).prop_map(|length| "😀".repeat(length)),
            (0_usize..3000).prop_map(|length| "a".repeat(length)),
            any::<String>(),
        ];
        prop::option::of(text)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn whatever_the_directory_holds_fits_into_the_schema(
            texts in prop::collection::vec(hostile(), 11),
            aliases in prop::collection::vec(hostile(), 0..130),
        ) {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            let mut user = ExtensionUser {
                first_name: next(),
                last_name: next(),
                display_name: next(),
                email: next(),
                email_aliases: aliases.into_iter().flatten().collect(),
                mobile: next(),
                work_phone: next(),
                job_title: next(),
                department: next(),
                language: next(),
                photo: None,
            };
            let mut google = GoogleIdentity {
                user_id: "1".to_owned(),
                customer_id: next(),
                org_unit_path: next(),
            };
            let before = (user.clone(), google.clone());
            let lost = fit(&mut user, &mut google);
            let schema = schema();
            let mut found = Vec::new();
            violations(&serde_json::to_value(&user).unwrap(), &schema["properties"]["user"], "user", &mut found);
            violations(&serde_json::to_value(&google).unwrap(), &schema["properties"]["google"], "google", &mut found);
            prop_assert_eq!(found, Vec::<String>::new());
            prop_assert_eq!(lost.is_empty(), before == (user, google), "{:?}", lost);
        }
    }

    #[test]
    fn texts_are_cut_between_characters_and_numbers_are_left_out() {
        let mut user = ExtensionUser {
            job_title: Some("é".repeat(300)),
            mobile: Some("1".repeat(65)),
            work_phone: Some("1".repeat(64)),
            ..ExtensionUser::default()
        };
        let mut google = GoogleIdentity {
            org_unit_path: Some(format!("/{}", "x".repeat(2000))),
            ..GoogleIdentity::default()
        };
        assert_eq!(fit(&mut user, &mut google), ["jobTitle", "orgUnitPath", "mobile"]);
        assert_eq!(user.job_title, Some("é".repeat(256)));
        assert_eq!((user.mobile, user.work_phone), (None, Some("1".repeat(64))));
        assert_eq!(google.org_unit_path.unwrap().len(), 1024);
    }
}
