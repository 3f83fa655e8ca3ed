//! What people are told: a command in a message can be copied and run as it is.

use std::process::Command;

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

/// What has a plain or a standard term: "managed", "synced", "user", "Dialplane retries with increasing delays".
const NOT_PLAIN: [&str; 21] = [
    "left out",
    "leave out",
    "newcomer",
    "newcomers",
    "nobody",
    "somebody",
    "everybody",
    "stands in",
    "stay as they are",
    "keeps",
    "kept",
    "served",
    "looked after",
    "growing pauses",
    "tried again",
    "if this stays",
    "goes on",
    "switched off",
    "ought to",
    "not dialplane s",
    "synchronised",
];

/// Whole words, so that no identifier is mistaken for one: `nobodyServed`, `unserved`.
fn not_plain(text: &str) -> Option<&'static str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let words = format!(" {} ", words.join(" ").to_lowercase());
    let mut phrases = NOT_PLAIN.into_iter();
    phrases.find(|phrase| words.contains(&format!(" {phrase} ")))
}

/// Every text in what is compiled into the program, with the file that it is in.
fn messages() -> Vec<(String, String)> {
    let graph = Graph::ours();
    let modules = graph.modules.values().filter(|module| !module.is_test);
    let messages: Vec<_> = modules
        .flat_map(|module| {
            let mut found = Vec::new();
            texts(module.tokens.iter().cloned(), &mut found);
            let file = module.file.display().to_string();
            found.into_iter().map(move |text| (file.clone(), text))
        })
        .collect();
    assert!(
        messages.len() > 1000,
        "{} texts are too few to be all",
        messages.len()
    );
    messages
}

#[test]
fn every_message_is_plain() {
    let odd = messages().into_iter().filter_map(|(file, text)| {
        let phrase = not_plain(&text)?;
        Some(format!("{file}: {phrase:?} in {text}"))
    });
    assert_eq!(odd.collect::<Vec<_>>(), [""; 0]);
}

fn help(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dialplane"));
    let output = command.args(args).arg("--help").output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_help_text_is_plain() {
    let overview = help(&[]);
    let (_, commands) = overview.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<_> = commands
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"run") && names.len() > 8, "{names:?}");
    assert_eq!(not_plain(&overview), None, "{overview}");
    for name in names {
        let text = help(&[name]);
        assert_eq!(not_plain(&text), None, "{text}");
    }
}

#[test]
fn a_phrase_is_found_as_whole_words() {
    for (text, expected) in [
        ("Nobody is in scope.", Some("nobody")),
        ("It is tried\n  again.", Some("tried again")),
        ("{n} could not be served; see", Some("served")),
        ("ConfigMap x is not Dialplane's: it", Some("not dialplane s")),
        ("NobodyServed", None),
        ("unserved", None),
        ("keepsake", None),
        ("Dialplane reads and changes nothing.", None),
    ] {
        assert_eq!(not_plain(text), expected, "{text}");
    }
}

#[test]
fn no_message_leaves_a_name_to_be_filled_in() {
    for (file, text) in messages() {
        assert_eq!(placeholder(&text), None, "{file}: {text}");
    }
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
