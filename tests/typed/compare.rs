//! What a page prints, held against what came: word by word, with a pattern for what is another every time.

/// Whether it is what the page promises. A line `...` stands for any lines; columns may be wider or narrower.
pub(crate) fn is_as_printed(printed: &[String], came: &str) -> bool {
    let came: Vec<&str> = came
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let printed: Vec<&str> = printed
        .iter()
        .map(|line| line.trim_end())
        .filter(|line| !line.is_empty())
        .collect();
    lines(&printed, &came)
}

fn lines(printed: &[&str], came: &[&str]) -> bool {
    match printed.split_first() {
        None => came.is_empty(),
        Some((&"...", rest)) => (0..=came.len()).any(|skipped| lines(rest, &came[skipped..])),
        Some((line, rest)) => came
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && lines(rest, others)),
    }
}

fn line_matches(printed: &str, came: &str) -> bool {
    let (printed, came) = (printed.split_whitespace(), came.split_whitespace());
    printed.clone().count() == came.clone().count()
        && printed
            .zip(came)
            .all(|(printed, came)| word_matches(printed, came))
}

fn word_matches(printed: &str, came: &str) -> bool {
    let kinds: [fn(&str) -> bool; 4] = [is_age, is_id, is_address, is_time];
    printed == came || kinds.iter().any(|kind| kind(printed) && kind(came))
}

/// `12s`, `3m14s`, `2d`.
fn is_age(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.ends_with(['s', 'm', 'h', 'd', 'y'])
        && word
            .chars()
            .all(|char| char.is_ascii_digit() || "smhdy".contains(char))
}

/// Google's ids and the hashes of plans.
fn is_id(word: &str) -> bool {
    word.len() >= 15 && word.chars().all(|char| char.is_ascii_hexdigit())
}

fn is_address(word: &str) -> bool {
    word.rsplit_once(':')
        .is_some_and(|(host, port)| host.ends_with("127.0.0.1") && port.parse::<u16>().is_ok())
}

fn is_time(word: &str) -> bool {
    word.contains('T') && word.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(printed: &str, came: &str) -> bool {
        let printed: Vec<String> = printed.lines().map(str::to_owned).collect();
        is_as_printed(&printed, came)
    }

    #[test]
    fn ages_ids_addresses_and_widths_may_differ_and_nothing_else() {
        assert!(compare("NAME  AGE\nacme  12s", "NAME    AGE\nacme    3m14s\n"));
        assert!(compare("id 104497032270219758213", "id 100000000000000000001"));
        assert!(compare("at http://127.0.0.1:1", "at http://127.0.0.1:65000"));
        assert!(compare("a\n...\nz", "a\nb\nc\nz"));
        assert!(compare("a\n...", "a"));
        for (printed, came) in [
            ("acme 42 True", "acme 41 True"),
            ("acme 12s", "acme <unknown>"),
            ("a", "a\nb"),
            ("a\nb", "a"),
            ("a\n...\nz", "a\nb"),
        ] {
            assert!(!compare(printed, came), "{printed} and {came}");
        }
    }
}
