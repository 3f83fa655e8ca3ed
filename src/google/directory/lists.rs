//! The lists that Google's discovery document leaves untyped, each with its own tolerant decoder.

use serde_json::value::RawValue;

use super::fields::{Limit, Object, Problem, Reader};

/// Longest list that is kept; Google's own limits in bytes allow about this many.
const ENTRIES: usize = 64;
const KIND: Limit = Limit::Cut(64);
const PHONE: Limit = Limit::Cut(64);
const TEXT: Limit = Limit::Cut(256);

/// One telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Google's `type`, lower case: `mobile`, `work`, `work_mobile`, `custom`, …
    pub kind: Option<String>,
    /// The name of a `custom` kind.
    pub custom_kind: Option<String>,
    /// Free text, at most 64 characters; not necessarily a number that can be dialled.
    pub value: String,
    /// Whether it is marked as the main one.
    pub primary: bool,
}

/// One employment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The job title, at most 256 characters.
    pub title: Option<String>,
    /// The department, at most 256 characters.
    pub department: Option<String>,
    /// The organisation's name, at most 256 characters.
    pub name: Option<String>,
    /// Whether it is marked as the main one.
    pub primary: bool,
    /// Google's `type`, lower case; often absent.
    pub kind: Option<String>,
}

/// One language that the person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// A BCP 47 code (`languageCode`), or whatever was typed in (`customLanguage`).
    pub code: String,
    /// Google's `preference`, lower case: `preferred`, `not_preferred`.
    pub preference: Option<String>,
}

/// One identifier that another system gave the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId {
    /// Google's `type`, lower case: `organization` (the employee id), `account`, `custom`, …
    pub kind: Option<String>,
    /// The name of a `custom` kind.
    pub custom_kind: Option<String>,
    /// Free text, at most 256 characters.
    pub value: String,
}

impl Reader {
    pub(super) fn phones(&mut self, user: &Object<'_>) -> Vec<Phone> {
        self.entries(user, "phones", |reader, entry| {
            let value = reader.text(entry, "value", "phones.value", PHONE);
            Some(Phone {
                value: reader.needed(value, "phones.value")?,
                kind: reader.kind(entry, "type", "phones.type"),
                custom_kind: reader.text(entry, "customType", "phones.customType", KIND),
                primary: reader.primary(entry, "phones.primary"),
            })
        })
    }

    pub(super) fn organizations(&mut self, user: &Object<'_>) -> Vec<Organization> {
        self.entries(user, "organizations", |reader, entry| {
            Some(Organization {
                title: reader.text(entry, "title", "organizations.title", TEXT),
                department: reader.text(entry, "department", "organizations.department", TEXT),
                name: reader.text(entry, "name", "organizations.name", TEXT),
                primary: reader.primary(entry, "organizations.primary"),
                kind: reader.kind(entry, "type", "organizations.type"),
            })
        })
    }

    pub(super) fn languages(&mut self, user: &Object<'_>) -> Vec<Language> {
        self.entries(user, "languages", |reader, entry| {
            let code = reader.text(entry, "languageCode", "languages.languageCode", KIND);
            let code =
                code.or_else(|| reader.text(entry, "customLanguage", "languages.customLanguage", KIND));
            Some(Language {
                code: reader.needed(code, "languages.languageCode")?,
                preference: reader.kind(entry, "preference", "languages.preference"),
            })
        })
    }

    pub(super) fn external_ids(&mut self, user: &Object<'_>) -> Vec<ExternalId> {
        self.entries(user, "externalIds", |reader, entry| {
            let value = reader.text(entry, "value", "externalIds.value", TEXT);
            Some(ExternalId {
                value: reader.needed(value, "externalIds.value")?,
                kind: reader.kind(entry, "type", "externalIds.type"),
                custom_kind: reader.text(entry, "customType", "externalIds.customType", KIND),
            })
        })
    }

    /// A list of e-mail addresses, lower case.
    pub(super) fn addresses(&mut self, user: &Object<'_>, field: &'static str) -> Vec<String> {
        let raws = self.list(user, field, ENTRIES);
        raws.into_iter()
            .filter_map(|raw| self.address(raw, field))
            .collect()
    }

    /// One e-mail address, lower case. A cut address would be somebody else's, so none is ever cut.
    pub(super) fn address(&mut self, raw: &RawValue, field: &'static str) -> Option<String> {
        let address = self.text_of(raw, field, Limit::Drop(254))?.to_lowercase();
        if !is_plausible_address(&address) {
            self.warn(field, Problem::Invalid);
            return None;
        }
        Some(address)
    }

    fn entries<T>(
        &mut self,
        user: &Object<'_>,
        field: &'static str,
        read: impl Fn(&mut Self, &Object<'_>) -> Option<T>,
    ) -> Vec<T> {
        let raws = self.list(user, field, ENTRIES);
        raws.into_iter()
            .filter_map(|raw| {
                let entry = self.object(raw, field)?;
                read(self, &entry)
            })
            .collect()
    }

    fn needed(&mut self, value: Option<String>, field: &'static str) -> Option<String> {
        if value.is_none() {
            self.warn(field, Problem::Missing);
        }
        value
    }

    fn kind(&mut self, entry: &Object<'_>, key: &str, field: &'static str) -> Option<String> {
        self.text(entry, key, field, KIND).map(|kind| kind.to_lowercase())
    }

    fn primary(&mut self, entry: &Object<'_>, field: &'static str) -> bool {
        match entry.get("primary").map(|raw| raw.get()) {
            Some("true") => true,
            None | Some("false" | "null") => false,
            Some(_) => {
                self.warn(field, Problem::WrongType);
                false
            }
        }
    }
}

fn is_plausible_address(address: &str) -> bool {
    // Lower-casing can make a text longer.
    if address.len() > 254 || address.contains(char::is_whitespace) {
        return false;
    }
    match address.split_once('@') {
        Some((name, domain)) => !name.is_empty() && !domain.is_empty() && !domain.contains('@'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: &str) -> Object<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn phones_keep_the_good_entries() {
        let json = r#"{"phones":[
            {"type":"Mobile","value":" +351 910\u200b 000 000 ","primary":true},
            {"type":"custom","customType":"Desk","value":"12"},
            {"type":7,"value":"13","primary":"yes"},
            {"type":"work","value":""}, {"type":"work"}, {"type":"work","value":5},
            null, [], "x", {"value":"\ud800"}]}"#;
        let mut reader = Reader::default();
        let phones = reader.phones(&user(json));
        let phone = |kind: Option<&str>, custom: Option<&str>, value: &str, primary| Phone {
            kind: kind.map(str::to_owned),
            custom_kind: custom.map(str::to_owned),
            value: value.to_owned(),
            primary,
        };
        assert_eq!(
            phones,
            [
                phone(Some("mobile"), None, "+351 910 000 000", true),
                phone(Some("custom"), Some("Desk"), "12", false),
                phone(None, None, "13", false),
            ]
        );
        let warnings: Vec<_> = reader.into_warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "phones.type has the wrong type",
                "phones.primary has the wrong type",
                "phones.value is missing",
                "phones.value has the wrong type",
                "phones has the wrong type",
                "phones.value cannot be read",
            ]
        );
    }

    #[test]
    fn languages_take_either_form() {
        let json = r#"{"languages":[{"languageCode":"pt","preference":"preferred"},{"customLanguage":"Klingon"},{}]}"#;
        let languages = Reader::default().languages(&user(json));
        let codes: Vec<_> = languages.iter().map(|l| l.code.as_str()).collect();
        assert_eq!(codes, ["pt", "Klingon"]);
    }

    #[test]
    fn addresses_are_lower_case_and_whole() {
        let long = format!("{}@acme.com", "a".repeat(250));
        let json = format!(
            r#"{{"aliases":["Ana@ACME.com","x","@acme.com","a@","a b@acme.com","a@b@c",7,"{long}","é@acme.com"]}}"#
        );
        let mut reader = Reader::default();
        assert_eq!(
            reader.addresses(&user(&json), "aliases"),
            ["ana@acme.com", "é@acme.com"]
        );
        let problems: Vec<_> = reader.into_warnings().iter().map(|w| w.problem).collect();
        assert_eq!(problems, [Problem::Invalid, Problem::WrongType, Problem::TooLong]);
    }
}
