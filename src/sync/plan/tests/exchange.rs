//! People who get numbers that other people leave in the same run.

use super::*;
use crate::sync::person::Wanted;
use crate::sync::quarantine::{from_text, to_text};

/// People by name with the number that they have and the one that their property says.
type Row<'a> = (&'a str, &'a str, &'a str);

/// A tenant between runs.
struct House {
    source: Source,
    index: TenantIndex,
    quarantine: HashMap<Number, String>,
    people: Vec<Person>,
    range: Range,
    version: u64,
}

impl House {
    fn new(rows: &[Row<'_>]) -> Self {
        let mut house = Self {
            source: Source::Property { fallback: false },
            index: TenantIndex::default(),
            quarantine: HashMap::new(),
            people: Vec::new(),
            range: Range::parse("1001", Some("1999")).unwrap(),
            version: 10,
        };
        for (name, has, wants) in rows {
            let person = Person {
                number: Wanted::Number(number(wants)),
                ..person(name, name)
            };
            house.put(extension(has, &person, true, None));
            house.people.push(person);
        }
        house
    }

    fn put(&mut self, mut object: PbxExtension) {
        self.version += 1;
        object.metadata.resource_version = Some(self.version.to_string());
        self.index
            .upsert(Digest::of(&object, &mut Names::default()).unwrap());
    }

    fn want(&mut self, name: &str, wants: &str) {
        let person = self.people.iter_mut().find(|person| person.id == id(name));
        person.unwrap().number = Wanted::Number(number(wants));
    }

    fn planner(&self) -> Planner {
        let mut quarantine = Quarantine::default().lasting(Duration::from_secs(1000));
        for (number, text) in &self.quarantine {
            quarantine.insert(*number, from_text(text, at(NOW)).unwrap());
        }
        planner_in(policy(), self.range, self.source.clone(), quarantine)
    }

    /// Plans a run; tells whom it reports.
    fn plan(&self) -> (Planner, Vec<Planned>, Vec<String>) {
        let mut planner = self.planner();
        for person in &self.people {
            assert_eq!(planner.listed(person, &self.index), Step::Nothing);
        }
        assert_eq!(planner.missing(&self.index), []);
        let removals = planner.removals(&self.index);
        let reported = refused(&mut planner);
        (planner, removals, reported)
    }

    /// A run that is cut short after so many writes of extensions; tells whether it was.
    fn run(&mut self, mut writes: usize) -> bool {
        let (mut planner, removals, _) = self.plan();
        for planned in removals.iter().filter(|planned| planned.reason != "Duplicate") {
            let heir = removals
                .iter()
                .find(|other| other.moves_to() == Some(planned.number));
            let entry = Entry {
                heir: heir.map(|heir| heir.person.clone()),
                ..Entry::new(planned.person.clone(), at(NOW))
            };
            self.quarantine.insert(planned.number, to_text(&entry));
        }
        for wave in planner.waves(removals, &self.index) {
            for waiting in wave {
                let change = waiting.ready(&self.index).unwrap();
                if let Content::Move { to, view } = &change.content {
                    if writes == 0 {
                        return true;
                    }
                    writes -= 1;
                    assert!(!self.index.is_taken(*to), "two people: {}", text(&change));
                    let mut made = view.clone().into_object("acme", &to.to_string());
                    made.metadata.generation = Some(1);
                    self.put(made);
                }
                if writes == 0 {
                    return true;
                }
                writes -= 1;
                let known = self.index.get(change.number).unwrap();
                assert_eq!(known.generation, change.generation, "{}", text(&change));
                self.index.remove(change.number);
                for person in &self.people {
                    assert!(self.index.of_person(&person.id).is_some(), "{person:?} has none");
                }
            }
        }
        assert_eq!(refused(&mut planner), [""; 0]);
        false
    }

    fn roll(&self) -> String {
        let mut roll: Vec<_> = self
            .index
            .iter()
            .map(|digest| format!("{} {}", digest.number, digest.person.as_ref().unwrap()))
            .collect();
        roll.sort();
        roll.join(", ")
    }

    fn is_as_wanted(&self) -> bool {
        let has = |person: &Person| {
            let mut own = self.index.all_of_person(&person.id);
            let first = own.next().map(|digest| Wanted::Number(digest.number));
            first == Some(person.number) && own.next().is_none()
        };
        self.people.iter().all(has)
    }
}

const EXCHANGES: [&[Row<'_>]; 4] = [
    &[("ana", "2001", "2002"), ("bo", "2002", "2001")],
    &[
        ("ana", "2001", "2002"),
        ("bo", "2002", "2003"),
        ("cy", "2003", "2001"),
    ],
    // A row: somebody at its end gets a number that is free.
    &[
        ("ana", "2001", "2002"),
        ("bo", "2002", "2003"),
        ("cy", "2003", "2004"),
    ],
    // Two circles and a row at once, in the numbers of the range.
    &[
        ("ana", "1001", "1002"),
        ("bo", "1002", "1001"),
        ("cy", "1003", "1004"),
        ("dan", "1004", "1005"),
        ("eve", "1006", "1007"),
        ("fay", "1007", "1006"),
    ],
];

#[test]
fn an_exchange_is_carried_out_in_one_run() {
    for rows in EXCHANGES {
        let mut house = House::new(rows);
        assert!(!house.run(usize::MAX));
        assert!(house.is_as_wanted(), "{}", house.roll());
        let (_, removals, reported) = house.plan();
        assert_eq!((removals, reported), (vec![], vec![]), "a quiet run");
    }
}

/// Wherever it is cut short, everybody has an extension, and the next run ends it.
#[test]
fn an_exchange_that_is_cut_short_is_finished_by_the_next_run() {
    for rows in EXCHANGES {
        for writes in 0.. {
            let mut house = House::new(rows);
            if !house.run(writes) {
                break;
            }
            assert!(!house.run(usize::MAX));
            assert!(house.is_as_wanted(), "after {writes} writes: {}", house.roll());
        }
    }
}

/// Somebody corrects the properties after the operator was killed in the middle.
#[test]
fn whoever_goes_back_in_the_middle_of_an_exchange_has_the_old_number_again() {
    for writes in 0.. {
        let mut house = House::new(EXCHANGES[0]);
        let was_cut_short = house.run(writes);
        house.want("ana", "2001");
        house.want("bo", "2002");
        assert!(!house.run(usize::MAX));
        assert!(house.is_as_wanted(), "after {writes} writes: {}", house.roll());
        if !was_cut_short {
            break;
        }
    }
}

#[test]
fn numbers_that_were_exchanged_can_be_exchanged_with_others() {
    let mut house = House::new(&[
        ("ana", "2001", "2002"),
        ("bo", "2002", "2001"),
        ("cy", "2003", "2003"),
    ]);
    house.run(usize::MAX);
    house.want("bo", "2003");
    house.want("cy", "2001");
    house.run(usize::MAX);
    assert_eq!(house.roll(), "2001 cy, 2002 ana, 2003 bo");
}

#[test]
fn who_waits_for_somebody_who_stays_is_reported_and_so_is_who_waits_for_them() {
    let house = House::new(&[
        ("ana", "2001", "2002"),
        ("bo", "2002", "2003"),
        ("cy", "2003", "2003"),
        ("dan", "2004", "2001"),
    ]);
    let (_, removals, mut reported) = house.plan();
    reported.sort();
    assert_eq!(texts(&removals), [""; 0]);
    assert_eq!(
        reported,
        ["ana", "bo", "dan"].map(|name| format!("NumberConflict for {name}@acme.com"))
    );
}

#[test]
fn of_two_who_want_the_number_of_a_third_the_first_gets_it() {
    let rows = [
        ("ana", "2001", "2003"),
        ("bo", "2002", "2003"),
        ("cy", "2003", "2004"),
    ];
    let mut house = House::new(&rows);
    let (_, _, reported) = house.plan();
    assert_eq!(reported, ["NumberConflict for bo@acme.com"]);
    house.people.remove(1);
    house.index.remove(number("2002"));
    house.run(usize::MAX);
    assert_eq!(house.roll(), "2003 ana, 2004 cy");
}

/// The number of somebody who leaves waits for that one, and for nobody else.
#[test]
fn the_number_of_somebody_who_leaves_is_nobodys_in_the_same_run() {
    let mut house = House::new(&[("ana", "2001", "2002"), ("bo", "2002", "2002")]);
    house.people[1].suspended = Some(true);
    let mut delete = policy();
    delete.lifecycle.on_suspended = WhileInactive::Delete;
    let mut planner = planner_of(delete, house.source.clone(), Quarantine::default());
    for person in &house.people {
        planner.listed(person, &house.index);
    }
    let removals = planner.removals(&house.index);
    assert_eq!(texts(&removals), ["Delete 2002 Suspended: gone"]);
    assert_eq!(refused(&mut planner), ["NumberConflict for ana@acme.com"]);
}

#[test]
fn a_circle_needs_a_free_number_and_says_so_when_there_is_none() {
    let mut house = House::new(&[("ana", "101", "102"), ("bo", "102", "101"), ("cy", "103", "104")]);
    house.range = Range::parse("101", Some("103")).unwrap();
    let (mut planner, removals, _) = house.plan();
    let waves = planner.waves(removals, &house.index).concat();
    assert_eq!(texts(&waves), ["Delete 103 Renumbered: moved to 104, on"]);
    let problems = planner.problems();
    assert_eq!(problems.len(), 2);
    assert!(
        problems[0].message.contains("Raise spec.users.numbering.end"),
        "{problems:?}"
    );
}

/// Somebody who is suspended in the same moment moves all the same, switched off.
#[test]
fn whoever_is_suspended_meanwhile_moves_switched_off() {
    let mut house = House::new(EXCHANGES[0]);
    house.people[0].suspended = Some(true);
    let (_, removals, reported) = house.plan();
    assert_eq!(
        texts(&removals),
        [
            "Delete 2001 Renumbered: moved to 2002, off Suspended",
            "Delete 2002 Renumbered: moved to 2001, on"
        ]
    );
    assert_eq!(reported, [""; 0]);
    // And whoever cannot move is switched off where they are.
    house.want("bo", "2002");
    let (_, removals, reported) = house.plan();
    assert_eq!(texts(&removals), ["Disable 2001 Suspended: off Suspended"]);
    assert_eq!(reported, ["NumberConflict for ana@acme.com"]);
}
