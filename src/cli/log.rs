//! The operator's log, on standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// In place of an address.
const REMOVED: &str = "[address]";
/// Addresses of service accounts end like this. They are no people.
const SERVICE_ACCOUNT: &str = ".gserviceaccount.com";

/// Form of the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// One JSON object per line.
    Json,
    /// Lines of text for reading.
    Text,
}

/// From now on everything is logged that the filter lets through.
pub(super) fn begin(format: Format, filter: &str) -> Result<(), Box<dyn std::error::Error>> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_writer(|| Addressless(io::stderr()));
    match format {
        Format::Json => builder.json().init(),
        Format::Text => builder.with_ansi(has_colour()).init(),
    }
    Ok(())
}

/// <https://no-color.org>, and a file or pipe shows no colour.
fn has_colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes whole lines, without the addresses of people. The messages of faults name them for the status, and so do the words
/// of Google and of the API server: here is the one place that every line passes.
struct Addressless<W>(W);

impl<W: Write> Write for Addressless<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) => self.0.write_all(without_addresses(text).as_bytes())?,
            Err(_) => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text with every e-mail address of a person taken out, also where `@` is written as in a URL.
fn without_addresses(text: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let mut done = 0;
    let signs = || text.match_indices('@').chain(text.match_indices("%40"));
    let mut signs: Vec<_> = signs().collect();
    signs.sort_unstable();
    for (at, sign) in signs {
        if at < done {
            continue;
        }
        let (from, to) = (local_part(&text[done..at]) + done, at + sign.len());
        let to = to + domain(&text[to..]);
        if from == at || to == at + sign.len() || text[..to].ends_with(SERVICE_ACCOUNT) {
            continue;
        }
        clean.push_str(&text[done..from]);
        clean.push_str(REMOVED);
        done = to;
    }
    if done == 0 {
        return text.into();
    }
    clean.push_str(&text[done..]);
    clean.into()
}

/// Where the local part begins that this text ends with.
fn local_part(before: &str) -> usize {
    let is_outside = |c: char| c.is_whitespace() || c.is_control() || "\"\\<>()[]{}=,;:/`".contains(c);
    let Some((stop, found)) = before.char_indices().rfind(|&(_, c)| is_outside(c)) else {
        return 0;
    };
    // An escape of JSON is no part of it: `\n`, `\u001b`.
    let escape = match (found, before[stop + found.len_utf8()..].chars().next()) {
        ('\\', Some('u')) => 5,
        ('\\', Some(next)) => next.len_utf8(),
        _ => 0,
    };
    (stop + found.len_utf8() + escape).min(before.len())
}

/// How long the domain is that this text begins with.
fn domain(after: &str) -> usize {
    let is_inside = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let found = after.find(|c| !is_inside(c)).unwrap_or(after.len());
    after[..found].trim_end_matches(['.', '-']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_people_are_taken_out_and_nothing_else() {
        for (text, shown) in [
            ("no address", "no address"),
            ("ana@acme.example", "[address]"),
            (
                "Set subject (now it+x@acme.example). Then",
                "Set subject (now [address]). Then",
            ),
            (r#"{"error":"\nana@acme.example"}"#, r#"{"error":"\n[address]"}"#),
            (
                r#"{"a":"\u001bo'neil@acme.example\"x"}"#,
                r#"{"a":"\u001b[address]\"x"}"#,
            ),
            ("users/ana%40acme.example/photos", "users/[address]/photos"),
            ("jürgen@müller.example, 山@x.y", "[address], [address]"),
            ("a@b@c.d e@f", "[address]@c.d [address]"),
            ("x@y.iam.gserviceaccount.com", "x@y.iam.gserviceaccount.com"),
            (
                "image: busybox @ 3, @acme, acme@",
                "image: busybox @ 3, @acme, acme@",
            ),
        ] {
            assert_eq!(without_addresses(text), shown, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn json_stays_json_and_loses_its_addresses(words in proptest::collection::vec("\\PC{0,6}|ana@acme\\.example|[\"\\\\\n\u{1b}]", 0..8)) {
            let line = serde_json::json!({"error": words.concat()}).to_string();
            let clean = without_addresses(&line);
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&clean).is_ok(), "{line}: {clean}");
            proptest::prop_assert!(!clean.contains("ana@acme.example"), "{line}: {clean}");
        }

        #[test]
        fn any_text_can_be_logged(text in ".{0,40}") {
            without_addresses(&text);
        }
    }
}
