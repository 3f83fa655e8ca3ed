//! A directory of a few people, and what can happen to them.

use proptest::prelude::*;

use crate::sync::person::{Person, PersonId};

/// How many people there are at most.
pub const PEOPLE: usize = 6;
/// The organization's domains.
pub const DOMAINS: [&str; 2] = ["acme.com", "beta.com"];

/// Something that happens to one person.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Hire,
    Rename,
    Suspended(Option<bool>),
    Archived(Option<bool>),
    Guest(Option<bool>),
    Move(usize),
    Delete,
    Undelete,
    /// Google forgets deleted people after 20 days.
    Forget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Unborn,
    There,
    Deleted,
    Forgotten,
}

#[derive(Clone, Debug)]
struct Record {
    presence: Presence,
    person: Person,
    edition: usize,
}

/// What Google knows.
#[derive(Clone, Debug)]
pub struct Directory(Vec<Record>);

impl Default for Directory {
    fn default() -> Self {
        let record = |index| Record {
            presence: Presence::Unborn,
            person: Person {
                customer_id: Some("C01".into()),
                suspended: Some(false),
                archived: Some(false),
                guest: Some(false),
                ..Person::new(id(index), format!("p{index}@{}", DOMAINS[0]))
            },
            edition: 0,
        };
        Self((0..PEOPLE).map(record).collect())
    }
}

/// The id of a person of the model.
pub fn id(index: usize) -> PersonId {
    PersonId::new(format!("10449703227021975{index:04}"))
}

impl Directory {
    /// Makes a change, unless it makes no sense for this person now.
    pub fn change(&mut self, index: usize, change: Change) {
        let Record {
            presence,
            person,
            edition,
        } = &mut self.0[index];
        match (change, *presence) {
            (Change::Hire, Presence::Unborn) | (Change::Undelete, Presence::Deleted) => {
                *presence = Presence::There;
            }
            (Change::Delete, Presence::There) => *presence = Presence::Deleted,
            (Change::Forget, Presence::Deleted) => *presence = Presence::Forgotten,
            (Change::Rename, Presence::There) => {
                *edition += 1;
                rename(person, index, *edition);
            }
            (Change::Move(domain), Presence::There) => {
                let (local, _) = person.email.split_once('@').unwrap();
                person.email = format!("{local}@{}", DOMAINS[domain]);
            }
            (Change::Suspended(flag), Presence::There) => person.suspended = flag,
            (Change::Archived(flag), Presence::There) => person.archived = flag,
            (Change::Guest(flag), Presence::There) => person.guest = flag,
            _ => {}
        }
    }

    /// The person, while Google has them.
    pub fn find(&self, id: &PersonId) -> Option<&Person> {
        self.people().find(|person| person.id == *id)
    }

    /// The complete list, which Google narrows to a domain itself.
    pub fn listed<'a>(&'a self, domain: Option<&'a str>) -> impl Iterator<Item = &'a Person> {
        self.people().filter(move |person| {
            domain.is_none_or(|domain| person.email.split_once('@').is_some_and(|(_, own)| own == domain))
        })
    }

    fn people(&self) -> impl Iterator<Item = &Person> {
        self.0
            .iter()
            .filter(|record| record.presence == Presence::There)
            .map(|record| &record.person)
    }
}

fn rename(person: &mut Person, index: usize, edition: usize) {
    let (_, domain) = person.email.split_once('@').unwrap();
    let text =
        |field: &str, every: usize| (!edition.is_multiple_of(every)).then(|| format!("{field} {edition}"));
    person.aliases.push(person.email.clone());
    person.email = format!("p{index}-{edition}@{domain}");
    person.first_name = text("first", 5);
    person.last_name = text("last", 3);
    person.display_name = text("name", 4);
    person.mobile = text("+1", 2);
    person.work_phone = text("+2", 3);
    person.job_title = text("title", 2);
    person.org_unit_path = text("/unit", 3);
}

/// Any change. `unknown` lets Google leave flags out of its answers.
pub fn change(unknown: bool) -> impl Strategy<Value = Change> {
    let flag = move || {
        prop_oneof![
            3 => Just(Some(false)),
            4 => Just(Some(true)),
            u32::from(unknown) => Just(None),
        ]
    };
    prop_oneof![
        2 => Just(Change::Hire),
        2 => Just(Change::Rename),
        4 => flag().prop_map(Change::Suspended),
        4 => flag().prop_map(Change::Archived),
        1 => flag().prop_map(Change::Guest),
        2 => (0..DOMAINS.len()).prop_map(Change::Move),
        2 => Just(Change::Delete),
        2 => Just(Change::Undelete),
        1 => Just(Change::Forget),
    ]
}
