//! Who gets an extension.

use serde_json::{Value, json};

use super::{Case, each};
use crate::samples::Kind;

pub(super) fn scope() -> Vec<Case> {
    let case =
        |rule, good: &[Value], bad: &[Value]| Case::new(Kind::Integration, rule, "/spec/users", good, bad);
    let section = |section: &str, selectors: Value| {
        let mut scope = json!({});
        scope[section] = selectors;
        json!({"scope": scope})
    };
    let mut cases = Vec::new();
    for (include, rules) in [
        (
            "include",
            [
                "users.scope.include: is empty",
                "users.scope.include.users: use",
                "users.scope.include.groups: use",
                "users.scope.include.organizationalUnits: use",
            ],
        ),
        (
            "exclude",
            [
                "users.scope.exclude: is empty",
                "users.scope.exclude.users: use",
                "users.scope.exclude.groups: use",
                "users.scope.exclude.organizationalUnits: use",
            ],
        ),
    ] {
        let [nothing, users, groups, units] = rules;
        let place = |selectors: Value| section(include, selectors);
        let list = |list: &str, name: &str| {
            let mut selectors = json!({});
            selectors[list] = json!(["ok@acme.com", name]);
            if list == "organizationalUnits" {
                selectors[list][0] = "/ok".into();
            }
            place(selectors)
        };
        let good_addresses = ["a@b", "ana@acme.com", "o'neil+x@acme.co.uk", "Ana@Acme.com"];
        let bad_addresses = [
            "",
            "ana",
            "@acme.com",
            "ana@",
            "a na@acme.com",
            "a@b@c",
            "*",
            "/Sales",
        ];
        cases.extend([
            case(
                nothing,
                &[
                    json!({"scope": {}}),
                    place(Value::Null),
                    place(json!({"users": ["a@b"]})),
                    place(json!({"groups": ["a@b"], "users": []})),
                    place(json!({"organizationalUnits": ["/"]})),
                ],
                &[
                    place(json!({})),
                    place(json!({"users": []})),
                    place(json!({"users": [], "groups": [], "organizationalUnits": []})),
                    place(json!({"groups": null})),
                ],
            ),
            case(
                users,
                &each(good_addresses, |name| list("users", name)),
                &each(bad_addresses, |name| list("users", name)),
            ),
            case(
                groups,
                &each(good_addresses, |name| list("groups", name)),
                &each(bad_addresses, |name| list("groups", name)),
            ),
            case(
                units,
                &each(["/", "/Sales", "/Sales/Berlin & Köln", "/a b/c"], |name| {
                    list("organizationalUnits", name)
                }),
                &each(
                    ["", "Sales", "/Sales/", "//", "/Sales//Berlin", "id:03ph8a2z1"],
                    |name| list("organizationalUnits", name),
                ),
            ),
        ]);
    }
    cases
}
