//! The table of `clients/README.md`: which cases there are, and which client does what.

use std::collections::BTreeMap;

const README: &str = include_str!("../../clients/README.md");

/// What a client must report, case by case: `yes` or `no`.
pub(super) fn expected(client: &str) -> BTreeMap<&'static str, &'static str> {
    let rows: Vec<Vec<&str>> = README
        .lines()
        .skip_while(|line| !line.starts_with("| case"))
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let column = rows[0].iter().position(|name| *name == client).expect(client);
    rows[2..]
        .iter()
        .map(|row| {
            let (verdict, note) = row[column].split_once(": ").unwrap_or((row[column], ""));
            assert!(
                verdict == "yes" || (verdict == "no" && !note.is_empty()),
                "{client}, {}: neither `yes` nor `no: REASON`: {}",
                row[0],
                row[column]
            );
            (row[0].trim_matches('`'), verdict)
        })
        .collect()
}

/// What a client did report. A case that is reported twice, or with an unknown verdict, is a fault of the program.
pub(super) fn reported(output: &str) -> BTreeMap<&str, &str> {
    let mut cases = BTreeMap::new();
    for line in output.lines() {
        let (verdict, rest) = line.split_once(' ').expect(line);
        let name = rest.split(':').next().unwrap_or_default();
        assert!(["yes", "no", "failed"].contains(&verdict), "{line}");
        assert!(cases.insert(name, verdict).is_none(), "{name} is reported twice");
    }
    cases
}
