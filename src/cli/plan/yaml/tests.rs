use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str) -> Result<Vec<Value>, String> {
    documents(text, "x.yaml")
}

/// Counts the documents and keeps none.
#[derive(Default)]
struct Count(usize);

impl Extend<Value> for Count {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, documents: I) {
        self.0 += documents.into_iter().count();
    }
}

#[test]
fn values_mean_what_they_mean_to_kubectl() {
    for (text, value) in [
        // Without quotes a number has lost its zeros, and a name is a truth.
        ("0100", json!(64)),
        ("\"0100\"", json!("0100")),
        ("'1001'", json!("1001")),
        ("1001", json!(1001)),
        ("08", json!(8.0)),
        ("0o17", json!(15)),
        ("0x1F", json!(31)),
        ("1_000", json!(1000)),
        ("yes", json!(true)),
        ("On", json!(true)),
        ("n", json!(false)),
        ("\"yes\"", json!("yes")),
        ("~", json!(null)),
        ("", json!(null)),
        ("\"\"", json!("")),
        ("1e3", json!(1000.0)),
        ("2026-11-20", json!("2026-11-20")),
        ("02:00:00", json!("02:00:00")),
        ("30m", json!("30m")),
        ("/Sales/EMEA", json!("/Sales/EMEA")),
        ("#(type==\"work\").value", json!(null)),
        (
            "'phones.#(type==\"work\").value'",
            json!("phones.#(type==\"work\").value"),
        ),
        ("!own text", json!("text")),
        ("|\n  two\n  lines\n", json!("two\nlines\n")),
        (">-\n  one\n  line\n", json!("one line")),
        ("{b: [1, c]}", json!({"b": [1, "c"]})),
        ("&x {b: 1}\nc: {<<: *x, d: *x}", json!({"b": 1})),
    ] {
        let documents = read(&format!("a: {text}")).unwrap();
        assert_eq!(documents[0]["a"], value, "{text}");
    }
    let merged = read("a: &x {b: 1, e: 2}\nc: {<<: *x, e: 3}").unwrap();
    assert_eq!(merged[0]["c"], json!({"b": 1, "e": 3}));
    assert_eq!(read("on: 1\n2: b").unwrap(), [json!({"on": 1, "2": "b"})]);
    // Charts do that, and kubectl takes it.
    assert_eq!(read("a: 1\na: 2").unwrap(), [json!({"a": 2})]);
}

#[test]
fn what_tools_write_is_read() {
    let licence = "# A line of a licence.\n".repeat(60);
    let helm = format!(
        "---\n# Source: chart/templates/a.yaml\n{licence}a: 1\n---\n# Source: chart/templates/empty.yaml\n---\n\
         # Source: b.yaml\nb:\n{}  - 2\n---\n---\nnull\n",
        "  # Off by default.\n".repeat(60)
    );
    for (text, expected) in [
        (helm.as_str(), vec![json!({"a": 1}), json!({"b": [2]})]),
        ("", vec![]),
        ("# nothing\n", vec![]),
        ("---\n---\n", vec![]),
        (
            "\u{feff}a: 1\r\n---\r\nb: 2\r\n",
            vec![json!({"a": 1}), json!({"b": 2})],
        ),
        (
            "%YAML 1.1\n---\na: 1\n...\n---\nb: 2\n",
            vec![json!({"a": 1}), json!({"b": 2})],
        ),
        (
            "--- {a: 1}\n--- # two\nb: 2\n",
            vec![json!({"a": 1}), json!({"b": 2})],
        ),
        (
            "{\"a\": \"\\ud83d\\ude00 \\/\",\n\t\"b\": [1,\n\t2]}\n",
            vec![json!({"a": "😀 /", "b": [1, 2]})],
        ),
        ("- 1\n- 2\n", vec![json!([1, 2])]),
    ] {
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }
    let long = "x".repeat(5_000);
    let json = json!({"list": [long, {"a": long}], "a": long});
    assert_eq!(read(&json.to_string()).unwrap(), [json]);
}

#[test]
fn a_mistake_is_told_with_its_place_and_without_the_file() {
    for (text, place, words) in [
        ("a: [", "document 1, line 1", "unclosed bracket"),
        (
            "a: 1\n---\nb: canary: x\n",
            "document 2, line 3",
            "mapping values",
        ),
        (
            "---\na: 1\n---\n---\n\nb:\n\t- canary",
            "document 3, line 7",
            "tabs",
        ),
        (
            "# x\n%YAML 1.2\n--- # 1\na: 1\n--- 2\n--- [\n",
            "document 3, line 6",
            "unclosed",
        ),
        ("a: *canary", "document 1, line 1", "unknown"),
        (
            "a: &canary\n- *canary",
            "document 1, line 2",
            "inside its own anchor",
        ),
        ("? [canary]\n: b", "document 1, line 1", "expected string"),
        ("a: !!int canary", "document 1, line 1", "invalid"),
        ("a: !!binary \"canary?\"", "document 1, line 1", "base64"),
        ("a:\n  b: .inf", "document 1, line 2", "put it into quotes"),
        ("a: \"canary\\q\"", "document 1, line 1", "escape"),
        ("a: canary\u{1}", "document 1, line 1", "unexpected character"),
        ("a: &x {b: c}\nd:\n  <<: canary", "document 1, line 3", "merge"),
    ] {
        let error = read(text).unwrap_err();
        assert!(
            error.starts_with(&format!("x.yaml is not YAML: {place}: ")),
            "{text}: {error}"
        );
        assert!(error.contains(words), "{text}: {error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

/// A file whose aliases are of aliases, nine levels of nine.
fn laughs(leaf: &str) -> String {
    let mut text = format!("a0: &a0 [{leaf}]\n");
    for level in 1..10 {
        let below = format!("*a{},", level - 1).repeat(9);
        writeln!(text, "a{level}: &a{level} [{below}]").unwrap();
    }
    text
}

#[test]
fn aliases_cannot_multiply_a_file() {
    let long = "x".repeat(1024 * 1024);
    let wide = vec!["1"; 40_000].join(",");
    let mapping: String = (0..2_000).fold(String::new(), |text, key| text + &format!("k{key}: 1, "));
    for (text, words) in [
        (laughs("lol"), "aliases (*) repeat too much"),
        (laughs(""), "aliases (*) repeat too much"),
        (
            format!("a: &a {long}\nb: [{}]", "*a,".repeat(1_000)),
            "more than 16 MiB of text",
        ),
        (
            format!("a: &a [{wide}]\nb: [{}]", "*a,".repeat(1_000)),
            "aliases (*) repeat too much",
        ),
        (
            format!("a: &a {{{mapping}}}\nb:\n{}", "- {<<: *a}\n".repeat(1_000)),
            "aliases (*) repeat too much",
        ),
        (
            format!("b: [{}]", "&a 1, *a, ".repeat(60_000)),
            "aliases (*) repeat too much",
        ),
        (format!("{}1{}", "&a [".repeat(90), "]".repeat(90)), ""),
    ] {
        match documents::<Count>(&text, "x.yaml") {
            Ok(count) => assert_eq!((words, count.0), ("", 1)),
            Err(error) => {
                assert!(
                    error.starts_with("x.yaml is not read: document 1, line "),
                    "{error}"
                );
                assert!(!words.is_empty() && error.contains(words), "{words}: {error}");
                assert!(error.ends_with("; shorten it there, or pass a file of the integrations alone"));
            }
        }
    }
    // As much as a person writes stays allowed.
    let used = format!("a: &a {{b: 1, c: 2}}\nd: [{}]", "*a,".repeat(2_000));
    assert_eq!(documents::<Count>(&used, "x.yaml").unwrap().0, 1);
}

#[test]
fn depth_count_and_size_have_limits() {
    let deep = |open: &str, close: &str, depth: usize| open.repeat(depth) + &close.repeat(depth);
    for (at, over, words) in [
        (
            deep("[", "]", DEEPEST),
            deep("[", "]", DEEPEST + 1),
            "96 levels deep",
        ),
        (
            deep("- ", "", DEEPEST),
            deep("- ", "", DEEPEST + 1),
            "96 levels deep",
        ),
        (deep("[", "]", DEEPEST), deep("[", "]", 100_000), "96 levels deep"),
        (deep("- ", "", DEEPEST), deep("- ", "", 100_000), "96 levels deep"),
        (
            deep("--- a\n", "", MOST_DOCUMENTS),
            deep("--- a\n", "", MOST_DOCUMENTS + 1),
            "5000 documents",
        ),
        (
            deep("- 1\n", "", MOST_VALUES - 1),
            deep("- 1\n", "", MOST_VALUES + 1),
            "500000 values",
        ),
    ] {
        assert!(documents::<Count>(&at, "x.yaml").is_ok());
        let error = documents::<Count>(&over, "x.yaml")
            .map(|count| count.0)
            .unwrap_err();
        assert!(error.starts_with("x.yaml is not read: document "), "{error}");
        assert!(error.contains(words), "{words}: {error}");
    }
    let mut large = format!("a: {}", "x".repeat(LARGEST_FILE - 3));
    assert_eq!(documents::<Count>(&large, "x.yaml").unwrap().0, 1);
    large.push('x');
    let error = documents::<Count>(&large, "x.yaml")
        .map(|count| count.0)
        .unwrap_err();
    assert!(
        error.starts_with("x.yaml is not read: it has more than 8 MiB; pass "),
        "{error}"
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~äß中😀\n\t]{0,40}",
        "(yes|no|on|off|y|n|true|null|~|<<|=|[0-9_.+-]{1,6}|0x1f|1e3|---|\\.\\.\\.)",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_json_says_is_what_is_read(value in any_value()) {
        let expected: Vec<_> = Some(value.clone()).filter(|value| !value.is_null()).into_iter().collect();
        prop_assert_eq!(read(&value.to_string()).unwrap(), expected.clone());
        prop_assert_eq!(read(&serde_json::to_string_pretty(&value).unwrap()).unwrap(), expected);
    }

    #[test]
    fn any_text_is_read_or_explained(text in "(- |a: |\\[|\\{|\\}|\\]|&a |\\*a|\n|  |\"|'|---\n|<<: |,|\\?|!|#|%|\\|\n|\\PC){0,40}") {
        if let Err(error) = read(&text) {
            prop_assert!(error.starts_with("x.yaml is not YAML: document ") || error.starts_with("x.yaml is not read: document "), "{}", error);
            prop_assert!(!error.contains('\n') && error.len() < 300, "{}", error);
        }
    }
}
