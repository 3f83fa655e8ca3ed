//! Every CEL rule that compares an object with what it was: what cannot be changed, and the way out.

use serde_json::{Value, json};

use crate::samples::{Kind, set, with};
use crate::schema::{assert_all_covered, rule};
use crate::server::{Server, expect_refusal};

/// A change of one object: parts to replace before it is created, parts to change then.
struct Case {
    kind: Kind,
    rule: &'static str,
    before: Vec<(&'static str, Value)>,
    change: Vec<(&'static str, Value)>,
    refused: bool,
}

const USERS: &str = "/spec/users";
const EPOCH: &str = "/spec/google/authorizationEpoch";
const TENANT: &str = "tenant.name: cannot be changed";
const MODE: &str = "users.syncMode: cannot be changed";
const LOWERED: &str = "google.authorizationEpoch: cannot be lowered";

fn cases() -> Vec<Case> {
    let automatic = || vec![(USERS, json!({"enabled": true, "syncMode": "Automatic"}))];
    let manual = || json!({"enabled": true, "syncMode": "Manual"});
    let epoch = |epoch: i32| (EPOCH, json!(epoch));
    let gwi = |rule, before, change, refused| Case {
        kind: Kind::Integration,
        rule,
        before,
        change,
        refused,
    };
    let pbxext = |rule, change, refused| Case {
        kind: Kind::Extension,
        rule,
        before: Vec::new(),
        change,
        refused,
    };
    let person = |change, refused| Case {
        before: vec![("/spec/google", json!({"userId": "1"}))],
        ..pbxext("google.userId: cannot be changed", change, refused)
    };
    vec![
        gwi(TENANT, vec![], vec![("/spec/tenant/name", json!("other"))], true),
        gwi(TENANT, vec![], vec![("/spec/tenant/name", json!("acme"))], false),
        // The choice is open until it is made, enabled or not.
        gwi(MODE, vec![], vec![(USERS, manual())], false),
        gwi(
            MODE,
            vec![(USERS, json!({"enabled": false}))],
            vec![(USERS, manual())],
            false,
        ),
        gwi(MODE, automatic(), vec![(USERS, manual())], true),
        gwi(
            MODE,
            vec![(USERS, manual())],
            vec![("/spec/users/syncMode", json!("Automatic"))],
            true,
        ),
        gwi(MODE, automatic(), vec![(USERS, json!({"enabled": false}))], true),
        gwi(
            MODE,
            automatic(),
            vec![("/spec/users/syncMode", Value::Null)],
            true,
        ),
        gwi(MODE, automatic(), vec![(USERS, Value::Null)], true),
        gwi(
            MODE,
            automatic(),
            vec![("/spec/users/enabled", json!(false))],
            false,
        ),
        gwi(
            MODE,
            automatic(),
            vec![("/spec/users/schedule", json!({"interval": "5m"}))],
            false,
        ),
        // The way out: a higher epoch in the same change.
        gwi(MODE, automatic(), vec![(USERS, manual()), epoch(2)], false),
        gwi(MODE, automatic(), vec![(USERS, Value::Null), epoch(7)], false),
        gwi(MODE, vec![epoch(5)], vec![(USERS, manual())], false),
        gwi(
            MODE,
            vec![automatic().remove(0), epoch(5)],
            vec![(USERS, manual()), epoch(5)],
            true,
        ),
        gwi(
            MODE,
            vec![automatic().remove(0), epoch(5)],
            vec![(USERS, manual()), epoch(4)],
            true,
        ),
        gwi(LOWERED, vec![epoch(5)], vec![epoch(4)], true),
        gwi(LOWERED, vec![epoch(2)], vec![(EPOCH, Value::Null)], true),
        gwi(LOWERED, vec![epoch(5)], vec![epoch(5)], false),
        gwi(LOWERED, vec![epoch(5)], vec![epoch(6)], false),
        pbxext(
            "tenant: cannot be changed",
            vec![("/spec/tenant", json!("other"))],
            true,
        ),
        pbxext(
            "tenant: cannot be changed",
            vec![("/spec/enabled", json!(false))],
            false,
        ),
        pbxext(
            "number: cannot be changed",
            vec![("/spec/number", json!("1002"))],
            true,
        ),
        pbxext(
            "number: cannot be changed",
            vec![("/spec/user", json!({"firstName": "Ana"}))],
            false,
        ),
        person(vec![("/spec/google/userId", json!("2"))], true),
        person(vec![("/spec/google", Value::Null)], false),
    ]
}

#[tokio::test]
async fn what_cannot_be_changed_says_the_way_out() {
    let server = Server::new().await;
    let cases = cases();
    for wanted in [true, false] {
        let covered: Vec<_> = cases
            .iter()
            .filter(|case| case.refused == wanted)
            .map(|case| (case.kind, case.rule))
            .collect();
        assert_all_covered(true, &covered);
    }
    for (index, case) in cases.into_iter().enumerate() {
        let mut object = case.kind.minimal();
        match case.kind {
            Kind::Integration => object["metadata"]["name"] = format!("acme-{index}").into(),
            Kind::Extension => {
                object["spec"]["tenant"] = format!("t{index}").into();
                object["metadata"]["name"] = format!("t{index}-1001").into();
            }
        }
        for (pointer, value) in case.before {
            set(&mut object, pointer, value);
        }
        let mut changed = server.create(case.kind, &object).await;
        for (pointer, value) in &case.change {
            changed = with(changed, pointer, value.clone());
        }
        let answer = server.try_replace(case.kind, &changed).await;
        let rule = rule(case.kind, case.rule);
        let verdict = if case.refused {
            expect_refusal(answer, &[&rule.message, &rule.path])
        } else {
            answer.map(drop)
        };
        assert_eq!(verdict, Ok(()), "{object:#} changed by {:?}", case.change);
    }
}

/// The ways out by name, so that a new wording does not lose them.
#[test]
fn the_way_out_is_named() {
    let says = |kind, beginning, words: &[&str]| {
        let message = rule(kind, beginning).message;
        for word in words {
            assert!(message.contains(word), "{message} does not say {word:?}");
        }
    };
    says(
        Kind::Integration,
        MODE,
        &[
            "raise google.authorizationEpoch",
            "same change",
            "users.enabled to false",
        ],
    );
    says(Kind::Integration, TENANT, &["create a new integration"]);
    says(Kind::Extension, "tenant: cannot", &["create a new extension"]);
    says(
        Kind::Extension,
        "number: cannot",
        &["create an extension with the new number", "delete this one"],
    );
    says(
        Kind::Extension,
        "google.userId: cannot",
        &["remove spec.google", "create another extension"],
    );
}
