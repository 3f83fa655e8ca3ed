//! A file that no module declares is compiled by nobody: its tests pass for ever.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::graph::Graph;

/// Every Rust file below a folder, relative to it.
fn files(root: &Path, folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(path.strip_prefix(root).unwrap().to_owned());
        }
    }
}

#[test]
fn every_file_of_the_library_is_declared() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    files(&source, &source, &mut found);
    let graph = Graph::ours();
    let declared: BTreeSet<_> = graph
        .modules
        .values()
        .map(|module| PathBuf::from(&module.file))
        .collect();
    // The program itself is another crate.
    found.remove(Path::new("main.rs"));
    let orphans: Vec<_> = found.difference(&declared).collect();
    assert!(
        orphans.is_empty(),
        "no module declares {orphans:?}: declare or delete them"
    );
    assert!(
        found.is_subset(&declared) && found.len() > 150,
        "{} files",
        found.len()
    );
}
