//! What holds of whatever strangers send: one check for each parser of foreign input. The fuzz targets of `fuzz/` make them with random
//! input, the unit tests with the seeds of the targets. Neither is in the program.

pub use crate::cli::fuzzing::manifest;
pub use crate::google::fuzzing::{directory, errors, key_file, members, tokens, users};
pub use crate::http::fuzzing::push;
pub use crate::sync::fuzzing::{property, schedule};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::google::testing::private_key;

    type Check = fn(&[u8]);

    /// Every target, by its name.
    const TARGETS: [(&str, Check); 10] = [
        ("directory", directory),
        ("errors", errors),
        ("key_file", |input| key_file(input, private_key())),
        ("manifest", manifest),
        ("members", members),
        ("property", property),
        ("push", push),
        ("schedule", schedule),
        ("tokens", tokens),
        ("users", users),
    ];

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
    }

    fn names(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                path.file_stem().unwrap().to_str().unwrap().to_owned()
            })
            .collect()
    }

    /// The seeds of a target, in the order of their names.
    fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = fs::read_dir(folder("corpus").join(name)).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let read = |path: PathBuf| {
            let seed = fs::read(&path).unwrap();
            (path, seed)
        };
        paths.into_iter().map(read).collect()
    }

    #[test]
    #[allow(clippy::print_stderr, reason = "should it fail, this tells with which seed")]
    fn every_target_has_a_check_and_seeds_that_pass() {
        let known: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names(&folder("fuzz_targets")), known);
        assert_eq!(names(&folder("corpus")), known);
        for (name, check) in TARGETS {
            let seeds = seeds(name);
            assert!(seeds.len() >= 4, "{name} has {} seeds", seeds.len());
            for (path, seed) in seeds {
                eprintln!("{}", path.display());
                check(&seed);
            }
        }
    }

    /// A change to a seed: from here so many bytes go, and these come.
    fn change() -> impl Strategy<Value = (Index, usize, Vec<u8>)> {
        let new = prop_oneof![
            Just(Vec::new()),
            prop::collection::vec(any::<u8>(), 1..4),
            "[ -~]{1,8}|\\PC{1,4}|\n|\"|\\{|\\}|\\[|\\]|: |,|\\\\u[0-9a-f]{4}".prop_map(String::into_bytes),
        ];
        (
            any::<Index>(),
            prop_oneof![Just(0_usize), 0..4_usize, 0..64_usize],
            new,
        )
    }

    proptest! {
        #[test]
        fn changed_seeds_pass_too(
            target in 0..TARGETS.len(),
            seed in any::<Index>(),
            changes in prop::collection::vec(change(), 1..5),
        ) {
            let (name, check) = TARGETS[target];
            let seeds = seeds(name);
            let mut input = seed.get(&seeds).1.clone();
            for (at, length, new) in changes {
                let at = at.index(input.len() + 1);
                input.splice(at..(at + length).min(input.len()), new);
            }
            check(&input);
        }
    }
}
