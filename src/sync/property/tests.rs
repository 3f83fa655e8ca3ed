//! Tables of the documented syntax, hostile input, and properties.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::path::MAX_PATH;
use super::*;

fn path(text: &str) -> PropertyPath {
    PropertyPath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn found(text: &str, resource: &str) -> String {
    match number(&path(text), resource) {
        Ok(number) => number.to_string(),
        Err(NumberProblem::Missing) => "missing".to_owned(),
        Err(NumberProblem::Invalid(why)) => why.split(';').next().unwrap().to_owned(),
    }
}

/// The JSON that the path leads to.
fn json(text: &str, resource: &str) -> Option<String> {
    find(path(text).steps(), resource)
}

const ANA: &str = r#"{
  "id": "104497032270219758212",
  "primaryEmail": "ana@acme.com",
  "name": {"givenName": "Ana", "fullName": "Ana Silva"},
  "suspended": false,
  "orgUnitPath": "/Sales/1001",
  "aliases": ["1002", "ana.silva@acme.com"],
  "externalIds": [
    {"value": "77", "type": "account"},
    {"value": "1001", "type": "organization"},
    {"value": "1009", "type": "custom", "customType": "desk phone"}
  ],
  "phones": [
    {"value": "+49 30 1234", "type": "home"},
    {"value": " 0042\t", "type": "work", "primary": true},
    {"value": "0043", "type": "work_mobile"}
  ],
  "organizations": [
    {"title": "Engineer", "costCenter": "2000", "fullTimeEquivalent": 100000},
    {"title": "Trainer", "costCenter": 3000, "primary": true, "department": null}
  ],
  "customSchemas": {
    "Telephony": {
      "extension": "1003", "ext.two": "1004", "ext_three": 1005, "leading": "007", "long": "12345678901234",
      "price": 1001.5, "power": 1e3, "minus": -1001, "flag": true, "empty": "", "blank": "  ", "none": null,
      "extensions": [{"type": "work", "value": "1006"}, {"type": "home", "value": "1007"}],
      "escaped": "\u0031\u0030\u0030\u0038", "wide": "１００１", "huge": 10000000000000, "zero": 0,
      "7": "1010"
    }
  }
}"#;

#[test]
fn reads_the_numbers_of_a_google_user() {
    let list = "a list";
    let no_number = "not 3 to 13 digits";
    let cases = [
        (r#"externalIds.#(type=="organization").value"#, "1001"),
        (r#"externalIds.#( type == "organization" ).value"#, "1001"),
        (r#"externalIds.#(customType=="desk phone").value"#, "1009"),
        ("externalIds.1.value", "1001"),
        ("externalIds.0.value", no_number),
        ("externalIds.9.value", "missing"),
        (r#"externalIds.#(type=="login_id").value"#, "missing"),
        (r#"externalIds.#(type!="account").value"#, "1001"),
        (r#"externalIds.#(value%"100?").value"#, "1001"),
        (r#"externalIds.#(type%"cus*").value"#, "1009"),
        (r#"externalIds.#(type!%"*o*").value"#, "missing"),
        (r#"externalIds.#(value>"1001").value"#, no_number),
        (r#"externalIds.#(value<"1005").value"#, "1001"),
        ("externalIds.#(customType).value", "1009"),
        ("externalIds.#.value", list),
        (r#"externalIds.#(type!="account")#.value"#, list),
        (r#"externalIds.#(type=="organization")#"#, list),
        ("externalIds.#", no_number),
        ("externalIds", list),
        ("externalIds.1", "an object"),
        (r#"phones.#(type=="work").value"#, "0042"),
        ("phones.#(primary==true).value", "0042"),
        (r#"phones.#(type=="home").value"#, no_number),
        ("organizations.#(primary==true).costCenter", "3000"),
        ("organizations.#(primary==true).department", "missing"),
        ("organizations.0.costCenter", "2000"),
        ("organizations.0.title", no_number),
        ("organizations.#(fullTimeEquivalent>=100000).costCenter", "2000"),
        ("organizations.#(fullTimeEquivalent<100000).costCenter", "missing"),
        ("customSchemas.Telephony.extension", "1003"),
        (r"customSchemas.Telephony.ext\.two", "1004"),
        ("customSchemas.Telephony.ext_three", "1005"),
        ("customSchemas.Telephony.ext*ee", "1005"),
        ("customSchemas.Telephony.exten????", "1003"),
        (
            r#"customSchemas.Telephony.extensions.#(type=="home").value"#,
            "1007",
        ),
        ("customSchemas.Telephony.7", "1010"),
        ("customSchemas.Telephony.escaped", "1008"),
        ("customSchemas.Telephony.leading", "007"),
        ("customSchemas.Telephony.long", no_number),
        ("customSchemas.Telephony.huge", no_number),
        ("customSchemas.Telephony.zero", no_number),
        ("customSchemas.Telephony.wide", no_number),
        ("customSchemas.Telephony.minus", no_number),
        ("customSchemas.Telephony.price", "a fraction"),
        ("customSchemas.Telephony.power", "a fraction"),
        ("customSchemas.Telephony.flag", "true or false"),
        ("customSchemas.Telephony.empty", "missing"),
        ("customSchemas.Telephony.blank", "missing"),
        ("customSchemas.Telephony.none", "missing"),
        ("customSchemas.Telephony.absent", "missing"),
        ("customSchemas.Other.extension", "missing"),
        ("customSchemas.Telephony.extension.deeper", "missing"),
        ("aliases.0", "1002"),
        ("name", "an object"),
        ("name.#", "missing"),
        ("name.0", "missing"),
        ("name.#(givenName).fullName", "missing"),
        ("id", no_number),
        ("primaryEmail", no_number),
        ("notes.value", "missing"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text, ANA), expected, "{text}");
    }
}

/// The example of GJSON's SYNTAX.md, below a field that a path may begin with.
const DOCUMENTED: &str = r#"{"notes": {
  "name": {"first": "Tom", "last": "Anderson"},
  "age":37,
  "children": ["Sara","Alex","Jack"],
  "fav.movie": "Deer Hunter",
  "friends": [
    {"first": "Dale", "last": "Murphy", "age": 44, "nets": ["ig", "fb", "tw"]},
    {"first": "Roger", "last": "Craig", "age": 68, "nets": ["fb", "tw"]},
    {"first": "Jane", "last": "Murphy", "age": 47, "nets": ["ig", "tw"]}
  ],
  "vals": [{"a": 1, "b": "x"}, {"a": 2}, {"a": 3, "b": null}]
}}"#;

#[test]
fn finds_what_the_documentation_of_gjson_says() {
    let cases = [
        ("name.last", Some(r#""Anderson""#)),
        ("name.first", Some(r#""Tom""#)),
        ("age", Some("37")),
        ("children", Some(r#"["Sara","Alex","Jack"]"#)),
        ("children.0", Some(r#""Sara""#)),
        ("children.1", Some(r#""Alex""#)),
        ("children.#", Some("3")),
        ("friends.#", Some("3")),
        ("child*.2", Some(r#""Jack""#)),
        ("c?ildren.0", Some(r#""Sara""#)),
        (r"fav\.movie", Some(r#""Deer Hunter""#)),
        (r"fav\.mov*", Some(r#""Deer Hunter""#)),
        ("friends.1.first", Some(r#""Roger""#)),
        ("friends.1.last", Some(r#""Craig""#)),
        (r#"friends.#(last=="Murphy").first"#, Some(r#""Dale""#)),
        (r#"friends.#(first%"D*").last"#, Some(r#""Murphy""#)),
        (r#"friends.#(first!%"D*").last"#, Some(r#""Craig""#)),
        (r#"friends.#(nets.#(=="fb")).first"#, Some(r#""Dale""#)),
        (r#"friends.#(nets.#(!="ig")).first"#, Some(r#""Dale""#)),
        ("friends.#(age>44).first", Some(r#""Roger""#)),
        ("friends.#(age==47).first", Some(r#""Jane""#)),
        (r#"children.#(!%"*a*")"#, Some(r#""Alex""#)),
        (r#"children.#(%"*a*")"#, Some(r#""Sara""#)),
        ("vals.#(b).a", Some("1")),
        ("vals.#(a>1).a", Some("2")),
        ("friends.3.first", None),
        ("friends.first", None),
        ("name.middle", None),
        // Lists: that it is one is all that counts.
        ("friends.#.age", Some("[]")),
        (r#"friends.#(last=="Murphy")#.first"#, Some("[]")),
        (r#"friends.#(nets.#(=="fb"))#.first"#, Some("[]")),
        ("children.#.x", Some("[]")),
        ("age.#", None),
        ("age.#.x", None),
    ];
    for (text, expected) in cases {
        let text = format!("notes.{text}");
        assert_eq!(json(&text, DOCUMENTED).as_deref(), expected, "{text}");
    }
}

#[test]
fn stays_at_the_depth_that_the_path_names() {
    // Given a whole path, the crate goes on inside a value that did not match.
    let inside = r#"{"name": {"name": {"number": "1001"}}}"#;
    assert_eq!(found("name.number", inside), "missing");
    assert_eq!(gjson::get(inside, "name.number").str(), "1001");
    let in_query =
        r#"{"locations": [{"a": {"a": {"b": "x"}}, "value": "1001"}, {"a": {"b": "x"}, "value": "1002"}]}"#;
    assert_eq!(found(r#"locations.#(a.b=="x").value"#, in_query), "1002");
    // A key that the record has no value for does not end the search of those behind it.
    let behind =
        r#"{"locations": [{"a": {"z": 1}, "value": "1001"}, {"c": {}, "a": {"b": "x"}, "value": "1002"}]}"#;
    assert_eq!(found(r#"locations.#(a.b=="x").value"#, behind), "1002");
}

#[test]
fn compares_texts_as_they_are() {
    let is = |value: &str, operand: &str| {
        let resource = format!(r#"{{"phones": [{{"type": {value}, "value": "1001"}}]}}"#);
        number(&path(&format!("phones.#(type=={operand}).value")), &resource).is_ok()
    };
    assert!(is(r#""a\"b""#, r#""a\"b""#));
    assert!(is(r#""a\\b""#, r#""a\\b""#));
    assert!(!is(r#""a\\b""#, r#""ab""#));
    assert!(is(r#""a)b""#, r#""a)b""#));
    assert!(is(r#""a(b#.|@""#, r#""a(b#.|@""#));
    assert!(is(r#""tab\there""#, r#""tab\there""#));
    assert!(is(r#""Zürich""#, r#""Z\u00fcrich""#));
    // The crate reads the escapes of U+20BB7 as those of another character.
    assert!(is(r#""\ud842\udfb7""#, r#""𠮷""#));
    assert!(is(r#""𠮷""#, r#""\ud842\udfb7""#));
    assert!(!is(r#""\ud842\udfb7""#, "\"\u{10bb7}\""));
    assert!(!is(r#""\ud842""#, r#""x""#));
    assert!(is("true", "true"));
    assert!(!is("null", "true"));
    assert!(!is("[true]", "true"));
    assert!(is("-1.5e1", "-15"));
}

#[test]
fn tells_what_to_ask_google_for() {
    let cases = [
        (
            "customSchemas.Telephony.extension",
            "customSchemas",
            Some("Telephony"),
        ),
        ("customSchemas.PBX_2-a.#.x", "customSchemas", Some("PBX_2-a")),
        (r#"phones.#(type=="work").value"#, "phones", None),
        ("id", "id", None),
    ];
    for (text, field, schema) in cases {
        let path = path(text);
        assert_eq!(path.as_str(), text);
        assert_eq!(path.top_level_field(), field, "{text}");
        assert_eq!(path.custom_schema(), schema, "{text}");
    }
}

#[test]
fn refuses_with_the_remedy() {
    let begin = "begin with";
    let cases = [
        ("", "ends too early"),
        (".", "two dots"),
        ("externalIds.", "ends too early"),
        ("externalIds..value", "two dots"),
        ("..externalIds", "two dots"),
        (".externalIds", "two dots"),
        ("..#.id", "two dots"),
        ("recoveryEmail", begin),
        ("recoveryPhone", begin),
        ("password", begin),
        ("hashFunction", begin),
        ("sshPublicKeys.0.key", begin),
        ("ipWhitelisted", begin),
        ("thumbnailPhotoUrl", begin),
        ("*", begin),
        ("recovery*", begin),
        ("external?ds.0.value", begin),
        (r"recovery\Email", begin),
        (r"\externalIds", begin),
        ("ExternalIds", begin),
        ("#", begin),
        ("#.id", begin),
        ("#(id)", begin),
        ("0", begin),
        ("@this", "modifiers"),
        ("@reverse.id", "modifiers"),
        ("externalIds.@reverse.0.value", "modifiers"),
        ("externalIds|0", "pipe"),
        ("externalIds.#(a|b)", "pipe"),
        ("{id,name}", "multipaths"),
        ("[id,name]", "multipaths"),
        ("externalIds.[0,1]", "multipaths"),
        ("externalIds.0.{value}", "multipaths"),
        ("!\"1001\"", "literals"),
        ("externalIds.!1001", "literals"),
        ("externalIds.##", "#"),
        ("externalIds.#x", "\\"),
        ("externalIds.#()", "a )"),
        ("externalIds.#(", "ends too early"),
        ("externalIds.#(type", "ends too early"),
        ("externalIds.#(type==", "in double quotes"),
        ("externalIds.#(type==)", "in double quotes"),
        ("externalIds.#(type==\"work", "double quotes"),
        (r#"externalIds.#(type=="\x")"#, "double quotes"),
        ("externalIds.#(type==work)", "in double quotes"),
        ("externalIds.#(type==null)", "in double quotes"),
        ("externalIds.#(type==~true)", "in double quotes"),
        ("externalIds.#(type%1)", "in double quotes"),
        ("externalIds.#(type==[1])", "in double quotes"),
        (r#"externalIds.#(type=="~true")"#, "~"),
        (r#"externalIds.#(type!="")"#, "empty text"),
        (r#"externalIds.#(type="work")"#, "=="),
        (r#"externalIds.#(type!"work")"#, "=="),
        (r#"externalIds.#(type=="a"=="b")"#, "once"),
        (r#"externalIds.#(type=="a" && b)"#, "\\"),
        (r#"externalIds.#(type=="a").value)"#, "a )"),
        (r#"externalIds.#(type=="a")value"#, "\\"),
        (r#"externalIds.#(type=="a")##"#, "#"),
        ("externalIds.(type)", "#("),
        ("externalIds.\"type\"", "quotes"),
        ("externalIds.a b", "\\"),
        (" id", "\\"),
        ("id ", "\\"),
        ("id\n", "\\"),
        ("externalIds.a\\", "a \\ at the end"),
        ("externalIds.a\\\n", "\\"),
        ("customSchemas", "schema's name"),
        ("customSchemas.Telephony", "schema's name"),
        ("customSchemas.*.extension", "schema's name"),
        ("customSchemas.Tele?hony.extension", "schema's name"),
        ("customSchemas.#.extension", "schema's name"),
        ("customSchemas.#(a).extension", "schema's name"),
        (r"customSchemas.a\,b.extension", "schema's name"),
        ("customSchemas.Téléphonie.extension", "schema's name"),
        ("notes.*a*b", "slow"),
        ("notes.*a**", "slow"),
        (r#"notes.#(v%"*a*b")"#, "slow"),
        (r#"notes.#(v!%"a*\u002ab*")"#, "slow"),
    ];
    for (text, why) in cases {
        let error = PropertyPath::parse(text).expect_err(text).to_string();
        assert!(error.starts_with("users.numbering.property: "), "{text}: {error}");
        assert!(error.contains(why), "{text}: {error}");
    }
    for text in [
        "notes.*a*",
        r"notes.\*a\*b*c",
        r#"notes.#(v%"\\*a*b*")"#,
        r#"notes.#(v=="*a*b*c")"#,
    ] {
        path(text);
    }
}

#[test]
fn limits_the_path() {
    let keys = |count: usize| format!("id{}", ".a".repeat(count - 1));
    path(&keys(32));
    assert!(PropertyPath::parse(&keys(33)).is_err());
    let nested = |depth: usize| format!("notes.{}a{}", "#(".repeat(depth), ")".repeat(depth));
    path(&nested(4));
    assert!(PropertyPath::parse(&nested(5)).is_err());
    assert!(PropertyPath::parse(&nested(100_000)).is_err());
    let long = |letters: usize| format!("notes.{}", "ü".repeat(letters - 6));
    path(&long(MAX_PATH));
    assert!(PropertyPath::parse(&long(MAX_PATH + 1)).is_err());
}

#[test]
fn every_field_is_named_in_the_refusal() {
    let refusal = PropertyPath::parse("password").unwrap_err().to_string();
    for field in super::path::FIELDS {
        assert!(refusal.contains(field), "{field}");
    }
}

#[test]
fn refuses_records_that_are_no_json_or_too_large() {
    let path = path("id");
    let no_json = Err(NumberProblem::Invalid("in a Google record that is not JSON"));
    for resource in [
        "",
        "{",
        r#"{"id":"1001""#,
        r#"{"id":"1001"}}"#,
        r#"{"id":"\u+123"}"#,
        "{\"id\":\"\u{1}\"}",
    ] {
        assert_eq!(number(&path, resource), no_json, "{resource}");
    }
    for resource in [
        "1001",
        "\"1001\"",
        "null",
        "[]",
        "[\"1001\"]",
        "{}",
        r#"{"id":null}"#,
        r#"{"ID":"1001"}"#,
    ] {
        assert_eq!(number(&path, resource), Err(NumberProblem::Missing), "{resource}");
    }
    let padded = |spaces: usize| format!(r#"{{"id":"1001"{}}}"#, " ".repeat(spaces));
    assert_eq!(padded(MAX_RESOURCE - 13).len(), MAX_RESOURCE);
    assert!(number(&path, &padded(MAX_RESOURCE - 13)).is_ok());
    assert_eq!(
        number(&path, &padded(MAX_RESOURCE - 12)),
        Err(NumberProblem::Invalid("in a Google record of more than 64 KiB"))
    );
}

#[test]
fn problems_never_repeat_what_the_directory_says() {
    let hostile = r#"{"id":"<script>\u001b[31m"}"#;
    let problem = number(&path("id"), hostile).unwrap_err();
    assert_eq!(problem.to_string(), "the property is not 3 to 13 digits");
}

/// The largest records of the shapes that cost most; a step that was not linear in one would not end within the test.
#[test]
fn hostile_records_are_read_in_linear_time() {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    // Keys of one name in one another.
    let keys = nested(r#"{"notes":"#, "1", "}", 6_000);
    let text = format!("notes{}.a", ".notes".repeat(30));
    assert_eq!(found(&text, &keys), "missing");
    // A pattern of one star against the longest text, with as many near misses as fit.
    let near = format!(r#"{{"notes":[{{"v":"{}"}}]}}"#, "a".repeat(MAX_RESOURCE - 40));
    assert_eq!(
        found(&format!(r#"notes.#(v%"*{}b")"#, "a".repeat(230)), &near),
        "missing"
    );
    // Lists in lists, and queries in queries over them.
    let lists = format!(r#"{{"notes":{}}}"#, nested("[", "", "]", 32_000));
    assert_eq!(found("notes.#(#(#(#(a))))", &lists), "missing");
    assert_eq!(found(&format!("notes{}", ".0".repeat(31)), &lists), "a list");
    let mut flat = r#"{"notes":[{"v":[0"#.to_owned();
    while flat.len() < MAX_RESOURCE - 16 {
        flat.write_str(",[0]").unwrap();
    }
    flat.push_str("]}]}");
    assert_eq!(found("notes.#(v.#(#(==1))).v", &flat), "missing");
    let strings = format!(r#"{{"notes":["a"{}]}}"#, r#","\"""#.repeat(12_000));
    assert_eq!(found(r#"notes.#(=="b")"#, &strings), "missing");
}

/// Text made of what paths are made of.
fn any_path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "externalIds",
            "phones",
            "customSchemas",
            "Telephony",
            "notes",
            "type",
            "value",
            "0",
            "1",
            ".",
            ".",
            ".",
            "#",
            "#(",
            ")",
            ")#",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "%",
            "!%",
            "\"work\"",
            "\"w*k\"",
            "\"",
            "\\",
            "*",
            "?",
            "true",
            "1001",
            " ",
            "|",
            "@this",
            "{",
            "[",
            "!",
            "~",
            "é",
            "\u{0}",
            "..",
        ][..],
    );
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Paths that are mostly accepted.
fn accepted_path() -> impl Strategy<Value = String> {
    let key = || prop::sample::select(&["type", "value", "0", "1", "v*", "?ype", r"a\.b", "phones"][..]);
    let operand = prop::sample::select(&["\"work\"", "\"1001\"", "\"1*\"", "true", "1001", "\"\\\"\""][..]);
    let operator = prop::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let query = (key(), operator, operand)
        .prop_map(|(key, operator, operand)| format!("#({key}{operator}{operand})"));
    let glob = prop::sample::select(
        &[
            r#"#(%"*1*")"#,
            r#"#(type!%"w?rk")"#,
            "#(phones.#(type))",
            "#",
            "#(value)#",
        ][..],
    );
    let step = prop_oneof![4 => key().prop_map(str::to_owned), 2 => query, 1 => glob.prop_map(str::to_owned)];
    let first = prop::sample::select(&["externalIds", "phones", "notes", "customSchemas.T"][..]);
    (first, prop::collection::vec(step, 1..5))
        .prop_map(|(first, steps)| format!("{first}.{}", steps.join(".")))
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        (0..100_000_u32).prop_map(Into::into),
        "[0-9]{0,15}".prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        Just("work".into()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            4 => prop::sample::select(&["type", "value", "phones", "a.b", "0"][..]).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn any_resource() -> impl Strategy<Value = String> {
    (any_value(), any_value(), any_value()).prop_map(|(one, two, three)| {
        serde_json::json!({"externalIds": one, "phones": two, "customSchemas": {"T": three}}).to_string()
    })
}

/// Whatever comes out is 3 to 13 ASCII digits or a problem.
fn holds(path: &PropertyPath, resource: &str) -> Result<(), TestCaseError> {
    if let Ok(number) = number(path, resource) {
        let digits = number.to_string();
        prop_assert!((3..=13).contains(&digits.len()));
        prop_assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        // Not made up: it stands in the record, or counts a list of it, which no record of this size lets reach 3 digits.
        prop_assert!(resource.contains(&digits), "{digits} is not in {resource}");
    }
    Ok(())
}

/// The value by plain steps through parsed JSON, for paths of keys without patterns.
fn by_hand(path: &str, resource: &str) -> Option<serde_json::Value> {
    let mut value: serde_json::Value = serde_json::from_str(resource).unwrap();
    for key in path.split('.') {
        value = match value {
            serde_json::Value::Array(list) => list.into_iter().nth(key.parse().ok()?)?,
            serde_json::Value::Object(mut members) => members.remove(key)?,
            _ => return None,
        };
    }
    Some(value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn never_panics_on_any_text(text in any::<String>(), resource in any::<String>()) {
        if let Ok(path) = PropertyPath::parse(&text) {
            holds(&path, &resource)?;
        }
        holds(&path("externalIds.#(type==\"work\").value"), &resource)?;
    }

    #[test]
    fn never_panics_on_what_looks_like_a_path(text in any_path(), resource in any_resource()) {
        if let Ok(path) = PropertyPath::parse(&text) {
            prop_assert_eq!(path.as_str(), &text);
            prop_assert!(text.starts_with(path.top_level_field()));
            holds(&path, &resource)?;
        }
        if let Ok(path) = PropertyPath::parse(&format!("phones.{text}")) {
            holds(&path, &resource)?;
        }
    }

    #[test]
    fn numbers_are_digits_of_the_record(text in accepted_path(), resource in any_resource()) {
        holds(&path(&text), &resource)?;
    }

    #[test]
    fn plain_keys_lead_where_they_say(
        keys in prop::collection::vec(prop::sample::select(&["type", "value", "phones", "0", "1"][..]), 0..4),
        resource in any_resource(),
    ) {
        let text = std::iter::once("phones").chain(keys).collect::<Vec<_>>().join(".");
        let found = json(&text, &resource).map(|json| serde_json::from_str::<serde_json::Value>(&json).unwrap());
        prop_assert_eq!(found, by_hand(&text, &resource));
    }
}
