//! The `query` parameter of users.list: `orgUnitPath='/Sales' isSuspended=false email:ann*`.
//!
//! Clauses separated by spaces must all match; there is no OR and no NOT.

pub(crate) mod groups;
mod matching;

/// A parsed query. An empty one matches everybody.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Query {
    clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq)]
struct Clause {
    field: Field,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    /// No field was named: given name, family name or address.
    Anything,
    Name,
    Email,
    GivenName,
    FamilyName,
    /// A flag, by the name of the resource's field.
    Flag(&'static str),
    /// A part of each entry of a list: the list, and the part.
    Part(&'static str, &'static str),
    Address,
    OrgUnitPath,
    Manager {
        direct: bool,
        by_id: bool,
    },
    Custom(String, String),
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Equals(String),
    /// Whole words, in order.
    Words(String),
    Prefix(String),
    Compare(Comparison, String),
    Range(String, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The query is not one that Google would accept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidQuery;

/// Which operators a field takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    Equals,
    EqualsWords,
    EqualsWordsPrefix,
    Words,
    Everything,
}

impl Query {
    /// Parses a query. `orgUnitPath` is for administrators' views only.
    pub(crate) fn parse(text: &str, admin_view: bool) -> Result<Self, InvalidQuery> {
        let mut rest = text.trim();
        let mut clauses = Vec::new();
        while !rest.is_empty() {
            let (clause, after) = clause(rest)?;
            if clause.field == Field::OrgUnitPath && !admin_view {
                return Err(InvalidQuery);
            }
            clauses.push(clause);
            if !after.is_empty() && !after.starts_with(char::is_whitespace) {
                return Err(InvalidQuery);
            }
            rest = after.trim_start();
        }
        Ok(Self { clauses })
    }
}

fn clause(text: &str) -> Result<(Clause, &str), InvalidQuery> {
    let name_end = text
        .find(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let Some((operator, rest)) = operator(rest) else {
        let (value, rest) = value(text)?;
        return Ok((
            Clause {
                field: Field::Anything,
                test: words_or_prefix(value),
            },
            rest,
        ));
    };
    let (field, takes) = field(name)?;
    if operator == ":" && rest.starts_with('[') {
        let (bounds, rest) = rest[1..].split_once(']').ok_or(InvalidQuery)?;
        let (low, high) = bounds.split_once(',').ok_or(InvalidQuery)?;
        let range = Test::Range(low.trim().to_owned(), high.trim().to_owned());
        return if takes == Takes::Everything {
            Ok((Clause { field, test: range }, rest))
        } else {
            Err(InvalidQuery)
        };
    }
    let (value, rest) = value(rest)?;
    let wanted = test(operator, value, takes)?;
    if matches!(field, Field::Flag(_)) && !is_boolean(&wanted) {
        return Err(InvalidQuery);
    }
    Ok((Clause { field, test: wanted }, rest))
}

fn test(operator: &str, value: Value, takes: Takes) -> Result<Test, InvalidQuery> {
    let comparison = match operator {
        "=" if takes != Takes::Words => return Ok(Test::Equals(value.text)),
        ":" if takes != Takes::Equals => {
            let wanted = words_or_prefix(value);
            let prefix_allowed = matches!(takes, Takes::EqualsWordsPrefix | Takes::Everything);
            return if prefix_allowed || !matches!(wanted, Test::Prefix(_)) {
                Ok(wanted)
            } else {
                Err(InvalidQuery)
            };
        }
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return Err(InvalidQuery),
    };
    if takes == Takes::Everything {
        Ok(Test::Compare(comparison, value.text))
    } else {
        Err(InvalidQuery)
    }
}

fn is_boolean(test: &Test) -> bool {
    matches!(test, Test::Equals(value) if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"))
}

fn words_or_prefix(value: Value) -> Test {
    match value.text.strip_suffix('*') {
        Some(prefix) if value.starred => Test::Prefix(prefix.to_lowercase()),
        _ => Test::Words(value.text),
    }
}

fn operator(text: &str) -> Option<(&'static str, &str)> {
    ["<=", ">=", "=", ":", "<", ">"]
        .iter()
        .find_map(|op| Some((*op, text.strip_prefix(op)?)))
}

struct Value {
    text: String,
    /// Ends in a `*` that stands for a prefix.
    starred: bool,
}

/// A value in single quotes (a quote inside is `\'`), or up to the next space.
fn value(text: &str) -> Result<(Value, &str), InvalidQuery> {
    let Some(quoted) = text.strip_prefix('\'') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if word.is_empty() || word.contains('\'') {
            return Err(InvalidQuery);
        }
        return Ok((
            Value {
                text: word.to_owned(),
                starred: word.ends_with('*'),
            },
            rest,
        ));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next().ok_or(InvalidQuery)?.1),
            '\'' => {
                let rest = &quoted[at + 1..];
                // `'ann'*` is how a prefix with a space is written.
                return Ok(match rest.strip_prefix('*') {
                    Some(rest) => (
                        Value {
                            text: value + "*",
                            starred: true,
                        },
                        rest,
                    ),
                    None => (
                        Value {
                            starred: value.ends_with('*'),
                            text: value,
                        },
                        rest,
                    ),
                });
            }
            other => value.push(other),
        }
    }
    Err(InvalidQuery)
}

#[rustfmt::skip]
fn field(name: &str) -> Result<(Field, Takes), InvalidQuery> {
    use Field::{Address, Custom, Email, FamilyName, Flag, GivenName, Manager, Name, OrgUnitPath, Part};
    Ok(match name {
        "name" => (Name, Takes::EqualsWords),
        "email" => (Email, Takes::EqualsWordsPrefix),
        "givenName" => (GivenName, Takes::EqualsWordsPrefix),
        "familyName" => (FamilyName, Takes::EqualsWordsPrefix),
        "isAdmin" => (Flag("isAdmin"), Takes::Equals),
        "isDelegatedAdmin" => (Flag("isDelegatedAdmin"), Takes::Equals),
        "isSuspended" => (Flag("suspended"), Takes::Equals),
        "isArchived" => (Flag("archived"), Takes::Equals),
        "isEnrolledIn2Sv" => (Flag("isEnrolledIn2Sv"), Takes::Equals),
        "isEnforcedIn2Sv" => (Flag("isEnforcedIn2Sv"), Takes::Equals),
        "isGuest" => (Flag("isGuestUser"), Takes::Equals),
        "manager" => (Manager { direct: false, by_id: false }, Takes::Equals),
        "managerId" => (Manager { direct: false, by_id: true }, Takes::Equals),
        "directManager" => (Manager { direct: true, by_id: false }, Takes::Equals),
        "directManagerId" => (Manager { direct: true, by_id: true }, Takes::Equals),
        "phone" => (Part("phones", "value"), Takes::Equals),
        "orgUnitPath" => (OrgUnitPath, Takes::Equals),
        "address" => (Address, Takes::Words),
        "im" => (Part("ims", "im"), Takes::EqualsWords),
        "externalId" => (Part("externalIds", "value"), Takes::EqualsWords),
        "orgName" => (Part("organizations", "name"), Takes::EqualsWords),
        "orgTitle" => (Part("organizations", "title"), Takes::EqualsWords),
        "orgDepartment" => (Part("organizations", "department"), Takes::EqualsWords),
        "orgDescription" => (Part("organizations", "description"), Takes::EqualsWords),
        "orgCostCenter" => (Part("organizations", "costCenter"), Takes::EqualsWords),
        "addressPoBox" => (Part("addresses", "poBox"), Takes::EqualsWords),
        "addressExtended" => (Part("addresses", "extendedAddress"), Takes::EqualsWords),
        "addressStreet" => (Part("addresses", "streetAddress"), Takes::EqualsWords),
        "addressLocality" => (Part("addresses", "locality"), Takes::EqualsWords),
        "addressRegion" => (Part("addresses", "region"), Takes::EqualsWords),
        "addressPostalCode" => (Part("addresses", "postalCode"), Takes::EqualsWords),
        "addressCountry" => (Part("addresses", "country"), Takes::EqualsWords),
        _ => match name.split_once('.') {
            Some((schema, field)) if !schema.is_empty() && !field.is_empty() =>
                (Custom(schema.to_owned(), field.to_owned()), Takes::Everything),
            _ => return Err(InvalidQuery),
        },
    })
}
