//! One person of the directory.

use std::fmt;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::{
    fields::{FieldWarning, Limit, Object, Problem, Reader, present},
    lists::{ExternalId, Language, Organization, Phone},
    resource::Resource,
};

/// The fields that are asked for, of each user. Recovery addresses, birthdays and the like stay at Google.
pub(super) const USER_FIELDS: &str = "id,primaryEmail,name,aliases,nonEditableAliases,phones,organizations,\
     externalIds,suspended,archived,deletionTime,orgUnitPath,isAdmin,isGuestUser,isMailboxSetup,customerId,\
     thumbnailPhotoEtag,languages";

const NAME: Limit = Limit::Cut(256);
/// The path of an organizational unit may be 35 levels deep; cut, it would be another one's.
pub(super) const PATH: usize = 8_192;

/// Google's immutable id of a user: survives renames, never given to anybody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

/// The text is no user id: 1 to 64 characters of `A-Z a-z 0-9 _ -` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a Google user ID: it has 1 to 64 letters, digits, _ or -")]
pub struct InvalidUserId;

impl UserId {
    /// Accepts what can be an id, and therefore be part of a label value and of a URL's path.
    pub fn parse(id: &str) -> Result<Self, InvalidUserId> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if (1..=64).contains(&id.len()) && id.chars().all(plain) {
            return Ok(Self(id.to_owned()));
        }
        Err(InvalidUserId)
    }

    /// The id as Google writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One user as Google describes it. A flag that Google did not send is `None`: unknown, not false.
///
/// Texts are cleaned (nothing invisible, white space collapsed) and bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Immutable.
    pub id: UserId,
    /// The main address, lower case, at most 254 characters.
    pub primary_email: String,
    /// Further addresses that administrators manage, lower case.
    pub aliases: Vec<String>,
    /// Further addresses that Google made, lower case.
    pub non_editable_aliases: Vec<String>,
    /// First name, at most 256 characters, like the other three.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Google's concatenation of both.
    pub full_name: Option<String>,
    /// The name that the person is shown by, if it differs.
    pub display_name: Option<String>,
    /// Locked out, for example by an administrator.
    pub suspended: Option<bool>,
    /// Kept without a full licence; cannot sign in. Independent of `suspended`.
    pub archived: Option<bool>,
    /// When it was deleted; only for deleted users.
    pub deletion_time: Option<Timestamp>,
    /// Super administrator.
    pub is_admin: Option<bool>,
    /// A guest of the organisation, without an account of its own.
    pub is_guest: Option<bool>,
    /// Whether there is a mailbox.
    pub is_mailbox_setup: Option<bool>,
    /// With its leading slash; the root is `/`.
    pub org_unit_path: Option<String>,
    /// The organisation, `C…`.
    pub customer_id: Option<String>,
    /// Telephone numbers, in Google's order.
    pub phones: Vec<Phone>,
    /// Employments, in Google's order.
    pub organizations: Vec<Organization>,
    /// Languages, in Google's order.
    pub languages: Vec<Language>,
    /// Identifiers from other systems, in Google's order.
    pub external_ids: Vec<ExternalId>,
    /// Changes when the photo does; absent without a photo.
    pub thumbnail_photo_etag: Option<String>,
    /// What Google sent about this user, when more was asked for than is decoded here: see [`Projection`](super::Projection).
    pub resource: Option<Resource>,
    /// What could not be taken over as it was.
    pub warnings: Vec<FieldWarning>,
}

/// Somebody of the list who cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedUser {
    /// What stands where the id should be, cleaned, if it can be read.
    pub id: Option<String>,
    /// The main address, if it is one.
    pub email: Option<String>,
    /// The field that makes the user unusable.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

impl User {
    /// Decodes one user. A field that cannot be used becomes a warning; only a user that cannot be told
    /// apart (no id) or named (no address) is malformed.
    pub(super) fn decode(raw: &RawValue) -> Result<Self, MalformedUser> {
        let mut reader = Reader::default();
        let Some(user) = reader.object(raw, "user") else {
            let problem = reader
                .into_warnings()
                .first()
                .map_or(Problem::Unreadable, |w| w.problem);
            return Err(MalformedUser {
                id: None,
                email: None,
                field: "user",
                problem,
            });
        };
        let (id, primary_email) = identity(&user)?;
        let name = present(&user, "name")
            .and_then(|raw| reader.object(raw, "name"))
            .unwrap_or_default();
        Ok(Self {
            id,
            primary_email,
            aliases: reader.addresses(&user, "aliases"),
            non_editable_aliases: reader.addresses(&user, "nonEditableAliases"),
            given_name: reader.text(&name, "givenName", "name.givenName", NAME),
            family_name: reader.text(&name, "familyName", "name.familyName", NAME),
            full_name: reader.text(&name, "fullName", "name.fullName", NAME),
            display_name: reader.text(&name, "displayName", "name.displayName", NAME),
            suspended: reader.flag(&user, "suspended"),
            archived: reader.flag(&user, "archived"),
            deletion_time: reader.time(&user, "deletionTime"),
            is_admin: reader.flag(&user, "isAdmin"),
            is_guest: reader.flag(&user, "isGuestUser"),
            is_mailbox_setup: reader.flag(&user, "isMailboxSetup"),
            org_unit_path: reader.exact(&user, "orgUnitPath", PATH).map(rooted),
            customer_id: reader.text(&user, "customerId", "customerId", Limit::Drop(64)),
            phones: reader.phones(&user),
            organizations: reader.organizations(&user),
            languages: reader.languages(&user),
            external_ids: reader.external_ids(&user),
            thumbnail_photo_etag: reader.text(
                &user,
                "thumbnailPhotoEtag",
                "thumbnailPhotoEtag",
                Limit::Drop(256),
            ),
            resource: None,
            warnings: reader.into_warnings(),
        })
    }

    /// Keeps what Google sent about this user, unless it is far too long.
    pub(super) fn with_resource(mut self, raw: &RawValue) -> Self {
        self.resource = Resource::of(raw);
        if self.resource.is_none() {
            let (field, problem) = ("resource", Problem::TooLong);
            self.warnings.push(FieldWarning { field, problem });
        }
        self
    }

    /// Every address that leads to the user, the main one first.
    pub fn addresses(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.primary_email)
            .chain(&self.aliases)
            .chain(&self.non_editable_aliases)
    }

    /// The main employment: the one marked primary, else the first with a title, else the first.
    pub fn primary_organization(&self) -> Option<&Organization> {
        let all = &self.organizations;
        all.iter()
            .find(|organization| organization.primary)
            .or_else(|| all.iter().find(|organization| organization.title.is_some()))
            .or_else(|| all.first())
    }

    /// The mobile number: a private (`mobile`) or company (`work_mobile`) one. One that is marked primary
    /// comes first, then `mobile` before `work_mobile`.
    pub fn mobile_phone(&self) -> Option<&Phone> {
        self.phone(&["mobile", "work_mobile"])
    }

    /// The desk number (`work`), one that is marked primary first.
    pub fn work_phone(&self) -> Option<&Phone> {
        self.phone(&["work"])
    }

    fn phone(&self, kinds: &[&str]) -> Option<&Phone> {
        let of = |kind: &str| {
            let kind = kind.to_owned();
            self.phones
                .iter()
                .filter(move |phone| phone.kind.as_deref() == Some(kind.as_str()))
        };
        let mut wanted = kinds.iter().flat_map(|kind| of(kind));
        let first = wanted.clone().next();
        wanted.find(|phone| phone.primary).or(first)
    }
}

/// Who it is: a user without either can be neither kept nor named, only reported.
fn identity(user: &Object<'_>) -> Result<(UserId, String), MalformedUser> {
    match (id(user), email(user)) {
        (Ok(id), Ok(email)) => Ok((id, email)),
        (Ok(id), Err(problem)) => Err(MalformedUser {
            id: Some(id.0),
            email: None,
            field: "primaryEmail",
            problem,
        }),
        (Err(problem), email) => Err(MalformedUser {
            id: Reader::default().text(user, "id", "id", Limit::Cut(64)),
            email: email.ok(),
            field: "id",
            problem,
        }),
    }
}

/// Taken as it is, never cleaned: another spelling would be another person.
fn id(user: &Object<'_>) -> Result<UserId, Problem> {
    let raw = present(user, "id").ok_or(Problem::Missing)?.get();
    if !raw.starts_with('"') {
        return Err(Problem::WrongType);
    }
    let id: String = serde_json::from_str(raw).map_err(|_| Problem::Unreadable)?;
    UserId::parse(&id).map_err(|_| {
        if id.is_empty() {
            Problem::Missing
        } else {
            Problem::Invalid
        }
    })
}

fn email(user: &Object<'_>) -> Result<String, Problem> {
    let raw = present(user, "primaryEmail").ok_or(Problem::Missing)?;
    let mut reader = Reader::default();
    let email = reader.address(raw, "primaryEmail");
    email.ok_or_else(|| {
        reader
            .into_warnings()
            .first()
            .map_or(Problem::Missing, |warning| warning.problem)
    })
}

/// Old answers leave out the leading slash.
pub(super) fn rooted(path: String) -> String {
    if path.starts_with('/') {
        path
    } else {
        format!("/{path}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn decode(json: &Value) -> Result<User, MalformedUser> {
        decode_text(&json.to_string())
    }

    fn decode_text(json: &str) -> Result<User, MalformedUser> {
        User::decode(&RawValue::from_string(json.to_owned()).unwrap())
    }

    fn with(extra: &Value) -> Value {
        let mut user = json!({"id": "104497032270219758212", "primaryEmail": "Ana@ACME.com"});
        for (key, value) in extra.as_object().unwrap() {
            user[key] = value.clone();
        }
        user
    }

    #[test]
    fn a_whole_user() {
        let user = decode(&with(&json!({
            "kind": "admin#directory#user", "etag": "\"x\"",
            "name": {"givenName": "Ana", "familyName": " da  Silva", "fullName": "Ana da Silva", "displayName": "Ana S."},
            "aliases": ["a.silva@acme.com"], "nonEditableAliases": ["Ana@acme.com.test-google-a.com"],
            "suspended": true, "archived": false, "isAdmin": false, "isGuestUser": false, "isMailboxSetup": true,
            "deletionTime": "2026-11-01T00:00:00.000Z", "orgUnitPath": "Sales", "customerId": "C01",
            "phones": [{"value": "+351", "type": "mobile"}],
            "organizations": [{"title": "Engineer 🎷", "department": "R&D", "name": "Acme", "primary": true, "type": "work"}],
            "languages": [{"languageCode": "pt", "preference": "preferred"}],
            "externalIds": [{"value": "1234", "type": "organization"}],
            "thumbnailPhotoEtag": "\"abc/def\"",
        })))
        .unwrap();
        assert_eq!(user.id.as_str(), "104497032270219758212");
        assert_eq!(user.primary_email, "ana@acme.com");
        assert_eq!(user.aliases, ["a.silva@acme.com"]);
        assert_eq!(user.non_editable_aliases, ["ana@acme.com.test-google-a.com"]);
        assert_eq!(user.given_name.as_deref(), Some("Ana"));
        assert_eq!(user.family_name.as_deref(), Some("da Silva"));
        assert_eq!(user.full_name.as_deref(), Some("Ana da Silva"));
        assert_eq!(user.display_name.as_deref(), Some("Ana S."));
        assert_eq!((user.suspended, user.archived), (Some(true), Some(false)));
        assert_eq!(
            (user.is_admin, user.is_guest, user.is_mailbox_setup),
            (Some(false), Some(false), Some(true))
        );
        assert_eq!(user.deletion_time, Some("2026-11-01T00:00:00Z".parse().unwrap()));
        assert_eq!(user.org_unit_path.as_deref(), Some("/Sales"));
        assert_eq!(user.customer_id.as_deref(), Some("C01"));
        assert_eq!(
            user.primary_organization().unwrap().title.as_deref(),
            Some("Engineer 🎷")
        );
        assert_eq!(user.external_ids[0].value, "1234");
        assert_eq!(user.languages[0].code, "pt");
        assert_eq!(user.mobile_phone().unwrap().value, "+351");
        assert_eq!(user.thumbnail_photo_etag.as_deref(), Some("\"abc/def\""));
        assert_eq!(user.warnings, []);
    }

    #[test]
    fn what_is_missing_stays_unknown() {
        let user = decode(&with(&json!({}))).unwrap();
        assert_eq!((user.suspended, user.archived, user.is_guest), (None, None, None));
        assert_eq!((user.deletion_time, user.org_unit_path), (None, None));
        assert_eq!(user.warnings, []);
    }

    #[test]
    fn fields_of_the_wrong_type_cost_only_themselves() {
        let user = decode(&with(&json!({
            "name": "Ana", "suspended": "true", "archived": 1, "orgUnitPath": {}, "phones": {"value": "1"},
            "organizations": null, "languages": "pt", "externalIds": [[]], "aliases": {"a": 1}, "deletionTime": [],
        })))
        .unwrap();
        assert_eq!((user.suspended, user.archived), (None, None));
        let fields: Vec<_> = user.warnings.iter().map(|warning| warning.field).collect();
        let expected = [
            "name",
            "aliases",
            "suspended",
            "archived",
            "deletionTime",
            "orgUnitPath",
            "phones",
            "organizations",
            "languages",
            "externalIds",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn what_json_allows_but_nobody_can_read_costs_only_its_field() {
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        let text = format!(
            r#"{{"id":"1","primaryEmail":"a@b.c","name":{{"givenName":"\ud800","familyName":"Silva"}},
               "suspended":1e999,"phones":{deep},"organizations":[{deep},{{"title":"Engineer"}}]}}"#
        );
        let user = decode_text(&text).unwrap();
        assert_eq!(
            (user.given_name, user.family_name.as_deref()),
            (None, Some("Silva"))
        );
        assert_eq!(user.organizations.len(), 1);
        assert_eq!(user.suspended, None);
    }

    #[test]
    fn nobody_without_id_or_address() {
        use Problem::{Invalid, Missing, TooLong, Unreadable, WrongType};
        let email = Some("ana@b.c");
        let long = "1".repeat(65);
        let huge = format!("{}@b.c", "a".repeat(300));
        let table = [
            (json!({"primaryEmail": "Ana@b.c"}), "id", Missing, None, email),
            (
                json!({"id": null, "primaryEmail": "ana@b.c"}),
                "id",
                Missing,
                None,
                email,
            ),
            (
                json!({"id": "", "primaryEmail": "ana@b.c"}),
                "id",
                Missing,
                None,
                email,
            ),
            (
                json!({"id": 7, "primaryEmail": "ana@b.c"}),
                "id",
                WrongType,
                None,
                email,
            ),
            (
                json!({"id": "a/b\u{200b}", "primaryEmail": "ana@b.c"}),
                "id",
                Invalid,
                Some("a/b"),
                email,
            ),
            (
                json!({"id": long, "primaryEmail": 7}),
                "id",
                Invalid,
                Some(&long[..64]),
                None,
            ),
            (json!({"id": "7"}), "primaryEmail", Missing, Some("7"), None),
            (
                json!({"id": "7", "primaryEmail": ""}),
                "primaryEmail",
                Missing,
                Some("7"),
                None,
            ),
            (
                json!({"id": "7", "primaryEmail": ["a@b.c"]}),
                "primaryEmail",
                WrongType,
                Some("7"),
                None,
            ),
            (
                json!({"id": "7", "primaryEmail": "ana"}),
                "primaryEmail",
                Invalid,
                Some("7"),
                None,
            ),
            (
                json!({"id": "7", "primaryEmail": huge}),
                "primaryEmail",
                TooLong,
                Some("7"),
                None,
            ),
            (json!({}), "id", Missing, None, None),
            (json!("ana"), "user", WrongType, None, None),
            (json!(null), "user", WrongType, None, None),
        ];
        for (json, field, problem, id, email) in table {
            let malformed = decode(&json).unwrap_err();
            let expected = MalformedUser {
                id: id.map(str::to_owned),
                email: email.map(str::to_owned),
                field,
                problem,
            };
            assert_eq!(malformed, expected, "{json}");
        }
        let malformed = decode_text(r#"{"id":"\ud800","primaryEmail":"ana@b.c"}"#).unwrap_err();
        assert_eq!((malformed.field, malformed.problem), ("id", Unreadable));
        let malformed = decode_text(r#"{"\ud800":1,"id":"7"}"#).unwrap_err();
        assert_eq!((malformed.field, malformed.problem), ("user", Unreadable));
    }

    #[test]
    fn org_unit_paths_are_rooted() {
        for (path, expected) in [("/", "/"), ("/a/b", "/a/b"), ("a", "/a"), ("", "")] {
            let user = decode(&with(&json!({"orgUnitPath": path}))).unwrap();
            assert_eq!(user.org_unit_path.unwrap_or_default(), expected);
        }
    }

    #[test]
    fn the_main_employment_is_found() {
        let title = |organizations: Value| {
            let user = decode(&with(&json!({"organizations": organizations}))).unwrap();
            user.primary_organization()
                .map(|o| o.name.clone().unwrap_or_default())
        };
        let (first, titled, primary) = (
            json!({"name": "first"}),
            json!({"name": "titled", "title": "x"}),
            json!({"name": "primary", "primary": true}),
        );
        assert_eq!(title(json!([])), None);
        assert_eq!(title(json!([first])).as_deref(), Some("first"));
        assert_eq!(title(json!([first, titled])).as_deref(), Some("titled"));
        assert_eq!(title(json!([first, titled, primary])).as_deref(), Some("primary"));
    }

    #[test]
    fn the_right_phones_are_found() {
        let phone = |kind: &str, value: &str, primary: bool| json!({"type": kind, "value": value, "primary": primary});
        for (phones, mobile, work) in [
            (json!([]), None, None),
            (
                json!([phone("home", "1", true), phone("work_fax", "2", false)]),
                None,
                None,
            ),
            (
                json!([phone("work_mobile", "1", false), phone("mobile", "2", false)]),
                Some("2"),
                None,
            ),
            (
                json!([phone("work_mobile", "1", true), phone("mobile", "2", false)]),
                Some("1"),
                None,
            ),
            (
                json!([phone("work", "1", false), phone("WORK", "2", true)]),
                None,
                Some("2"),
            ),
            (
                json!([phone("company_main", "1", true), phone("work", "2", false)]),
                None,
                Some("2"),
            ),
        ] {
            let user = decode(&with(&json!({"phones": phones}))).unwrap();
            assert_eq!(user.mobile_phone().map(|p| p.value.as_str()), mobile, "{phones}");
            assert_eq!(user.work_phone().map(|p| p.value.as_str()), work, "{phones}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[A-Za-z@. ]{0,300}".prop_map(Value::from),
        ];
        let key = prop_oneof![
            any::<String>(),
            "(value|type|primary|title|department|givenName|languageCode|customType)",
        ];
        leaf.prop_recursive(4, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_decodes_or_is_reported(json in any_json()) {
            let _ = decode(&json);
        }

        #[test]
        fn a_known_person_survives_any_fields(
            values in prop::collection::vec(any_json(), USER_FIELDS.split(',').count()),
        ) {
            let mut json = json!({});
            for (field, value) in USER_FIELDS.split(',').zip(values) {
                json[field] = value;
            }
            let user = decode(&with(&{
                let fields = json.as_object_mut().unwrap();
                fields.remove("id");
                fields.remove("primaryEmail");
                json
            })).unwrap();
            prop_assert_eq!(user.primary_email, "ana@acme.com");
            let texts = [&user.given_name, &user.family_name, &user.full_name, &user.display_name];
            for text in texts.into_iter().flatten() {
                prop_assert!((1..=256).contains(&text.chars().count()));
                prop_assert!(!text.chars().any(char::is_control));
            }
            prop_assert!(user.phones.iter().all(|phone| (1..=64).contains(&phone.value.chars().count())));
        }
    }
}
