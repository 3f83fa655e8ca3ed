//! Text from outside, made safe to store, to show and to log.

use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, JoinControl, VariationSelector};

/// Longest error text that is kept, in characters.
const MESSAGE_LIMIT: usize = 400;
/// An unbroken run of this many base64 characters is taken for key material.
const SECRET_RUN: usize = 48;

/// A cleaned text, and whether the limit cut it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleaned {
    pub(super) text: String,
    pub(super) cut: bool,
}

/// Drops characters that nobody can see, collapses white space and keeps at most `limit` characters.
pub(super) fn clean(input: &str, limit: usize) -> Cleaned {
    let mut text = String::with_capacity(input.len().min(limit * 4));
    let mut length = 0;
    let mut gap = false;
    let mut characters = input.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            gap = length > 0;
            continue;
        }
        let before = text.chars().next_back().filter(|_| !gap);
        if is_invisible(character) && !belongs(before, character, characters.peek().copied()) {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if length + needed > limit {
            return Cleaned { text, cut: true };
        }
        if gap {
            text.push(' ');
            gap = false;
        }
        text.push(character);
        length += needed;
    }
    Cleaned { text, cut: false }
}

/// Control characters, and whatever Unicode says may be left undrawn or reorders what stands around it: such characters make two
/// names look alike that are not.
pub fn is_invisible(character: char) -> bool {
    // The last are annotations between lines, which Unicode does not count among the ignorable.
    const ANNOTATIONS: std::ops::RangeInclusive<char> = '\u{FFF9}'..='\u{FFFB}';
    if character.is_ascii() || character.is_control() {
        return character.is_control();
    }
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || CodePointSetData::new::<BidiControl>().contains(character)
        || ANNOTATIONS.contains(&character)
}

/// An invisible character that is part of how something is spelled: names in Arabic and Indic scripts are written with joiners, and
/// emoji and Han characters with joiners and variation selectors. Whether it is one here, its neighbours tell.
pub fn is_spelling(character: char) -> bool {
    is_joiner(character) || is_variation(character)
}

fn is_joiner(character: char) -> bool {
    CodePointSetData::new::<JoinControl>().contains(character)
}

fn is_variation(character: char) -> bool {
    CodePointSetData::new::<VariationSelector>().contains(character)
}

/// Whether what may be part of a spelling is one between these two. Beside ASCII letters it can only deceive.
fn belongs(before: Option<char>, character: char, after: Option<char>) -> bool {
    const KEYCAP: char = '\u{20E3}';
    let shaped = |neighbour: Option<char>| {
        neighbour.is_some_and(|char| !char.is_ascii() && !char.is_whitespace() && !is_invisible(char))
    };
    // What a variation selector stands before may be the joiner of an emoji.
    let varied = shaped(before) || after == Some(KEYCAP);
    let joined = shaped(before) || before.is_some_and(is_variation);
    is_joiner(character) && joined && shaped(after) || is_variation(character) && varied
}

/// Makes a message of a remote party fit for logs, events and status: one line, bounded, without query
/// strings and without anything that looks like a token or a key.
pub(super) fn sanitise(message: &str) -> String {
    // Invisible characters go first: one inside a token or a mark would hide it from the tests below.
    let visible = |c: &char| c.is_whitespace() || !is_invisible(*c);
    let message: String = message.chars().filter(visible).collect();
    let head = message.split("-----BEGIN").next().unwrap_or_default();
    let redacted = head.len() < message.len();
    let mut words: Vec<String> = head.split_whitespace().map(word).collect();
    if redacted {
        words.push("[redacted]".to_owned());
    }
    clean(&words.join(" "), MESSAGE_LIMIT).text
}

fn word(word: &str) -> String {
    if looks_secret(word) {
        return "[redacted]".to_owned();
    }
    match (word.find("://"), word.find(['?', '#'])) {
        (Some(scheme), Some(query)) if scheme < query => word[..query].to_owned(),
        _ => word.to_owned(),
    }
}

/// JWTs start with `eyJ`, Google's access tokens with `ya29.`, its refresh tokens with `1//`, its client
/// secrets with `GOCSPX-`.
fn looks_secret(word: &str) -> bool {
    ["eyJ", "ya29.", "GOCSPX-"]
        .iter()
        .any(|prefix| word.contains(prefix))
        || word
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .starts_with("1//")
        || word
            .split(|c: char| !(c.is_ascii_alphanumeric() || "+/_=-".contains(c)))
            .any(|run| run.len() >= SECRET_RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_drops_what_cannot_be_seen() {
        for (input, expected) in [
            ("Ana  Silva", "Ana Silva"),
            ("  Ana\t\n Silva \u{00a0}", "Ana Silva"),
            ("A\u{200b}n\u{feff}a", "Ana"),
            ("\u{202e}anA\u{202c}", "anA"),
            ("Ana\u{0000}\u{0007}\u{009b}", "Ana"),
            ("A\u{2028}B", "A B"),
            ("Ana\u{e0041}", "Ana"),
            ("\u{200b} \u{200b}", ""),
            ("Zoë Ñandú 🎷", "Zoë Ñandú 🎷"),
            ("محمد", "محمد"),
            ("علی\u{200c}رضا", "علی\u{200c}رضا"),
            ("👩\u{200d}💻 \u{200d}", "👩\u{200d}💻"),
            (
                "❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
                "❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
            ),
            ("葛\u{e0100}城", "葛\u{e0100}城"),
            ("A\u{fe0f}n\u{e0100}a\u{fe0f}", "Ana"),
            ("A\u{1bca0}n\u{1d173}a\u{115f}\u{fff9}", "Ana"),
            ("A\u{200d}na \u{200c}é\u{200d} \u{200d}é", "Ana é é"),
        ] {
            let cleaned = clean(input, 256);
            assert_eq!(cleaned.text, expected, "{input:?}");
            assert!(!cleaned.cut);
        }
    }

    #[test]
    fn cleaning_cuts_between_characters() {
        let cleaned = clean("ééééé", 3);
        assert_eq!((cleaned.text.as_str(), cleaned.cut), ("ééé", true));
        let cleaned = clean("ab cd", 3);
        assert_eq!((cleaned.text.as_str(), cleaned.cut), ("ab", true));
        let exact = clean("abc  ", 3);
        assert_eq!((exact.text.as_str(), exact.cut), ("abc", false));
    }

    #[test]
    fn messages_lose_secrets_and_queries() {
        let key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
        for (input, expected) in [
            (
                "see https://example.com/a?token=b now",
                "see https://example.com/a now",
            ),
            ("bad token ya29.a0Af_b", "bad token [redacted]"),
            ("bad \"eyJhbGciOi.J9.x\" here", "bad [redacted] here"),
            ("bad ya\u{200b}29.a0Af_b", "bad [redacted]"),
            ("refresh 1//0abc", "refresh [redacted]"),
            ("really? yes", "really? yes"),
            ("line\r\nbreak\u{1b}[31m", "line break[31m"),
            (key, "[redacted]"),
        ] {
            assert_eq!(sanitise(input), expected);
        }
        let pem = format!("key -----BEGIN PRIVATE KEY-----\n{key}\nshort\n");
        assert_eq!(sanitise(&pem), "key [redacted]");
        let hidden = pem.replace("-BEGIN", "-\u{200b}BEGIN");
        assert_eq!(sanitise(&hidden), "key [redacted]");
        assert_eq!(sanitise(&"ab ".repeat(1000)).chars().count(), MESSAGE_LIMIT);
    }
}
