//! No two files import each other, straight or in a circle.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::graph::Graph;

#[test]
fn no_files_of_the_library_import_each_other() {
    assert_eq!(Graph::ours().circles(), [[""; 0]; 0]);
}

#[test]
fn no_files_of_the_simulator_and_of_the_harness_import_each_other() {
    for member in ["tests/google-workspace-simulator", "tests/harness"] {
        let graph = Graph::of(
            &Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(member)
                .join("src/lib.rs"),
        );
        assert!(graph.modules.len() > 20, "{member} was not read");
        assert_eq!(graph.circles(), [[""; 0]; 0], "{member}");
    }
}

#[test]
fn nothing_but_tests_imports_from_tests() {
    let graph = Graph::ours();
    let wrong = graph.pairs().filter(|(from, to)| to.is_test && !from.is_test);
    let wrong: Vec<_> = wrong.map(|(from, to)| (&from.path, &to.path)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The circles of a crate of these files.
fn circles(files: &[(&str, &str)]) -> Vec<BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let circles = Graph::of(&folder.path().join("lib.rs")).circles();
    circles
        .into_iter()
        .map(|circle| circle.into_iter().collect())
        .collect()
}

#[test]
fn every_way_to_import_closes_a_circle() {
    let back = "use crate::a::A; pub struct B;";
    for (way, a) in [
        ("a use line", "use crate::b::B; pub struct A;"),
        ("a grouped one", "use crate::{b::{B}, c}; pub struct A;"),
        ("a relative one", "use super::b::B; pub struct A;"),
        ("a re-export", "pub use super::b::B; pub struct A;"),
        ("a name for it", "use super::b::B as Other; pub struct A;"),
        ("a type", "pub struct A(crate::b::B);"),
        ("a public field", "pub struct A(pub super::b::B);"),
        ("an expression", "pub struct A; fn f() { let _ = super::b::B; }"),
        (
            "a macro",
            "pub struct A; fn f() { println!(\"{:?}\", crate::b::B); }",
        ),
        (
            "an attribute",
            "#[serde(default = \"super::b::f\")] pub struct A;",
        ),
        (
            "a use line in a function",
            "pub struct A; fn f() { use crate::b::{self}; }",
        ),
    ] {
        let lib = "mod a; mod b; mod c;";
        let found = circles(&[("lib.rs", lib), ("a.rs", a), ("b.rs", back), ("c.rs", "")]);
        assert_eq!(found, [["a".to_owned(), "b".to_owned()].into()], "{way}");
    }
}

#[test]
fn a_child_that_imports_from_the_parent_who_exports_it_closes_a_circle() {
    for parent in [
        "mod b; pub use self::b::B; pub struct A;",
        "mod b; pub struct A(b::B);",
    ] {
        let files = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", parent),
            ("a/b.rs", "use super::A; pub struct B;"),
        ];
        let circle: BTreeSet<_> = ["a".to_owned(), "a::b".to_owned()].into();
        assert_eq!(circles(&files), [circle], "{parent}");
    }
}

#[test]
fn what_only_looks_like_an_import_closes_no_circle() {
    for a in [
        "pub struct A; /* crate::b::B */",
        "pub struct A; const TEXT: &str = \"see crate::b::B, or not\";",
        "pub(in crate::b) struct A;",
        "pub struct A; #[cfg(test)] mod tests { use super::*; use crate::b::B; }",
        "pub struct A; fn f(crate_: u8, b: u8) {}",
    ] {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", a),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ];
        assert_eq!(circles(&files), [], "{a}");
    }
}
