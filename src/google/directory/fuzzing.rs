//! The checks of the decoders of the Directory API's answers.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a check fails by a panic"
)]

use jiff::Timestamp;

use super::lists::{ExternalId, Language, Organization, Phone};
use super::user::{User, UserId};
use super::{channels, members, org_units, page, photo, users};
use crate::google::error::{Cause, Class, Error};

/// No error may repeat it.
const CANARY: &str = "c4n4ry";

/// The bytes are an answer of users.list, or of users.get.
pub fn users(input: &[u8]) {
    match page::decode(input, true) {
        Ok(decoded) => {
            next(decoded.next.as_deref());
            decoded.page.users.iter().for_each(user);
            for malformed in &decoded.page.malformed {
                let id = malformed.id.as_deref().unwrap_or("1");
                assert!((1..=64).contains(&id.chars().count()), "{malformed:?}");
                malformed.email.as_deref().into_iter().for_each(address);
            }
            let again = page::decode(input, false).map(|decoded| decoded.page.users.len());
            assert_eq!(again.ok(), Some(decoded.page.users.len()));
        }
        Err(error) => incomplete(&error),
    }
    match users::one(input, true) {
        Ok(one) => user(&one),
        Err(error) => incomplete(&error),
    }
}

/// The bytes are an answer of members.list, or of hasMember.
pub fn members(input: &[u8]) {
    match members::decode(input) {
        Ok(decoded) => {
            next(decoded.next.as_deref());
            for member in decoded.page.members {
                assert!(UserId::parse(&member.id).is_ok(), "{member:?}");
                member.email.as_deref().into_iter().for_each(address);
            }
        }
        Err(error) => incomplete(&error),
    }
    if let Err(error) = members::membership(input) {
        incomplete(&error);
    }
}

/// The bytes are an answer about organizational units, a channel `c-1`, or the photo of the user `1`.
pub fn directory(input: &[u8]) {
    match org_units::decode(input) {
        Ok((units, _)) => {
            for unit in units {
                let paths = [Some(&unit.path), unit.parent_path.as_ref()];
                for path in paths.into_iter().flatten() {
                    assert!(
                        path.starts_with('/') && !path.contains(char::is_control),
                        "{path:?}"
                    );
                    // Looked up in the list of units, a path as it is shown has to find itself.
                    let shown = org_units::as_shown(path);
                    assert_eq!(org_units::as_shown(&shown), shown, "{path:?}");
                }
            }
        }
        Err(error) => incomplete(&error),
    }
    match channels::decode(input, "c-1") {
        Ok(channel) => {
            assert_eq!(channel.id, "c-1");
            assert!((1..=512).contains(&channel.resource_id.chars().count()));
            assert!((Timestamp::MIN..=Timestamp::MAX).contains(&channel.expiration));
        }
        Err(error) => incomplete(&error),
    }
    let Ok(somebody) = UserId::parse("1") else { return };
    match photo::decode(input, &somebody) {
        Ok(photo) => {
            assert!((1..=photo::SIZE_LIMIT).contains(&photo.bytes.len()));
            assert!(!format!("{photo:?}").contains("photoData"));
        }
        Err(error) => {
            let known = [
                Cause::IncompleteRead,
                Cause::PhotoTooLarge,
                Cause::PhotoUnreadable,
            ];
            assert!(known.contains(&error.cause()), "{error:?}");
            silent(&error);
        }
    }
}

fn user(user: &User) {
    assert!(UserId::parse(user.id.as_str()).as_ref() == Ok(&user.id));
    user.addresses().for_each(|text| address(text));
    let names = [
        &user.given_name,
        &user.family_name,
        &user.full_name,
        &user.display_name,
    ];
    names.into_iter().flatten().for_each(|text| bounded(text, 256));
    let path = user.org_unit_path.as_deref().unwrap_or("/");
    assert!(
        path.starts_with('/') && !path.contains(char::is_control),
        "{path:?}"
    );
    let lists = [
        user.aliases.len(),
        user.non_editable_aliases.len(),
        user.phones.len(),
        user.organizations.len(),
        user.languages.len(),
        user.external_ids.len(),
    ];
    assert!(lists.iter().all(|length| *length <= 64), "{lists:?}");
    for Phone { value, .. } in &user.phones {
        bounded(value, 64);
    }
    for Organization {
        title,
        department,
        name,
        ..
    } in &user.organizations
    {
        let texts = [title, department, name];
        texts.into_iter().flatten().for_each(|text| bounded(text, 256));
    }
    for Language { code, .. } in &user.languages {
        bounded(code, 64);
    }
    for ExternalId { value, .. } in &user.external_ids {
        bounded(value, 256);
    }
    if let Some(resource) = &user.resource {
        let json = serde_json::from_str::<serde::de::IgnoredAny>(resource.json());
        assert!(json.is_ok() && resource.json().len() <= 64 * 1024);
        assert!(!format!("{resource:?}").contains(CANARY));
    }
}

/// A cleaned text: neither empty nor too long, and without control characters or white space around it.
fn bounded(text: &str, most: usize) {
    assert!((1..=most).contains(&text.chars().count()), "{text:?}");
    assert!(
        !text.contains(char::is_control) && text.trim() == text,
        "{text:?}"
    );
}

fn address(text: &str) {
    assert!(text.len() <= 254 && text.split('@').count() == 2, "{text:?}");
    assert!(!text.starts_with('@') && !text.ends_with('@'), "{text:?}");
    assert!(
        !text.contains(|char: char| char.is_control() || char.is_whitespace()),
        "{text:?}"
    );
    // An address is a key: the same person must not have two.
    assert_eq!(text.to_lowercase(), text);
}

fn next(token: Option<&str>) {
    assert!(token.is_none_or(|token| (1..=4_096).contains(&token.len())));
}

fn incomplete(error: &Error) {
    assert_eq!(
        (error.class(), error.cause()),
        (Class::Transient, Cause::IncompleteRead)
    );
    silent(error);
}

/// Errors about answers name fields, and no value of them.
fn silent(error: &Error) {
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains('@') && !shown.contains(CANARY), "{shown}");
}
