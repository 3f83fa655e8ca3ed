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
    use std::path::Path;

    use super::*;
    use crate::google::fuzzing::private_key;

    /// Every target, by its name.
    const TARGETS: [(&str, fn(&[u8])); 10] = [
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

    fn names(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                path.file_stem().unwrap().to_str().unwrap().to_owned()
            })
            .collect()
    }

    #[test]
    fn every_target_has_a_check_and_seeds() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let known: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names(&fuzz.join("fuzz_targets")), known);
        assert_eq!(names(&fuzz.join("corpus")), known);
        for (name, check) in TARGETS {
            let seeds: Vec<_> = fs::read_dir(fuzz.join("corpus").join(name)).unwrap().collect();
            assert!(seeds.len() >= 4, "{name} has {} seeds", seeds.len());
            for seed in seeds {
                let seed = seed.unwrap().path();
                // Should it fail, this tells with which one.
                eprintln!("{}", seed.display());
                check(&fs::read(seed).unwrap());
            }
        }
    }
}
