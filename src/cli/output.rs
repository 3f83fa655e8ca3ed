//! What a person reads: tables in kubectl's style, and text that cannot do anything to a terminal.
//!
//! Names, addresses and messages come from the directory and from whoever writes objects: they are hostile.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use unicode_width::UnicodeWidthStr;

use crate::google::{is_invisible, is_spelling};

/// Between two columns, as kubectl has it.
const GAP: usize = 3;

/// Prints the result of a command.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Prints one line of a result.
pub(super) fn say(line: &str) -> io::Result<()> {
    print(&format!("{}\n", plain(line)))
}

/// Tells something beside the result.
pub(super) fn note(line: &str) {
    // When standard error is closed, nobody wanted to know.
    let _ = writeln!(io::stderr(), "{}", plain(line));
}

/// Tells why a command failed.
pub(super) fn error(text: &str) {
    note(&format!("error: {text}"));
}

/// Whether an error says that the reader of our output has gone.
pub(super) fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The text with everything escaped that moves the cursor, colours, hides or reorders.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_deceptive) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_deceptive(character) {
            plain.extend(character.escape_unicode());
        } else {
            plain.push(character);
        }
    }
    plain.into()
}

/// What nobody sees and what is no part of any spelling (escape sequences begin with one), and separators of lines and paragraphs.
fn is_deceptive(character: char) -> bool {
    is_invisible(character) && !is_spelling(character) || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The same value as JSON for programs, and safe to be looked at.
pub(super) fn json<T: serde::Serialize>(value: &T) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    let mut safe = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if character != '\n' && is_deceptive(character) {
            // Outside of strings JSON has no such character, and inside this means the same.
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(character);
        }
    }
    safe.push('\n');
    Ok(safe)
}

/// Rows under an upper-case header, each column as wide as its widest cell.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this header and no row.
    pub(super) fn new(header: &[&str]) -> Self {
        let header = header.iter().map(|&cell| cell.to_owned()).collect();
        Self { rows: vec![header] }
    }

    /// Adds a row; an empty cell is shown as `-`.
    pub(super) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        let shown = |cell: &str| {
            if cell.is_empty() {
                "-".to_owned()
            } else {
                plain(cell).into_owned()
            }
        };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// Whether nothing but the header is there.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The whole table.
    pub(super) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.width())
                .max()
        };
        let widths: Vec<_> = (0..columns)
            .map(|column| width(column).unwrap_or_default())
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                text.push_str(cell);
                if column + 1 < row.len() {
                    let padding = widths[column] - cell.width() + GAP;
                    text.extend(std::iter::repeat_n(' ', padding));
                }
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_is_not_text() {
        for (text, shown) in [
            ("Ana Silva", "Ana Silva"),
            ("Ünïcøde 山田 😀", "Ünïcøde 山田 😀"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\rb\nc\td", "a\\u{d}b\\u{a}c\\u{9}d"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("ana\u{202e}elpmaxe", "ana\\u{202e}elpmaxe"),
            ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("a\u{3164}b\u{1d173}", "a\\u{3164}b\\u{1d173}"),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn json_is_safe_and_means_the_same() {
        let value = serde_json::json!({"a\u{202e}": ["\u{1b}[31m", "\u{9b}", "\u{e0041}", "é\n"]});
        let text = json(&value).unwrap();
        assert!(!text.contains(|c: char| c != '\n' && is_deceptive(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new(&["NAME", "USER", "REASON"]);
        assert!(table.is_empty());
        table.row(["acme-1001", "山田", "New"]);
        table.row(["a", "", "b\u{1b}"]);
        assert!(!table.is_empty());
        assert_eq!(
            table.text(),
            "NAME        USER   REASON\nacme-1001   山田   New\na           -      b\\u{1b}\n"
        );
    }
}
