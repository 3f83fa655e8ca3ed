//! Who is in a group.

use futures::{Stream, stream};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::{
    client::{Directory, path_segment, success},
    fields::{Limit, Object, Reader, present},
    listing::{self, Cursor, Decoded, Shape},
    user::UserId,
};
use crate::google::{
    classify::{self, Asked},
    error::Error,
    observer::Method,
    transport::Answer,
};

/// The most that Google gives at once.
const PAGE_SIZE: &str = "200";
const FIELDS: &str = "kind,nextPageToken,members(id,email,type)";
const MEMBERS: Shape = Shape {
    kinds: &[r#""admin#directory#members""#, r#""directory#members""#],
    key: "members",
    what: "members",
};

/// Somebody or something in a group, in whichever role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Google's id of the user or the group, or the customer id of [`MemberKind::Customer`].
    pub id: String,
    /// The address, lower case. A whole organisation has none.
    pub email: Option<String>,
    /// What it is.
    pub kind: MemberKind,
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A person, also one of another organisation.
    User,
    /// Another group, also one of another organisation.
    Group,
    /// All users of the organisation.
    Customer,
    /// Documented as not in use at present.
    External,
    /// Anything else, or nothing.
    Unknown,
}

/// Google's answer about one user and one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Membership {
    /// The user is in, directly or through groups inside the group.
    In,
    /// The user is not.
    Out,
    /// There is no such group, or no such user.
    Gone,
    /// Google does not say, because the user's address is outside the group's domain.
    NotTold,
}

/// One page of a group's members, in Google's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberPage {
    /// Everything that could be decoded.
    pub members: Vec<Member>,
    /// How many could not, and are left out: they have no id.
    pub malformed: usize,
}

/// Before the next page of a group's members.
struct Walk {
    directory: Directory,
    url: String,
    page: Option<MemberPage>,
    cursor: Option<Cursor>,
}

impl Directory {
    /// Reads the direct members of a group (named by address, alias or id) page by page. `None` when Google says
    /// that there is no such group; that is known before the first page. Pages that are all `Ok` up to the end of
    /// the stream are a complete read; an `Err` is its last item.
    ///
    /// Nested groups are only named: what Google calls derived membership leaves people out. A group of another
    /// organisation ends in [`Cause::GroupNotReadable`](crate::google::Cause::GroupNotReadable). Needs
    /// [`DIRECTORY_GROUP_MEMBERS_SCOPE`](crate::google::DIRECTORY_GROUP_MEMBERS_SCOPE).
    pub async fn members(
        &self,
        group: &str,
    ) -> Result<Option<impl Stream<Item = Result<MemberPage, Error>> + Send + use<>>, Error> {
        let Some(key) = path_segment(group) else {
            return Ok(None);
        };
        let url = self.url(&format!("groups/{key}/members"));
        let Some(first) = self.first_members(&url).await? else {
            return Ok(None);
        };
        let walk = Walk {
            directory: self.clone(),
            url,
            page: Some(first.page),
            cursor: Cursor::of(MEMBERS.what).after(first.next)?,
        };
        Ok(Some(stream::try_unfold(walk, Walk::step)))
    }

    /// Whether a user (by id) is in a group (by address, alias or id), directly or through groups inside it. Google refuses
    /// to tell of people outside the group's domain. Needs
    /// [`DIRECTORY_GROUP_MEMBERS_SCOPE`](crate::google::DIRECTORY_GROUP_MEMBERS_SCOPE).
    pub async fn has_member(&self, group: &str, user: &UserId) -> Result<Membership, Error> {
        let Some(key) = path_segment(group) else {
            return Ok(Membership::Gone);
        };
        let url = self.url(&format!("groups/{key}/hasMember/{user}"));
        let request = || self.get(&url).query(&[("prettyPrint", "false")]);
        let read = |answer: Answer, token: &SecretString| {
            let text = || answer.text_without(token);
            match answer.status() {
                404 => {
                    let text = text();
                    let keys = ["groupKey", "memberKey"];
                    if keys.iter().any(|key| classify::says_gone(&text, key)) {
                        return Ok(Membership::Gone);
                    }
                }
                400 if classify::says_no_member_key(&text()) => return Ok(Membership::NotTold),
                _ => {}
            }
            let asked = Asked {
                members: true,
                ..Asked::default()
            };
            membership(&success(answer, token, asked)?)
        };
        self.call(Method::HasMember, request, read).await
    }

    async fn first_members(&self, url: &str) -> Result<Option<Decoded<MemberPage>>, Error> {
        let read = |answer: Answer, token: &SecretString| {
            if answer.status() == 404 && classify::says_gone(&answer.text_without(token), "groupKey") {
                return Ok(None);
            }
            page(answer, token).map(Some)
        };
        let request = || self.get(url).query(&parameters(None));
        self.call(Method::MembersList, request, read).await
    }
}

impl Walk {
    async fn step(mut self) -> Result<Option<(MemberPage, Self)>, Error> {
        if let Some(page) = self.page.take() {
            return Ok(Some((page, self)));
        }
        let Some(cursor) = self.cursor.take() else {
            return Ok(None);
        };
        let query = parameters(cursor.token());
        let request = || self.directory.get(&self.url).query(&query);
        let decoded = self.directory.call(Method::MembersList, request, page).await?;
        self.cursor = cursor.after(decoded.next)?;
        Ok(Some((decoded.page, self)))
    }
}

/// Roles are never asked for: Google leaves members out then.
fn parameters(token: Option<&str>) -> Vec<(&'static str, &str)> {
    let mut query = vec![
        ("maxResults", PAGE_SIZE),
        ("prettyPrint", "false"),
        ("fields", FIELDS),
    ];
    query.extend(token.map(|token| ("pageToken", token)));
    query
}

fn page(answer: Answer, token: &SecretString) -> Result<Decoded<MemberPage>, Error> {
    let asked = Asked {
        members: true,
        ..Asked::default()
    };
    decode(&success(answer, token, asked)?)
}

pub(super) fn membership(body: &[u8]) -> Result<Membership, Error> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        is_member: bool,
    }
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|_| Error::incomplete("Google's response does not say whether the user is a member"))?;
    Ok(if answer.is_member {
        Membership::In
    } else {
        Membership::Out
    })
}

pub(super) fn decode(body: &[u8]) -> Result<Decoded<MemberPage>, Error> {
    let mut page = MemberPage::default();
    let next = listing::read(body, &MEMBERS, |raw| match member(raw) {
        Some(member) => page.members.push(member),
        None => page.malformed += 1,
    })?;
    Ok(Decoded { page, next })
}

fn member(raw: &RawValue) -> Option<Member> {
    let mut reader = Reader::default();
    let object = reader.object(raw, "member")?;
    Some(Member {
        id: id(&object)?,
        email: present(&object, "email").and_then(|raw| reader.address(raw, "email")),
        kind: kind(reader.text(&object, "type", "type", Limit::Drop(64)).as_deref()),
    })
}

/// Taken as it is, never cleaned. Groups and organisations have ids of the same alphabet as users.
fn id(member: &Object<'_>) -> Option<String> {
    let id: String = serde_json::from_str(present(member, "id")?.get()).ok()?;
    UserId::parse(&id).ok().map(|_| id)
}

fn kind(kind: Option<&str>) -> MemberKind {
    match kind.map(str::to_ascii_uppercase).as_deref() {
        Some("USER") => MemberKind::User,
        Some("GROUP") => MemberKind::Group,
        Some("CUSTOMER") => MemberKind::Customer,
        Some("EXTERNAL") => MemberKind::External,
        _ => MemberKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn of(members: &Value) -> MemberPage {
        let body = json!({"kind": "admin#directory#members", "members": members});
        decode(body.to_string().as_bytes()).unwrap().page
    }

    #[test]
    fn members_of_every_kind() {
        let page = of(&json!([
            {"id": "1", "email": "Ana@ACME.com", "type": "USER", "role": "OWNER", "status": "ACTIVE"},
            {"id": "01abc", "email": "sales@acme.com", "type": "GROUP"},
            {"id": "C01", "type": "CUSTOMER"},
            {"id": "2", "email": "x@else.example", "type": "External"},
            {"id": "3", "email": "old@acme.com", "type": "MEMBER"},
            {"id": "4", "email": null, "type": 7},
            {"id": "5", "email": "nobody"},
        ]));
        let found: Vec<_> = page
            .members
            .iter()
            .map(|member| (member.id.as_str(), member.email.as_deref(), member.kind))
            .collect();
        assert_eq!(
            found,
            [
                ("1", Some("ana@acme.com"), MemberKind::User),
                ("01abc", Some("sales@acme.com"), MemberKind::Group),
                ("C01", None, MemberKind::Customer),
                ("2", Some("x@else.example"), MemberKind::External),
                ("3", Some("old@acme.com"), MemberKind::Unknown),
                ("4", None, MemberKind::Unknown),
                ("5", None, MemberKind::Unknown),
            ]
        );
        assert_eq!(page.malformed, 0);
    }

    #[test]
    fn a_member_without_an_id_is_counted() {
        let page = of(&json!([
            null, 7, "1", [], {}, {"id": null}, {"id": 1}, {"id": ""}, {"id": "a b"}, {"id": "1\u{200b}"},
            {"id": "x".repeat(65)}, {"email": "ana@acme.com", "type": "USER"}, {"id": "1"},
        ]));
        assert_eq!((page.members.len(), page.malformed), (1, 12));
    }

    #[test]
    fn an_empty_group_and_a_wrong_answer_differ() {
        for body in [
            r#"{"kind":"admin#directory#members"}"#,
            r#"{"kind":"directory#members","members":[]}"#,
            r#"{"etag":"x"}"#,
        ] {
            assert_eq!(
                decode(body.as_bytes()).unwrap().page,
                MemberPage::default(),
                "{body}"
            );
        }
        for body in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"users":[]}"#,
            r#"{"kind":"admin#directory#users"}"#,
            r#"{"members":{}}"#,
        ] {
            assert!(decode(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_answers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json in super::super::arbitrary::json()) {
            let _ = decode(&bytes);
            let _ = decode(json.as_bytes());
            let body = format!(r#"{{"members":[{json},{{"id":"1"}}]}}"#);
            let page = decode(body.as_bytes()).unwrap().page;
            prop_assert_eq!(page.members.len() + page.malformed, 2);
        }
    }
}
