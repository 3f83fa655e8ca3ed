//! Text from outside, made safe to store, to show and to log.

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
        if is_invisible(character) && !joins(before, character, characters.peek().copied()) {
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

/// Control characters, zero-width characters, bidirectional overrides and tags: they hide or reorder
/// what a person reads, and make two names look alike that are not.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A joiner that shapes what stands around it: names in Arabic and Indic scripts are spelled with it, and emoji are
/// composed with it. Between ASCII letters it can only deceive.
fn joins(before: Option<char>, character: char, after: Option<char>) -> bool {
    let shaped = |neighbour: Option<char>| {
        neighbour.is_some_and(|char| !char.is_ascii() && !char.is_whitespace() && !is_invisible(char))
    };
    matches!(character, '\u{200C}' | '\u{200D}') && shaped(before) && shaped(after)
}

/// Makes a message of a remote party fit for logs, events and status: one line, bounded, without query
/// strings and without anything that looks like a token or a key.
pub(super) fn sanitise(message: &str) -> String {
    let head = message.split("-----BEGIN").next().unwrap_or_default();
    let redacted = head.len() < message.len();
    let mut words: Vec<String> = head.split_whitespace().map(word).collect();
    if redacted {
        words.push("[redacted]".to_owned());
    }
    clean(&words.join(" "), MESSAGE_LIMIT).text
}

fn word(word: &str) -> String {
    // Invisible characters go first: one inside a token would hide it from the tests below.
    let word: String = word.chars().filter(|&c| !is_invisible(c)).collect();
    if looks_secret(&word) {
        return "[redacted]".to_owned();
    }
    match (word.find("://"), word.find(['?', '#'])) {
        (Some(scheme), Some(query)) if scheme < query => word[..query].to_owned(),
        _ => word,
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
        assert_eq!(sanitise(&"ab ".repeat(1000)).chars().count(), MESSAGE_LIMIT);
    }
}
