//! What is asked for of each user beyond what [`User`](super::User) decodes.

use std::collections::BTreeSet;

use super::user::USER_FIELDS;

/// A request line has an end.
const SCHEMAS_LIMIT: usize = 20;

/// The remaining fields of a user that can be asked for (`schemas.User` of the discovery document). A closed list:
/// what Google adds may be as secret as what is left out.
const FIELDS: &[&str] = &[
    "addresses",
    "agreedToTerms",
    "archivalTime",
    "changePasswordAtNextLogin",
    "creationTime",
    "emails",
    "etag",
    "gender",
    "guestAccountInfo",
    "ims",
    "includeInGlobalAddressList",
    "isDelegatedAdmin",
    "isEnforcedIn2Sv",
    "isEnrolledIn2Sv",
    "keywords",
    "kind",
    "lastLoginTime",
    "locations",
    "notes",
    "posixAccounts",
    "relations",
    "suspensionReason",
    "suspensionTime",
    "thumbnailPhotoUrl",
    "websites",
];

/// Secrets, and what helps to take an account over.
const SECRET: &[&str] = &[
    "hashFunction",
    "ipWhitelisted",
    "password",
    "recoveryEmail",
    "recoveryPhone",
    "sshPublicKeys",
];

/// Further fields and custom schemas to ask for, so that [`User::resource`](super::User::resource) has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projection {
    wanted: bool,
    fields: BTreeSet<String>,
    schemas: BTreeSet<String>,
}

/// Why something cannot be asked for. It holds the name as it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProjection {
    /// A secret, or something that helps to take the account over.
    #[error("{0:?} is never read from Google, because it holds secrets or recovery data")]
    Secret(String),
    /// Google documents no such field of a user.
    #[error("{0:?} is not a field of a Google user that can be read")]
    UnknownField(String),
    /// Custom fields are asked for by the name of their schema.
    #[error("customSchemas needs the name of a schema")]
    SchemaMissing,
    /// Not a name that a custom schema can have.
    #[error("{0:?} is not the name of a custom schema: it has 1 to 64 letters, digits, _ or -")]
    InvalidSchema(String),
    /// More custom schemas than fit into a request.
    #[error("at most {SCHEMAS_LIMIT} custom schemas can be read")]
    TooManySchemas,
}

impl Projection {
    /// Asks for these top-level fields of a user (`externalIds`, `relations`, …) and for all fields of these custom
    /// schemas. A field that is decoded anyway may be named too: then it is in the resource.
    pub fn new<'a>(
        fields: impl IntoIterator<Item = &'a str>,
        schemas: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidProjection> {
        let mut projection = Self::default();
        for field in fields {
            projection.wanted = true;
            if !is_decoded(field) {
                projection.fields.insert(readable(field)?.to_owned());
            }
        }
        for schema in schemas {
            projection.wanted = true;
            projection.schemas.insert(named(schema)?.to_owned());
        }
        if projection.schemas.len() > SCHEMAS_LIMIT {
            return Err(InvalidProjection::TooManySchemas);
        }
        Ok(projection)
    }

    /// Whether nothing is wanted beyond what [`User`](super::User) decodes.
    pub fn is_empty(&self) -> bool {
        !self.wanted
    }

    /// The fields of one user for a `fields` mask.
    pub(super) fn mask(&self) -> String {
        let custom = (!self.schemas.is_empty()).then_some("customSchemas");
        let further = self.fields.iter().map(String::as_str).chain(custom);
        std::iter::once(USER_FIELDS)
            .chain(further)
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The parameters that make Google send custom fields. The names of schemas need no escaping.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        if self.schemas.is_empty() {
            return Vec::new();
        }
        let schemas: Vec<&str> = self.schemas.iter().map(String::as_str).collect();
        vec![
            ("projection", "custom".to_owned()),
            ("customFieldMask", schemas.join(",")),
        ]
    }
}

fn is_decoded(field: &str) -> bool {
    USER_FIELDS.split(',').any(|decoded| decoded == field)
}

fn readable(field: &str) -> Result<&str, InvalidProjection> {
    if SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(field)) {
        return Err(InvalidProjection::Secret(field.to_owned()));
    }
    if field == "customSchemas" {
        return Err(InvalidProjection::SchemaMissing);
    }
    if FIELDS.contains(&field) {
        return Ok(field);
    }
    Err(InvalidProjection::UnknownField(shortened(field)))
}

fn named(schema: &str) -> Result<&str, InvalidProjection> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=64).contains(&schema.len()) && schema.chars().all(plain) {
        return Ok(schema);
    }
    Err(InvalidProjection::InvalidSchema(shortened(schema)))
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[&str]) -> Result<Projection, InvalidProjection> {
        Projection::new(fields.iter().copied(), [])
    }

    #[test]
    fn a_mask_has_each_field_once() {
        assert_eq!(Projection::default().mask(), USER_FIELDS);
        assert!(Projection::default().is_empty());
        let projection = Projection::new(
            ["relations", "externalIds", "emails", "relations"],
            ["PBX", "HR_2"],
        )
        .unwrap();
        assert_eq!(
            projection.mask(),
            format!("{USER_FIELDS},emails,relations,customSchemas")
        );
        assert_eq!(
            projection.parameters(),
            [
                ("projection", "custom".to_owned()),
                ("customFieldMask", "HR_2,PBX".to_owned())
            ]
        );
        let decoded = fields(&["externalIds"]).unwrap();
        assert_eq!(
            (decoded.mask().as_str(), decoded.is_empty()),
            (USER_FIELDS, false)
        );
        assert_eq!(decoded.parameters(), []);
    }

    #[test]
    fn secrets_can_never_be_asked_for() {
        for secret in SECRET {
            for spelling in [(*secret).to_owned(), secret.to_lowercase(), secret.to_uppercase()] {
                let error = fields(&["emails", &spelling]).unwrap_err();
                assert_eq!(error, InvalidProjection::Secret(spelling));
            }
            assert!(!FIELDS.contains(secret) && !is_decoded(secret));
        }
        for way_around in [
            "*",
            "",
            "emails,password",
            "name/password",
            " password",
            "password ",
            "pass\u{200b}word",
            "users(password)",
            "customSchemas/PBX",
        ] {
            let error = fields(&[way_around]).unwrap_err();
            assert!(
                matches!(error, InvalidProjection::UnknownField(_)),
                "{way_around}"
            );
        }
        assert_eq!(
            fields(&["customSchemas"]).unwrap_err(),
            InvalidProjection::SchemaMissing
        );
    }

    #[test]
    fn schemas_are_names() {
        for schema in ["", "a,b", "a b", "a&fields=password", "*", &"a".repeat(65), "é"] {
            let error = Projection::new([], [schema]).unwrap_err();
            assert!(matches!(error, InvalidProjection::InvalidSchema(_)), "{schema}");
        }
        let many: Vec<String> = (0..=SCHEMAS_LIMIT).map(|n| format!("S{n}")).collect();
        let error = Projection::new([], many.iter().map(String::as_str)).unwrap_err();
        assert_eq!(error, InvalidProjection::TooManySchemas);
    }
}
