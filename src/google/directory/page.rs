//! One page of `users.list`, decoded user by user.

use super::{
    listing::{self, Decoded, Shape},
    user::{MalformedUser, User},
};
use crate::google::error::Error;

const USERS: Shape = Shape {
    kinds: &[r#""admin#directory#users""#],
    key: "users",
    what: "users",
};

/// The people of one page, in Google's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserPage {
    /// Everybody who could be decoded.
    pub users: Vec<User>,
    /// Those who could not, and are left out.
    pub malformed: Vec<MalformedUser>,
}

/// Decodes a 200 answer of `users.list`. With `keep`, each user carries what Google sent about it.
pub(super) fn decode(body: &[u8], keep: bool) -> Result<Decoded<UserPage>, Error> {
    let mut page = UserPage::default();
    let next = listing::read(body, &USERS, |raw| match User::decode(raw) {
        Ok(user) if keep => page.users.push(user.with_resource(raw)),
        Ok(user) => page.users.push(user),
        Err(malformed) => page.malformed.push(malformed),
    })?;
    Ok(Decoded { page, next })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::google::error::{Cause, Class};

    fn of(json: &Value) -> Result<Decoded<UserPage>, Error> {
        decode(json.to_string().as_bytes(), false)
    }

    fn user(id: &str) -> Value {
        json!({"id": id, "primaryEmail": format!("{id}@acme.com")})
    }

    #[test]
    fn pages() {
        let decoded = of(&json!({
            "kind": "admin#directory#users", "etag": "x", "nextPageToken": "t",
            "users": [user("1"), {"id": "2"}, null, user("3")],
        }))
        .unwrap();
        let ids: Vec<_> = decoded.page.users.iter().map(|user| user.id.as_str()).collect();
        assert_eq!(ids, ["1", "3"]);
        assert_eq!(decoded.page.malformed.len(), 2);
        assert_eq!(decoded.next.as_deref(), Some("t"));
    }

    #[test]
    fn an_empty_page_says_that_it_is_a_page() {
        for json in [
            json!({"kind": "admin#directory#users"}),
            json!({"kind": "admin#directory#users", "etag": "x", "trigger_event": "x"}),
            json!({"etag": "x"}),
            json!({"nextPageToken": "t"}),
            json!({"users": []}),
            json!({"kind": "admin#directory#users", "users": []}),
        ] {
            let decoded = of(&json).unwrap();
            assert_eq!(decoded.page, UserPage::default(), "{json}");
        }
    }

    #[test]
    fn whatever_is_not_a_page_is_an_incomplete_read() {
        let whole = json!({"kind": "admin#directory#users", "users": [user("1"), user("2")]}).to_string();
        let mut bodies: Vec<String> = [
            json!({}),
            json!([]),
            json!(null),
            json!("users"),
            json!({"error": {"code": 503}}),
            json!({"groups": []}),
            json!({"kind": "admin#directory#groups"}),
            json!({"kind": "admin#directory#groups", "users": []}),
            json!({"kind": null}),
            json!({"kind": ["admin#directory#users"]}),
            json!({"kind": "admin#directory#users", "users": null}),
            json!({"kind": "admin#directory#users", "users": {}}),
            json!({"kind": "admin#directory#users", "users": "none"}),
            json!({"kind": "admin#directory#users", "nextPageToken": 7}),
            json!({"kind": "admin#directory#users", "nextPageToken": {}}),
            json!({"kind": "admin#directory#users", "nextPageToken": "x".repeat(5_000)}),
        ]
        .iter()
        .map(Value::to_string)
        .collect();
        bodies.extend(["", " ", "<!DOCTYPE html><html>", "ok"].map(str::to_owned));
        bodies.extend((1..whole.len()).map(|length| whole[..length].to_owned()));
        bodies.push(format!("{whole}{whole}"));
        for body in bodies {
            let error = decode(body.as_bytes(), false).unwrap_err();
            assert_eq!(
                (error.class(), error.cause()),
                (Class::Transient, Cause::IncompleteRead),
                "{body}"
            );
        }
    }

    #[test]
    fn a_page_token_may_be_empty_or_null() {
        for token in [json!(null), json!("")] {
            let json = json!({"users": [], "nextPageToken": token});
            assert_eq!(of(&json).unwrap().next, None);
        }
    }

    #[test]
    fn broken_utf8_costs_a_character() {
        let mut body = br#"{"users":[{"id":"1","primaryEmail":"a@b.c","name":{"givenName":"An"#.to_vec();
        body.push(0xff);
        body.extend(br#"a"}},{"id":"2","primaryEmail":"b@b.c"}]}"#);
        let page = decode(&body, false).unwrap().page;
        assert_eq!(page.users.len(), 2);
        assert_eq!(page.users[0].given_name.as_deref(), Some("An\u{fffd}a"));
    }

    /// The text of one JSON value, some of them legal but undecodable.
    fn neighbour() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("null".to_owned()),
            Just("1e999".to_owned()),
            Just(r#""\ud800""#.to_owned()),
            Just(r#"{"\udfff":1}"#.to_owned()),
            Just(r#"{"id":"\ud800","primaryEmail":{}}"#.to_owned()),
            (1_usize..3_000).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
            any::<String>().prop_map(|text| Value::from(text).to_string()),
            any::<(String, String)>().prop_map(|(key, value)| json!({key: value}).to_string()),
            any::<(String, String)>()
                .prop_map(|(id, email)| json!({"id": id, "primaryEmail": email}).to_string()),
        ]
    }

    proptest! {
        #[test]
        fn good_people_survive_bad_neighbours(
            neighbours in prop::collection::vec(prop_oneof![neighbour().prop_map(Err), (0..1_000_u32).prop_map(Ok)], 0..20),
        ) {
            let texts: Vec<String> = neighbours
                .iter()
                .map(|neighbour| match neighbour {
                    Ok(id) => user(&format!("good-{id}")).to_string(),
                    Err(text) => text.clone(),
                })
                .collect();
            let body = format!(r#"{{"users":[{}]}}"#, texts.join(","));
            let page = decode(body.as_bytes(), false).unwrap().page;
            let found: Vec<_> = page.users.iter().filter(|u| u.id.as_str().starts_with("good-")).map(|u| u.id.to_string()).collect();
            let good: Vec<_> = neighbours.iter().flatten().map(|id| format!("good-{id}")).collect();
            prop_assert_eq!(found, good);
            prop_assert_eq!(page.users.len() + page.malformed.len(), neighbours.len());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, true);
        }
    }
}
