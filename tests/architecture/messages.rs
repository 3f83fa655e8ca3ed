//! What people are told: a command in a message can be copied and run as it is.

use proc_macro2::{TokenStream, TokenTree};

use crate::graph::Graph;
use crate::source::is_ident;

/// Every text among these tokens, without documentation: `///`, `#[doc = "…"]` and `doc = "…"` of kube.
fn texts(tokens: impl IntoIterator<Item = TokenTree>, found: &mut Vec<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                let is_doc = at >= 2 && is_ident(&tokens[at - 2], "doc");
                let text = literal.to_string();
                if text.contains('"') && !is_doc {
                    found.push(text);
                }
            }
            _ => {}
        }
    }
}

/// `<name>`, `<key file>`: what the reader is left to fill in.
fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('<').find_map(|(at, _)| {
        let inside = &text[at + 1..][..text[at + 1..].find('>')?];
        let is_word = |c: char| c.is_ascii_lowercase() || " .-_".contains(c);
        let is_one = inside.starts_with(|c: char| c.is_ascii_lowercase()) && inside.chars().all(is_word);
        is_one.then_some(inside)
    })
}

#[test]
fn no_message_leaves_a_name_to_be_filled_in() {
    let mut seen = 0;
    for module in Graph::ours().modules.values().filter(|module| !module.is_test) {
        let mut found = Vec::new();
        texts(module.tokens.iter().cloned(), &mut found);
        seen += found.len();
        for text in found {
            let left = placeholder(&text);
            assert_eq!(left, None, "{}: {text}", module.file.display());
        }
    }
    assert!(seen > 1000, "{seen} texts are too few to be all");
}

#[test]
fn a_placeholder_is_found_where_it_is_one() {
    for (source, expected) in [
        (r#"fault("annotate gwi <name> --overwrite")"#, Some("name")),
        (r#"format!("--from-file={}=<key file>.", a)"#, Some("key file")),
        (
            r#"#[x(message("must be <spec.tenant>"))] struct A;"#,
            Some("spec.tenant"),
        ),
        (r#"#[kube(doc = "named <tenant>")] struct A;"#, None),
        ("/// Named <tenant>.\nstruct A;", None),
        (r#"let a = "1 < 2 and 3 > 2, <https://no-color.org>";"#, None),
    ] {
        let tokens: TokenStream = source.parse().unwrap();
        let mut found = Vec::new();
        texts(tokens, &mut found);
        let found = found.iter().find_map(|text| placeholder(text));
        assert_eq!(found, expected, "{source}");
    }
}
