//! A file that nobody can keep in mind is two files.

use crate::graph::Graph;
use std::fs;
use std::path::Path;

/// Lines of a file without its tests.
const LONGEST: usize = 400;

#[test]
fn no_file_is_longer_than_a_person_can_read_at_once() {
    let graph = Graph::ours();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut lengths: Vec<_> = graph
        .modules
        .values()
        .filter(|module| !module.is_test)
        .map(|module| {
            let text = fs::read_to_string(source.join(&module.file)).unwrap();
            let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
            (lines, module.file.clone())
        })
        .collect();
    lengths.sort();
    let too_long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST).collect();
    assert!(too_long.is_empty(), "{too_long:?}");
    assert!(lengths.last().unwrap().0 > 100, "nothing was read");
}
