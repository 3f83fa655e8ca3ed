//! Generated people answer as those who were entered one by one, over HTTP and after the same changes.

use google_workspace_simulator::{Seed, generate};

use crate::support::*;
use serde_json::{Value, json};

const SIZE: usize = 700;
const USERS: &str = "/admin/directory/v1/users";
const GROUPS: &str = "/admin/directory/v1/groups";

/// Fields that differ between two simulators which do the same.
const OF_THE_MOMENT: [&str; 5] = [
    "archivalTime",
    "creationTime",
    "deletionTime",
    "nextPageToken",
    "suspensionTime",
];

/// The generated company, and the same one as it would be entered.
async fn companies() -> [Acme; 2] {
    let generated = Seed {
        generate: SIZE,
        ..Seed::default()
    };
    let [mut generated, mut entered] = [generated, generate::directory(SIZE)];
    generated.add_service_account(DELEGATED.seed.clone());
    entered.add_service_account(DELEGATED.seed.clone());
    [Acme::start_with(generated).await, Acme::start_with(entered).await]
}

/// An answer without what depends on the moment and on the simulator's secret.
fn timeless(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(fields) => {
            fields.retain(|name, _| !OF_THE_MOMENT.contains(&name.as_str()));
            fields
                .values_mut()
                .for_each(|value| *value = timeless(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    answer
}

/// All pages of a list, or the one answer of anything else.
async fn pages(acme: &Acme, path: &str) -> Vec<(u16, Value)> {
    let mut token = String::new();
    let mut pages = Vec::new();
    loop {
        let (status, page) = acme.get(&format!("{path}{token}")).await;
        let next = page["nextPageToken"]
            .as_str()
            .map(|next| format!("&pageToken={next}"));
        pages.push((status.as_u16(), timeless(page)));
        let Some(next) = next else { return pages };
        token = next;
    }
}

async fn compare([generated, entered]: &[Acme; 2]) {
    let mut paths: Vec<String> = [
        "",
        "&showDeleted=true",
        "&projection=full",
        "&projection=custom&customFieldMask=Telephony",
        "&viewType=domain_public",
        "&orderBy=familyName",
        "&orderBy=givenName&sortOrder=DESCENDING",
        "&orderBy=email&sortOrder=DESCENDING&fields=etag,nextPageToken,users(id,name/givenName)",
        "&query=isSuspended=false orgUnitPath='/Sales'",
        "&query=email:noah*",
        "&query=Telephony.level>2",
        "&query=manager='admin@acme.example' orgTitle:engineer",
    ]
    .iter()
    .map(|query| format!("{USERS}?customer=my_customer&maxResults=90{query}"))
    .collect();
    paths.push(format!("{USERS}?domain=acme.example&maxResults=500"));
    paths.push(format!("{GROUPS}?customer=my_customer"));
    paths.push("/admin/directory/v1/customer/my_customer/orgunits?type=all".to_owned());
    for group in ["sales", "engineering", "phones", "contractors", "all"] {
        let group = format!("{GROUPS}/{group}@acme.example");
        paths.push(group.clone());
        for query in ["", "&roles=OWNER,MANAGER", "&includeDerivedMembership=true"] {
            paths.push(format!("{group}/members?maxResults=60{query}"));
        }
    }
    let lists = paths.len();
    let people = generate::directory(SIZE).users;
    for user in people.iter().step_by(23) {
        let email = user["primaryEmail"].as_str().unwrap();
        paths.push(format!(
            "{USERS}/{}?projection=full",
            user["id"].as_str().unwrap()
        ));
        paths.push(format!("{USERS}/{email}/photos/thumbnail"));
        paths.push(format!("{USERS}/{}", email.replace('@', ".alias@")));
        paths.push(format!("{GROUPS}?userKey={email}"));
        for group in ["sales", "phones", "all"] {
            paths.push(format!("{GROUPS}/{group}@acme.example/hasMember/{email}"));
            paths.push(format!("{GROUPS}/{group}@acme.example/members/{email}"));
        }
    }
    for (number, path) in paths.iter().enumerate() {
        let answers = pages(generated, path).await;
        assert_eq!(answers, pages(entered, path).await, "{path}");
        let good = answers.iter().all(|(status, _)| *status == 200);
        assert!(good || number >= lists, "{path}: {answers:?}");
    }
}

/// The same changes at both.
async fn change(companies: &[Acme; 2], method: &str, path: &str, body: &Value) {
    let mut answers = Vec::new();
    for acme in companies {
        let (status, answer) = acme
            .control(method, &format!("/_simulator/{path}"), &body.to_string())
            .await;
        assert!(status.is_success(), "{method} {path}: {answer}");
        answers.push(timeless(answer));
    }
    assert_eq!(answers[0], answers[1], "{method} {path}");
}

#[tokio::test]
async fn a_generated_company_answers_as_an_entered_one_before_and_after_changes() {
    let companies = companies().await;
    compare(&companies).await;

    let people = generate::directory(SIZE).users;
    let key = |index: usize, field: &str| people[index][field].as_str().unwrap().to_owned();
    let none = Value::Null;
    for index in [23, 46, 69] {
        let (id, email) = (key(index, "id"), key(index, "primaryEmail"));
        change(
            &companies,
            "PATCH",
            &format!("users/{id}"),
            &json!({ "primaryEmail": format!("new.{email}"), "suspended": true }),
        )
        .await;
        change(&companies, "DELETE", &format!("users/{email}"), &none).await;
    }
    change(
        &companies,
        "PATCH",
        &format!("users/{}", key(46, "id")),
        &json!({ "deletionTime": null }),
    )
    .await;
    change(
        &companies,
        "POST",
        "users",
        &json!({ "primaryEmail": "noah.zz@acme.example" }),
    )
    .await;
    change(
        &companies,
        "DELETE",
        &format!("users/{}/photo", key(115, "primaryEmail")),
        &none,
    )
    .await;
    change(
        &companies,
        "PATCH",
        "orgunits/Support",
        &json!({ "name": "Help" }),
    )
    .await;
    let of_sales = people
        .iter()
        .find(|user| user["orgUnitPath"] == "/Sales")
        .unwrap();
    change(
        &companies,
        "DELETE",
        &format!(
            "groups/sales@acme.example/members/{}",
            of_sales["primaryEmail"].as_str().unwrap()
        ),
        &none,
    )
    .await;
    change(
        &companies,
        "POST",
        "groups/all@acme.example/members",
        &json!({ "email": key(92, "primaryEmail") }),
    )
    .await;
    change(
        &companies,
        "PATCH",
        "groups/engineering@acme.example",
        &json!({ "email": "makers@acme.example" }),
    )
    .await;
    compare(&companies).await;
}
