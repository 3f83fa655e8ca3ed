//! Any path on any Google record: no panic, and what comes out is 3 to 13 digits or a problem.
//!
//! The input is the path, a line feed, and the record.

#![no_main]

use libfuzzer_sys::fuzz_target;

/// The modules under test, from their sources: the whole operator would take minutes to build and adds nothing here.
#[allow(dead_code, unused_imports)]
#[path = "../../src/sync"]
mod sync {
    pub mod number;
    pub mod property;
}

use sync::property::{NumberProblem, PropertyPath, number};

fuzz_target!(|input: &str| {
    let (text, resource) = input.split_once('\n').unwrap_or((input, "{}"));
    let path = match PropertyPath::parse(text) {
        Ok(path) => path,
        Err(error) => {
            assert!(error.to_string().starts_with("users.numbering.property: "));
            return;
        }
    };
    assert_eq!(path.as_str(), text);
    assert!(text.starts_with(path.top_level_field()));
    assert!(
        path.custom_schema()
            .is_none_or(|schema| text[14..].starts_with(schema))
    );
    match number(&path, resource) {
        Ok(number) => {
            let digits = number.to_string();
            assert!((3..=13).contains(&digits.len()));
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        }
        Err(NumberProblem::Missing) => {}
        Err(NumberProblem::Invalid(why)) => assert!(!why.is_empty()),
    }
    assert_eq!(number(&path, resource), number(&path, resource));
});
