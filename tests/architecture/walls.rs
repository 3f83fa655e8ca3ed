//! What each part of the library may know. CONTRIBUTING.md shows the parts.

use crate::graph::Graph;
use crate::source::is_ident;

/// Each folder of `src`, and what it may import from besides itself.
const PARTS: [(&str, &[&str]); 7] = [
    ("fuzzing", &["cli", "http", "google", "sync"]),
    ("cli", &["http", "operator", "google", "sync", "api"]),
    ("http", &["operator", "google", "api"]),
    ("operator", &["google", "sync", "api"]),
    ("google", &[]),
    ("sync", &["api"]),
    ("api", &[]),
];

/// Each floor of the operator, and the floors below it that it may import from.
const FLOORS: [(&str, &[&str]); 4] = [
    ("engine", &[]),
    ("extensions", &["engine"]),
    ("status", &["engine"]),
    ("users", &["engine", "extensions", "status"]),
];

/// The one file that names every feature.
const WIRING: &[&str] = &["operator"];

fn above(path: &[String], depth: usize) -> &str {
    path.get(depth).map_or("", String::as_str)
}

/// Arrows that lead where none may, as texts.
fn crossings(graph: &Graph, is_wrong: impl Fn(&[String], &[String]) -> bool) -> Vec<String> {
    let wrong = graph.pairs().filter(|(from, to)| is_wrong(&from.path, &to.path));
    wrong
        .map(|(from, to)| format!("{} -> {}", from.path.join("::"), to.path.join("::")))
        .collect()
}

#[test]
fn imports_lead_down_only() {
    let graph = Graph::ours();
    let parts = |depth: usize, parent: &[&str]| -> Vec<String> {
        let inside = graph
            .modules
            .keys()
            .filter(|path| path.len() > depth && path[..depth] == *parent);
        let mut names: Vec<_> = inside.map(|path| path[depth].clone()).collect();
        names.dedup();
        names
    };
    let mut known: Vec<_> = PARTS.iter().map(|(part, _)| (*part).to_owned()).collect();
    known.sort();
    assert_eq!(parts(0, &[]), known, "a new part of src needs its walls here");
    let wrong = crossings(&graph, |from, to| {
        let (Some((_, allowed)), to) = (
            PARTS.iter().find(|(part, _)| *part == above(from, 0)),
            above(to, 0),
        ) else {
            return false; // the root of the library
        };
        to != above(from, 0) && !allowed.contains(&to)
    });
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_floors_of_the_operator_know_only_what_is_below_them() {
    let graph = Graph::ours();
    for (floor, _) in FLOORS {
        let path = vec!["operator".to_owned(), floor.to_owned()];
        assert!(graph.modules.contains_key(&path), "{floor}");
    }
    let wrong = crossings(&graph, |from, to| {
        let floor = FLOORS
            .iter()
            .find(|(floor, _)| above(from, 0) == "operator" && *floor == above(from, 1));
        let Some((floor, allowed)) = floor else {
            return false;
        };
        above(to, 0) == "operator" && above(to, 1) != *floor && !allowed.contains(&above(to, 1))
    });
    assert_eq!(wrong, [""; 0]);
}

/// A room is a folder, in `operator` beside the floors or in `users`, that somebody wires in `operator/mod.rs`.
fn room(path: &[String]) -> Option<Vec<String>> {
    let is_floor = |name: &str| FLOORS.iter().any(|(floor, _)| *floor == name);
    let depth = match (above(path, 0), above(path, 1)) {
        ("operator", "users") => 3,
        ("operator", name) if !is_floor(name) => 2,
        _ => return None,
    };
    (path.len() > depth).then(|| path[..depth].to_vec())
}

/// The folder of tests of a file is no room.
fn is_room(graph: &Graph, room: &[String]) -> bool {
    let tests = [room, &["tests".to_owned()]].concat();
    let mut inside = graph
        .modules
        .iter()
        .filter(|(path, _)| path.len() > room.len() && path.starts_with(room));
    inside.any(|(path, module)| *path != tests && !module.is_test)
}

#[test]
fn only_the_wiring_knows_a_room_from_outside() {
    let graph = Graph::ours();
    let rooms: std::collections::BTreeSet<_> = graph
        .modules
        .keys()
        .filter_map(|path| room(path))
        .filter(|room| is_room(&graph, room))
        .collect();
    let names: Vec<_> = rooms.iter().map(|room| room.join("::")).collect();
    for name in [
        "operator::users::photos",
        "operator::users::realtime",
        "operator::users::preview",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} is not among {names:?}");
    }
    let wrong = crossings(&graph, |from, to| {
        let Some(room) = rooms.iter().find(|room| to.starts_with(room)) else {
            return false;
        };
        !from.starts_with(room) && from != WIRING
    });
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_engine_names_no_feature() {
    let graph = Graph::ours();
    let rooms: Vec<String> = graph
        .modules
        .keys()
        .filter_map(|path| room(path))
        .filter(|room| is_room(&graph, room))
        .map(|room| room.last().unwrap().clone())
        .chain(["extensions", "status", "users"].map(str::to_owned))
        .collect();
    let engine = graph.modules.values().filter(|module| {
        !module.is_test && above(&module.path, 0) == "operator" && above(&module.path, 1) == "engine"
    });
    let mut files = 0;
    for module in engine {
        files += 1;
        let named = module.named.iter().filter(|path| above(path, 0) == "operator");
        let wrong: Vec<_> = named
            .filter(|path| rooms.iter().any(|room| path.contains(room)))
            .collect();
        assert!(wrong.is_empty(), "{} names {wrong:?}", module.file.display());
    }
    assert!(files > 10, "{files} files are no engine");
}

#[test]
fn the_pure_core_reaches_no_client_runtime_or_clock() {
    let graph = Graph::ours();
    let core = graph
        .modules
        .values()
        .filter(|module| above(&module.path, 0) == "sync");
    let mut files = 0;
    for module in core {
        files += 1;
        let text = module
            .tokens
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
            .replace(' ', "");
        for word in [
            "reqwest::",
            "tokio::",
            "kube::Client",
            "kube::Api",
            "kube::client",
            "kube::runtime",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
        ] {
            assert!(!text.contains(word), "{} has {word}", module.file.display());
        }
        assert!(!module.tokens.iter().any(|token| is_ident(token, "unsafe")));
    }
    assert!(files > 15, "{files} files are no core");
}
