//! Who is in.

use super::person::Person;

/// Which people of the directory an integration serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only people whose primary address is in this domain.
    pub domain: Option<String>,
}

/// Whether a person is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In scope.
    In,
    /// A guest from outside the organization: never served.
    Guest,
    /// Not in the declared scope.
    Out,
}

impl Scope {
    /// Decides about one person.
    pub fn judge(&self, person: &Person) -> Verdict {
        if person.guest == Some(true) {
            return Verdict::Guest;
        }
        let domain = person.email.rsplit_once('@').map_or("", |(_, domain)| domain);
        match &self.domain {
            Some(wanted) if !wanted.eq_ignore_ascii_case(domain) => Verdict::Out,
            _ => Verdict::In,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::person::PersonId;

    #[test]
    fn a_domain_means_exactly_that_domain() {
        let scope = Scope {
            domain: Some("acme.com".into()),
        };
        let judge = |email: &str| scope.judge(&Person::new(PersonId::new("1"), email));
        assert_eq!(judge("ana@acme.com"), Verdict::In);
        assert_eq!(judge("ana@ACME.com"), Verdict::In);
        assert_eq!(judge("ana@sub.acme.com"), Verdict::Out);
        assert_eq!(judge("acme.com@other.com"), Verdict::Out);
        assert_eq!(judge("acme.com"), Verdict::Out);
    }

    #[test]
    fn guests_are_out_without_a_domain_too() {
        let person = Person {
            guest: Some(true),
            ..Person::new(PersonId::new("1"), "bo@acme.com")
        };
        assert_eq!(Scope::default().judge(&person), Verdict::Guest);
    }
}
