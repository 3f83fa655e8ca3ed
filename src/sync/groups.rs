//! Groups and the groups inside them, as the members' lists show them.

use std::collections::{HashMap, HashSet, VecDeque};

use super::person::PersonId;

/// What the members' list of one group holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// Users: members, managers and owners alike.
    pub people: Vec<PersonId>,
    /// Groups inside, by the key under which [`GroupGraph`] knows them.
    pub groups: Vec<String>,
    /// Whether all users of the organization are members.
    pub everyone: bool,
}

/// The members' lists that were read, by the key of the group. A group that is named in a roster and is not here could
/// not be expanded: it belongs to another organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupGraph(HashMap<String, Roster>);

impl GroupGraph {
    /// Adds a group's list.
    pub fn insert(&mut self, key: String, roster: Roster) {
        self.0.insert(key, roster);
    }

    /// Whether the group's list is known.
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Everybody in a group and in the groups inside it. Cycles are harmless: each group is looked at once.
    pub fn expand(&self, root: &str) -> Membership {
        let mut membership = Membership::default();
        let mut visited = HashSet::from([root]);
        let mut queue: VecDeque<(&str, Option<usize>)> = VecDeque::from([(root, None)]);
        while let Some((key, parent)) = queue.pop_front() {
            let place = membership.groups.len();
            membership.groups.push((key.to_owned(), parent));
            let Some(roster) = self.0.get(key) else { continue };
            if roster.everyone {
                membership.everyone.get_or_insert(place);
            }
            for person in &roster.people {
                membership.people.entry(person.clone()).or_insert(place);
            }
            for group in &roster.groups {
                if visited.insert(group) {
                    queue.push_back((group, Some(place)));
                }
            }
        }
        membership
    }
}

/// Everybody in one group, and through which groups they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The group itself first; each with the place of the group that it was found in.
    groups: Vec<(String, Option<usize>)>,
    people: HashMap<PersonId, usize>,
    everyone: Option<usize>,
}

impl Membership {
    /// The address that the declaration names.
    pub fn name(&self) -> &str {
        self.groups.first().map_or("", |(name, _)| name)
    }

    /// Whether the person is in.
    pub fn contains(&self, person: &PersonId) -> bool {
        self.everyone.is_some() || self.people.contains_key(person)
    }

    /// Whether everybody is in.
    pub fn is_everyone(&self) -> bool {
        self.everyone.is_some()
    }

    /// Everybody who is in by name.
    pub fn people(&self) -> impl Iterator<Item = &PersonId> {
        self.people.keys()
    }

    /// The groups from the declared one to the one that lists the person; `None` when the person is not in.
    pub fn path_to(&self, person: &PersonId) -> Option<Vec<&str>> {
        let mut place = Some(self.people.get(person).copied().or(self.everyone)?);
        let mut path = Vec::new();
        while let Some((name, parent)) = place.and_then(|place| self.groups.get(place)) {
            path.push(name.as_str());
            place = *parent;
        }
        path.reverse();
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graph(groups: &[(&str, &[&str], &[&str], bool)]) -> GroupGraph {
        let mut graph = GroupGraph::default();
        for (key, people, inside, everyone) in groups {
            let roster = Roster {
                people: people.iter().map(|id| PersonId::new(*id)).collect(),
                groups: inside.iter().map(|key| (*key).to_owned()).collect(),
                everyone: *everyone,
            };
            graph.insert((*key).to_owned(), roster);
        }
        graph
    }

    fn path<'a>(membership: &'a Membership, person: &str) -> Option<Vec<&'a str>> {
        membership.path_to(&PersonId::new(person))
    }

    #[test]
    fn nested_groups_count_and_a_cycle_ends() {
        let graph = graph(&[
            ("a", &["1"], &["b", "foreign"], false),
            ("b", &["2"], &["c"], false),
            ("c", &["3", "1"], &["a"], false),
        ]);
        let membership = graph.expand("a");
        assert_eq!(path(&membership, "1"), Some(vec!["a"]));
        assert_eq!(path(&membership, "2"), Some(vec!["a", "b"]));
        assert_eq!(path(&membership, "3"), Some(vec!["a", "b", "c"]));
        assert_eq!(path(&membership, "4"), None);
        assert!(!membership.is_everyone());
        assert_eq!(membership.name(), "a");
    }

    #[test]
    fn a_customer_member_means_everyone_at_any_depth() {
        let graph = graph(&[("a", &["1"], &["b"], false), ("b", &[], &[], true)]);
        let membership = graph.expand("a");
        assert!(membership.contains(&PersonId::new("99")));
        assert_eq!(path(&membership, "99"), Some(vec!["a", "b"]));
        assert_eq!(path(&membership, "1"), Some(vec!["a"]));
        assert!(!graph.expand("unknown").contains(&PersonId::new("1")));
    }

    proptest! {
        /// Whoever is in can be found by walking from the root, and nobody else is in.
        #[test]
        fn membership_is_reachability(
            rosters in prop::collection::vec((prop::collection::vec(0..12_usize, 0..4), prop::collection::vec(0..8_usize, 0..4)), 8)
        ) {
            let mut graph = GroupGraph::default();
            for (index, (people, groups)) in rosters.iter().enumerate() {
                graph.insert(index.to_string(), Roster {
                    people: people.iter().map(|id| PersonId::new(id.to_string())).collect(),
                    groups: groups.iter().map(usize::to_string).collect(),
                    everyone: false,
                });
            }
            let mut reached = vec![false; rosters.len()];
            reached[0] = true;
            for _ in 0..rosters.len() {
                for (index, (_, groups)) in rosters.iter().enumerate() {
                    if reached[index] {
                        for group in groups {
                            reached[*group] = true;
                        }
                    }
                }
            }
            let membership = graph.expand("0");
            for person in 0..12_usize {
                let expected = rosters.iter().zip(&reached).any(|((people, _), reached)| *reached && people.contains(&person));
                let id = PersonId::new(person.to_string());
                prop_assert_eq!(membership.contains(&id), expected);
                prop_assert_eq!(membership.path_to(&id).is_some(), expected);
            }
        }
    }
}
