//! Texts with a limit.

/// Cuts a text to a number of characters, as the CRD's limits count them.
pub fn truncated(mut text: String, characters: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        for (text, characters, cut) in [
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            ("aé😀z", 3, "aé😀"),
            ("😀😀", 1, "😀"),
            ("é", 0, ""),
        ] {
            assert_eq!(truncated(text.to_owned(), characters), cut);
        }
    }
}
