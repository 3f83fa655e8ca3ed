//! What ought to be there for one person: a function of the person and the declaration alone, so that the end state
//! does not depend on the order in which changes were seen.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::fit::fit;
use super::index::Digest;
use super::person::Person;
use super::scope::{Scope, Verdict};
use super::view::{KeptSpec, View};
use crate::api::extension::{DisabledReason, ExtensionUser, GoogleIdentity};
use crate::api::integration::{
    Lifecycle, MobileSource, OnDeleted, OnOutOfScope, Profile, Users, WhileInactive,
};

/// What an integration declares, reduced to what decides about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `spec.tenant.name`.
    pub tenant: String,
    /// `metadata.name` of the integration.
    pub integration: String,
    /// Who is in.
    pub scope: Arc<Scope>,
    /// What happens to extensions of people who are not active.
    pub lifecycle: Lifecycle,
    /// Which details go in.
    pub profile: Profile,
}

impl Policy {
    /// The policy of a declaration whose selectors have been resolved.
    pub fn new(tenant: &str, integration: &str, scope: Arc<Scope>, users: &Users) -> Self {
        Self {
            tenant: tenant.to_owned(),
            integration: integration.to_owned(),
            scope,
            lifecycle: users.lifecycle.clone(),
            profile: users.profile,
        }
    }
}

/// What ought to be there for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An enabled extension.
    Enabled,
    /// An extension, disabled for this reason.
    Disabled(DisabledReason),
    /// No extension, for this reason.
    Absent(DisabledReason),
    /// An extension as it is now, or an enabled one: Google did not say whether the person is active.
    Unknown,
    /// An extension as it is now, which belongs to the administrators of the phone system.
    Released,
    /// Whatever is there: Google did not say enough to tell whether the person is in scope.
    Undecided,
    /// None of our business: a guest, or somebody out of scope who never had an extension.
    Outside(Verdict),
}

impl Policy {
    /// What ought to be there for somebody whom Google described.
    pub fn standing(&self, person: &Person) -> Standing {
        match self.scope.judge(person) {
            Verdict::In => {}
            Verdict::Unknown => return Standing::Undecided,
            verdict => return Standing::Outside(verdict),
        }
        let archived = inactive(
            person.archived,
            self.lifecycle.on_archived,
            DisabledReason::Archived,
        );
        let suspended = inactive(
            person.suspended,
            self.lifecycle.on_suspended,
            DisabledReason::Suspended,
        );
        match (archived, suspended) {
            (absent @ Standing::Absent(_), _) | (_, absent @ Standing::Absent(_)) => absent,
            (disabled @ Standing::Disabled(_), _) | (_, disabled @ Standing::Disabled(_)) => disabled,
            (Standing::Unknown, _) | (_, Standing::Unknown) => Standing::Unknown,
            _ => Standing::Enabled,
        }
    }

    /// What ought to be there for somebody whom Google calls deleted.
    pub fn standing_of_deleted(&self) -> Standing {
        match self.lifecycle.on_deleted {
            OnDeleted::Disable => Standing::Disabled(DisabledReason::Deleted),
            OnDeleted::Delete => Standing::Absent(DisabledReason::Deleted),
        }
    }

    /// What ought to be there for somebody who has an extension and is out of scope.
    pub fn standing_outside(&self) -> Standing {
        match self.lifecycle.on_out_of_scope {
            OnOutOfScope::Disable => Standing::Disabled(DisabledReason::OutOfScope),
            OnOutOfScope::Delete => Standing::Absent(DisabledReason::OutOfScope),
            OnOutOfScope::Release => Standing::Released,
        }
    }

    /// When an extension goes that ought not to be there, in seconds since 1970; `None` means now. The date counts from
    /// the first time the cause was seen, and that is the date which stands on the extension. A date on an enabled one
    /// is not ours: nobody is waiting there.
    pub fn departure(&self, reason: DisabledReason, digest: &Digest, now: Timestamp) -> Option<i64> {
        let grace = self.lifecycle.grace_period.get().unwrap_or_default();
        let grace = SignedDuration::try_from(grace).unwrap_or(SignedDuration::MAX);
        if grace.is_zero() {
            return None;
        }
        let known = digest
            .remove_after
            .filter(|_| !digest.enabled && digest.reason.is_none_or(|known| known == reason));
        let until = known.unwrap_or_else(|| now.checked_add(grace).unwrap_or(Timestamp::MAX).as_second());
        (until > now.as_second()).then_some(until)
    }

    /// The extension of a person, given the one that is there. `remove_after` is when it goes, in seconds since 1970.
    pub fn view(
        &self,
        person: &Person,
        standing: Standing,
        remove_after: Option<i64>,
        current: Option<&Digest>,
    ) -> View {
        let (enabled, disabled_reason) = state(standing, current);
        let (user, google, _) = self.described(person);
        View {
            labels: View::labels_of(&self.tenant, &self.integration, person.id.as_str()),
            spec: KeptSpec {
                enabled,
                disabled_reason,
                remove_after: remove_after.and_then(date),
                user: Some(user),
                google: Some(google),
            },
        }
    }

    /// What the extension says about the person, and the fields in which it says less than the directory does.
    pub fn described(&self, person: &Person) -> (ExtensionUser, GoogleIdentity, Vec<&'static str>) {
        let mut user = user(person, self.profile);
        let mut google = GoogleIdentity {
            user_id: person.id.as_str().to_owned(),
            customer_id: person.customer_id.clone(),
            org_unit_path: person.org_unit_path.clone(),
        };
        let lost = fit(&mut user, &mut google);
        (user, google, lost)
    }
}

/// The text of `spec.removeAfter`.
pub fn date(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.to_string())
}

fn inactive(flag: Option<bool>, policy: WhileInactive, reason: DisabledReason) -> Standing {
    match (flag, policy) {
        (_, WhileInactive::Ignore) | (Some(false), _) => Standing::Enabled,
        (None, _) => Standing::Unknown,
        (Some(true), WhileInactive::Disable) => Standing::Disabled(reason),
        (Some(true), WhileInactive::Delete) => Standing::Absent(reason),
    }
}

/// `enabled` and `disabledReason`. An administrator's own switch-off holds, whatever Google says, until the person is
/// deleted there or leaves the scope.
fn state(standing: Standing, current: Option<&Digest>) -> (bool, Option<DisabledReason>) {
    let by_administrator = current.is_some_and(Digest::disabled_by_administrator);
    match standing {
        Standing::Disabled(reason @ (DisabledReason::Deleted | DisabledReason::OutOfScope)) => {
            (false, Some(reason))
        }
        _ if by_administrator => (false, None),
        Standing::Disabled(reason) | Standing::Absent(reason) => (false, Some(reason)),
        Standing::Unknown | Standing::Released | Standing::Undecided => {
            current.map_or((true, None), |digest| (digest.enabled, digest.reason))
        }
        Standing::Enabled | Standing::Outside(_) => (true, None),
    }
}

fn user(person: &Person, profile: Profile) -> ExtensionUser {
    let mut email_aliases: Vec<_> = person
        .aliases
        .iter()
        .filter(|alias| **alias != person.email)
        .cloned()
        .collect();
    email_aliases.sort();
    email_aliases.dedup();
    ExtensionUser {
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        display_name: person.display_name.clone(),
        email: Some(person.email.clone()),
        email_aliases,
        mobile: match profile.mobile {
            MobileSource::Mobile => person.mobile.clone(),
            MobileSource::Work => person.work_phone.clone(),
        },
        work_phone: person.work_phone.clone(),
        job_title: person.job_title.clone(),
        department: person.department.clone(),
        language: person.language.clone(),
        photo: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::person::PersonId;

    fn policy(on_suspended: WhileInactive, on_archived: WhileInactive) -> Policy {
        Policy {
            tenant: "acme".into(),
            integration: "acme".into(),
            scope: Arc::default(),
            lifecycle: Lifecycle {
                on_suspended,
                on_archived,
                ..Default::default()
            },
            profile: Profile::default(),
        }
    }

    #[test]
    fn standing_table() {
        use DisabledReason::{Archived, Suspended};
        use WhileInactive::{Delete, Disable, Ignore};
        let (yes, no, unknown) = (Some(true), Some(false), None);
        let rows = [
            (no, no, Disable, Disable, Standing::Enabled),
            (yes, no, Disable, Disable, Standing::Disabled(Suspended)),
            (yes, no, Delete, Disable, Standing::Absent(Suspended)),
            (yes, no, Ignore, Disable, Standing::Enabled),
            (no, yes, Disable, Disable, Standing::Disabled(Archived)),
            (no, yes, Disable, Delete, Standing::Absent(Archived)),
            (no, yes, Delete, Ignore, Standing::Enabled),
            // The stronger effect wins, and of two equal ones the archived state is named.
            (yes, yes, Disable, Disable, Standing::Disabled(Archived)),
            (yes, yes, Delete, Disable, Standing::Absent(Suspended)),
            (yes, yes, Ignore, Disable, Standing::Disabled(Archived)),
            (unknown, no, Disable, Disable, Standing::Unknown),
            (unknown, yes, Disable, Disable, Standing::Disabled(Archived)),
            (unknown, unknown, Ignore, Ignore, Standing::Enabled),
        ];
        for (suspended, archived, on_suspended, on_archived, expected) in rows {
            let person = Person {
                suspended,
                archived,
                ..Person::new(PersonId::new("1"), "ana@acme.com")
            };
            let standing = policy(on_suspended, on_archived).standing(&person);
            assert_eq!(
                standing, expected,
                "{suspended:?} {archived:?} {on_suspended:?} {on_archived:?}"
            );
        }
    }

    #[test]
    fn the_work_phone_becomes_the_mobile_number_when_asked() {
        let person = Person {
            mobile: Some("+1".into()),
            work_phone: Some("+2".into()),
            ..Person::new(PersonId::new("1"), "ana@acme.com")
        };
        assert_eq!(
            user(
                &person,
                Profile {
                    mobile: MobileSource::Mobile,
                    ..Profile::default()
                }
            )
            .mobile
            .as_deref(),
            Some("+1")
        );
        assert_eq!(
            user(
                &person,
                Profile {
                    mobile: MobileSource::Work,
                    ..Profile::default()
                }
            )
            .mobile
            .as_deref(),
            Some("+2")
        );
    }

    #[test]
    fn every_detail_of_a_person_arrives() {
        let text = |text: &str| Some(text.to_owned());
        let person = Person {
            aliases: vec!["a@acme.com".into()],
            first_name: text("Ana"),
            last_name: text("Silva"),
            display_name: text("Ana Silva"),
            mobile: text("+1"),
            work_phone: text("+2"),
            job_title: text("Engineer"),
            department: text("R&D"),
            language: text("pt"),
            org_unit_path: text("/Sales"),
            customer_id: text("C01"),
            ..Person::new(PersonId::new("1"), "ana@acme.com")
        };
        let policy = policy(WhileInactive::Disable, WhileInactive::Disable);
        let expected = View {
            labels: View::labels_of("acme", "acme", "1"),
            spec: KeptSpec {
                enabled: true,
                disabled_reason: None,
                remove_after: None,
                user: Some(ExtensionUser {
                    first_name: text("Ana"),
                    last_name: text("Silva"),
                    display_name: text("Ana Silva"),
                    email: text("ana@acme.com"),
                    email_aliases: vec!["a@acme.com".into()],
                    mobile: text("+1"),
                    work_phone: text("+2"),
                    job_title: text("Engineer"),
                    department: text("R&D"),
                    language: text("pt"),
                    photo: None,
                }),
                google: Some(GoogleIdentity {
                    user_id: "1".into(),
                    customer_id: text("C01"),
                    org_unit_path: text("/Sales"),
                }),
            },
        };
        assert_eq!(policy.view(&person, Standing::Enabled, None, None), expected);
    }

    #[test]
    fn aliases_are_sorted_unique_and_without_the_primary_address() {
        let aliases = ["z@a.com", "ana@a.com", "b@a.com", "z@a.com"]
            .map(str::to_owned)
            .to_vec();
        let person = Person {
            aliases,
            ..Person::new(PersonId::new("1"), "ana@a.com")
        };
        assert_eq!(
            user(&person, Profile::default()).email_aliases,
            ["b@a.com", "z@a.com"]
        );
    }
}
