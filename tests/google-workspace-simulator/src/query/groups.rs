//! The `query` parameter of groups.list: `email:sales* name='Everybody' memberKey=ann@acme.example`.

use super::{InvalidQuery, operator, value};
use crate::directory::Directory;
use crate::directory::groups::Group;

/// A parsed query. An empty one matches every group.
#[derive(Debug, Default)]
pub(crate) struct GroupQuery {
    clauses: Vec<Clause>,
}

#[derive(Debug)]
enum Clause {
    Email(Text),
    Name(Text),
    Member(String),
}

#[derive(Debug)]
enum Text {
    Equals(String),
    Prefix(String),
}

impl GroupQuery {
    /// Parses a query.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidQuery> {
        let mut rest = text.trim();
        let mut clauses = Vec::new();
        while !rest.is_empty() {
            let (clause, after) = clause(rest)?;
            clauses.push(clause);
            if !after.is_empty() && !after.starts_with(char::is_whitespace) {
                return Err(InvalidQuery);
            }
            rest = after.trim_start();
        }
        let query = Self { clauses };
        let of_member = |clause: &Clause| matches!(clause, Clause::Member(_));
        if query.clauses.iter().any(of_member) && query.names_groups() {
            return Err(InvalidQuery);
        }
        Ok(query)
    }

    /// Whether it asks for an address or a name, which Google does not combine with a member.
    pub(crate) fn names_groups(&self) -> bool {
        let of_member = |clause: &Clause| matches!(clause, Clause::Member(_));
        !self.clauses.iter().all(of_member)
    }

    /// Whether every clause matches.
    pub(crate) fn matches(&self, group: &Group, directory: &Directory) -> bool {
        let name = group.resource.get("name").and_then(|name| name.as_str());
        self.clauses.iter().all(|clause| match clause {
            Clause::Email(text) => group.addresses().iter().any(|address| text.matches(address)),
            Clause::Name(text) => text.matches(name.unwrap_or_default()),
            Clause::Member(key) => directory.member_of(group, key).is_some(),
        })
    }
}

impl Text {
    fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Equals(wanted) => text == *wanted,
            Self::Prefix(wanted) => text.starts_with(wanted),
        }
    }
}

fn clause(text: &str) -> Result<(Clause, &str), InvalidQuery> {
    let name_end = text.find(|c: char| !c.is_alphanumeric()).ok_or(InvalidQuery)?;
    let (name, rest) = text.split_at(name_end);
    let (operator, rest) = operator(rest).ok_or(InvalidQuery)?;
    let (value, rest) = value(rest)?;
    let lower = value.text.to_lowercase();
    let wanted = match (operator, lower.strip_suffix('*')) {
        ("=", _) => Text::Equals(lower),
        // Without a star a colon stands for nothing that Google documents.
        (":", Some(prefix)) if value.starred => Text::Prefix(prefix.to_owned()),
        _ => return Err(InvalidQuery),
    };
    let clause = match (name, wanted) {
        ("email", wanted) => Clause::Email(wanted),
        ("name", wanted) => Clause::Name(wanted),
        ("memberKey", Text::Equals(_)) => Clause::Member(value.text),
        _ => return Err(InvalidQuery),
    };
    Ok((clause, rest))
}
