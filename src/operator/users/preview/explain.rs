//! Why one person is in or out, and what a sync would do about them.

use std::sync::Arc;

use serde::Serialize;

use super::plan::{Preview, fault};
use crate::api::extension::DisabledReason;
use crate::api::integration::{NumberSource, Numbering};
use crate::api::status::{PlanSample, Problem};
use crate::google::directory::UserId;
use crate::operator::engine::fault::Fault;
use crate::operator::status::progress::Progress;
use crate::operator::users::job::{Job, LookUp};
use crate::operator::users::pipe;
use crate::operator::users::selectors;
use crate::sync::desired::{Policy, Standing};
use crate::sync::index::Digest;
use crate::sync::person::{Person, PersonId};
use crate::sync::scope::{Match, Scope, Verdict};

/// What there is to say about one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The person as Google describes them; left out when Google knows nobody like that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Described>,
    /// Whether the person is in scope; left out when there is nobody, or when nobody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_scope: Option<bool>,
    /// Why, step by step.
    pub scope: Vec<String>,
    /// What ought to be there for the person.
    pub standing: String,
    /// The extension that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Present>,
    /// Where numbers come from.
    pub numbers: String,
    /// What a sync would do about this person, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<PlanSample>,
    /// Why it could not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// A person as Google describes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Described {
    /// Google's id.
    pub id: String,
    /// Primary address.
    pub email: String,
    /// Further addresses.
    pub aliases: Vec<String>,
    /// Name.
    pub name: Option<String>,
    /// Organizational unit, a path from the root.
    pub org_unit_path: Option<String>,
    /// Left out: Google did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
    /// Left out: Google did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// An extension that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Present {
    /// Its name.
    pub name: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<&'static str>,
    /// The integration that keeps it; left out: it belongs to the administrators of the phone system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
}

impl Preview {
    /// Explains one person, by address, alias or id. `None`: neither Google nor the extensions know anybody like that.
    pub async fn explain(&self, user: &str) -> Result<Option<Explanation>, Fault> {
        let Some(users) = self.subject.users() else {
            let standing = "spec.users.enabled is false, so no user is synced.".to_owned();
            return Ok(Some(Explanation {
                standing,
                ..Explanation::default()
            }));
        };
        let (directory, identity) = self.open(users).await?;
        let job = Job::new(&self.ctx, &self.subject, users, &identity, &directory)?;
        let found = self.find(user, &job).await?;
        let id = match &found {
            Some(person) => person.id.clone(),
            None => match self.owner(user) {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let resolved = selectors::resolve(&job, 1).await?;
        let scope = Arc::new(resolved.scope);
        selectors::remember(&job, &scope, &resolved.absent);
        let policy = self.subject.policy(users, Arc::clone(&scope));
        let mut explanation = Explanation {
            extension: self.present(&id),
            numbers: numbers(&users.numbering),
            ..Explanation::default()
        };
        match &found {
            Some(person) => self.judge(&policy, person, &mut explanation),
            None => explanation.standing = standing(policy.standing_of_deleted()),
        }
        let progress = Progress::silent(&self.ctx, &self.subject);
        let report = pipe::one(&job, progress, &id, found).await.map_err(fault)?;
        let changes = report.plan.clone().map(|plan| plan.samples).unwrap_or_default();
        explanation.step = changes.into_iter().next();
        explanation.problems = report.problems();
        Ok(Some(explanation))
    }

    /// Whether the person is in scope, and what follows from that.
    fn judge(&self, policy: &Policy, person: &Person, explanation: &mut Explanation) {
        let judged = policy.standing(person);
        let is_outside = matches!(judged, Standing::Outside(_));
        let keeper = explanation.extension.as_ref();
        let keeper = keeper.and_then(|present| present.integration.as_deref());
        let is_ours = keeper == Some(self.subject.name.as_str());
        explanation.in_scope = (judged != Standing::Undecided).then_some(!is_outside);
        explanation.scope = reasons(&policy.scope, person);
        explanation.standing = standing(if is_outside && is_ours {
            policy.standing_outside()
        } else {
            judged
        });
        explanation.person = Some(described(person));
    }

    /// The person whom Google describes, unless it calls them deleted.
    async fn find(&self, user: &str, job: &Job<'_>) -> Result<Option<Person>, Fault> {
        let there = |answer| match job.looked_up(answer)? {
            LookUp::There(user) if user.deletion_time.is_none() => Ok(Some(job.person(*user))),
            LookUp::There(_) | LookUp::Gone | LookUp::Foreign => Ok::<_, Fault>(None),
        };
        let asked = if user.contains('@') {
            job.directory.user_by_address(user).await
        } else {
            match UserId::parse(user) {
                Ok(id) => job.directory.user(&id).await,
                Err(_) => Ok(None),
            }
        };
        if let Some(person) = there(asked)? {
            return Ok(Some(person));
        }
        // The extension may still have an address that Google has taken away from its owner.
        let owner = self.owner(user);
        let Some(Ok(id)) = owner.map(|id| UserId::parse(id.as_str())) else {
            return Ok(None);
        };
        there(job.directory.user(&id).await)
    }

    /// Whose extension has this address or id.
    fn owner(&self, user: &str) -> Option<PersonId> {
        let mut known = self.known.values();
        let found = known.find(|known| {
            known.person.as_deref() == Some(user)
                || known
                    .addresses
                    .iter()
                    .any(|address| address.eq_ignore_ascii_case(user))
        });
        found?.person.as_deref().map(PersonId::new)
    }

    pub(super) fn present(&self, id: &PersonId) -> Option<Present> {
        let key = &self.subject.key;
        let digest: Digest = self
            .ctx
            .extensions
            .with(key, |tenant| tenant.index.of_person(id).cloned())?;
        Some(Present {
            name: format!("{}-{}", key.tenant, digest.number),
            enabled: digest.enabled,
            disabled_reason: digest.reason.map(DisabledReason::as_str),
            integration: digest.integration.map(|name| name.to_string()),
        })
    }
}

pub(super) fn described(person: &Person) -> Described {
    let name = person.display_name.clone().or_else(|| {
        let names = [person.first_name.as_deref(), person.last_name.as_deref()];
        let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        (!name.is_empty()).then_some(name)
    });
    Described {
        id: person.id.to_string(),
        email: person.email.clone(),
        aliases: person.aliases.clone(),
        name,
        org_unit_path: person.org_unit_path.clone(),
        suspended: person.suspended,
        archived: person.archived,
    }
}

/// Why the person is in scope or out of it, one line per step; the last one decides.
fn reasons(scope: &Scope, person: &Person) -> Vec<String> {
    if person.guest == Some(true) {
        return vec!["Out: guests from outside the organization never get an extension.".to_owned()];
    }
    let mut lines = Vec::new();
    if let Some(domain) = &scope.domain {
        if !scope.has_domain(person) {
            return vec![format!(
                "Out: the primary address is not in {domain}, the value of spec.google.domain."
            )];
        }
        lines.push(format!("In: the primary address is in {domain}."));
    }
    match scope.include.as_ref().map(|include| include.matches(person)) {
        None if scope.domain.is_some() => {}
        None => lines.push("In: everyone in the organization is in scope.".to_owned()),
        Some(Some(by)) => lines.push(format!("In: spec.users.scope.include lists {}.", named(&by))),
        Some(None) => lines.push("Out: spec.users.scope.include does not list the user.".to_owned()),
    }
    if let Some(by) = scope.exclude.matches(person) {
        lines.push(format!("Out: spec.users.scope.exclude lists {}.", named(&by)));
    }
    if scope.judge(person) == Verdict::Unknown {
        lines.push(
            "Unknown: Google returned no organizational unit for the user, or one that it does not list."
                .to_owned(),
        );
    }
    lines
}

/// How somebody is named.
fn named(by: &Match<'_>) -> String {
    match by {
        Match::User(address) => format!("{address}, an address of the user"),
        Match::Group(path) => match path.split_first() {
            Some((declared, inner)) if !inner.is_empty() => {
                format!(
                    "group {declared}, which contains the user through {}",
                    inner.join(", then ")
                )
            }
            _ => format!("group {}, which contains the user", path.concat()),
        },
        Match::Unit(unit) if unit.path == unit.declared => {
            format!("organizational unit {}, which contains the user", unit.declared)
        }
        Match::Unit(unit) => format!(
            "organizational unit {}, now {}, which contains the user",
            unit.declared, unit.path
        ),
    }
}

fn standing(standing: Standing) -> String {
    match standing {
        Standing::Enabled => "An enabled extension.".to_owned(),
        Standing::Disabled(reason) => format!("A disabled extension: {}.", reason.as_str()),
        Standing::Absent(reason) => format!("No extension: {}.", reason.as_str()),
        Standing::Released => {
            "A released extension: it stays unchanged, and the phone system administrators own it.".to_owned()
        }
        Standing::Outside(_) => "No extension from this integration.".to_owned(),
        Standing::Undecided => {
            "The extension stays unchanged: Google returned no organizational unit for the user, or one that it does not list."
                .to_owned()
        }
        Standing::Unknown => {
            "The extension stays unchanged: Google did not say whether the user is active.".to_owned()
        }
    }
}

fn numbers(numbering: &Numbering) -> String {
    let start = numbering.start.as_deref().unwrap_or(Numbering::DEFAULT_START);
    match numbering.source {
        NumberSource::Automatic => {
            let end = numbering
                .end
                .as_ref()
                .map_or_else(String::new, |end| format!(" to {end}"));
            format!("the lowest free number from {start}{end}; new users get numbers in directory order")
        }
        NumberSource::Property => format!(
            "the property {} of the Google user",
            numbering.property.as_deref().unwrap_or_default()
        ),
        NumberSource::Manual => "spec.users.numbering.assignments".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::groups::{GroupGraph, Roster};
    use crate::sync::scope::{Selection, Unit};

    fn ana() -> Person {
        Person {
            org_unit_path: Some("/Vendite/Roma".into()),
            ..Person::new(PersonId::new("1"), "ana@acme.com")
        }
    }

    fn user() -> Selection {
        Selection {
            people: [(PersonId::new("1"), "silva@acme.com".to_owned())].into(),
            ..Selection::default()
        }
    }

    fn unit() -> Selection {
        let (declared, path) = ("/Sales".to_owned(), "/Vendite".to_owned());
        Selection {
            units: vec![Unit { declared, path }],
            ..Selection::default()
        }
    }

    /// all@acme.com has sales@acme.com in it, which has berlin@acme.com in it, which has the person.
    fn nested() -> Selection {
        let mut graph = GroupGraph::default();
        let outer = |inner: &str| Roster {
            groups: vec![inner.to_owned()],
            ..Roster::default()
        };
        graph.insert("all@acme.com".into(), outer("sales@acme.com"));
        graph.insert("sales@acme.com".into(), outer("berlin@acme.com"));
        let people = vec![PersonId::new("1")];
        graph.insert(
            "berlin@acme.com".into(),
            Roster {
                people,
                ..Roster::default()
            },
        );
        Selection {
            groups: vec![graph.expand("all@acme.com")],
            ..Selection::default()
        }
    }

    #[test]
    fn the_way_into_the_scope_and_out_of_it_is_told() {
        let none = Selection::default;
        let through =
            "group all@acme.com, which contains the user through sales@acme.com, then berlin@acme.com";
        let now = "organizational unit /Sales, now /Vendite, which contains the user";
        let rows = [
            (
                None,
                None,
                none(),
                vec!["In: everyone in the organization is in scope.".to_owned()],
            ),
            (
                Some("acme.com"),
                None,
                none(),
                vec!["In: the primary address is in acme.com.".to_owned()],
            ),
            (
                Some("other.com"),
                Some(user()),
                none(),
                vec![
                    "Out: the primary address is not in other.com, the value of spec.google.domain."
                        .to_owned(),
                ],
            ),
            (
                None,
                Some(nested()),
                none(),
                vec![format!("In: spec.users.scope.include lists {through}.")],
            ),
            (
                None,
                Some(none()),
                none(),
                vec!["Out: spec.users.scope.include does not list the user.".to_owned()],
            ),
            (
                None,
                Some(user()),
                unit(),
                vec![
                    "In: spec.users.scope.include lists silva@acme.com, an address of the user.".to_owned(),
                    format!("Out: spec.users.scope.exclude lists {now}."),
                ],
            ),
        ];
        for (domain, include, exclude, lines) in rows {
            let domain = domain.map(str::to_owned);
            let scope = Scope {
                domain,
                include,
                exclude,
                units: None,
            };
            assert_eq!(reasons(&scope, &ana()), lines);
            // What is told and what is decided are the same.
            let told_in = lines.last().is_some_and(|line| line.starts_with("In:"));
            assert_eq!(told_in, scope.judge(&ana()) == Verdict::In, "{lines:?}");
        }
        let guest = Person {
            guest: Some(true),
            ..ana()
        };
        assert_eq!(reasons(&Scope::default(), &guest).len(), 1);
    }
}
