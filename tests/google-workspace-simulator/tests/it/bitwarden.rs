//! The calls of Bitwarden's directory connector, as its `GSuiteDirectoryService` and Google's Node client send them: every
//! call has `domain` and `customer` where both are set, and what is null is sent as an empty text.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::*;

const SCOPES: [&str; 3] = [USER_READONLY, GROUP_READONLY, MEMBER_READONLY];

/// The connector, with its configuration.
struct Connector<'a> {
    acme: &'a Acme,
    token: String,
    /// `domain` and `customer`, as they are added to the parameters of every call.
    tenant: &'a [(&'static str, &'static str)],
}

impl Connector<'_> {
    /// Reads a list to its end, as the connector does.
    async fn list(&self, path: &str, own: &[(&str, &str)], key: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = self
                .acme
                .http
                .get(self.acme.url(path))
                .bearer_auth(&self.token)
                .query(own)
                .query(&[("pageToken", &page_token)])
                .query(self.tenant);
            let (status, body) = answer(request).await;
            assert_eq!(status, 200, "{path} {own:?}: {body}");
            found.extend(body[key].as_array().cloned().unwrap_or_default());
            match body["nextPageToken"].as_str() {
                Some(next) => next.clone_into(&mut page_token),
                None => return found,
            }
        }
    }

    /// The addresses of the living and of the deleted.
    async fn users(&self, query: &str) -> [BTreeSet<String>; 2] {
        let path = "/admin/directory/v1/users";
        let address = |user: &Value| user["primaryEmail"].as_str().unwrap().trim().to_lowercase();
        let living = self.list(path, &[("query", query)], "users").await;
        let living = living.iter().filter(|user| user.get("emails").is_some());
        let deleted = self
            .list(path, &[("showDeleted", "true"), ("query", query)], "users")
            .await;
        [
            living.map(address).collect(),
            deleted.iter().map(address).collect(),
        ]
    }

    /// The names of the groups with the ids of the people and of the groups in them.
    async fn groups(&self, query: Option<&str>) -> Vec<(String, String)> {
        let query: Vec<_> = query.iter().map(|query| ("query", *query)).collect();
        let mut found = Vec::new();
        for group in self.list("/admin/directory/v1/groups", &query, "groups").await {
            let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
            let path = format!("/admin/directory/v1/groups/{}/members", text(&group, "id"));
            let mut members = BTreeSet::new();
            for member in self.list(&path, &[], "members").await {
                match text(&member, "type").to_lowercase().as_str() {
                    "user" if text(&member, "status").to_lowercase() != "active" => {}
                    "user" | "group" => {
                        members.insert(text(&member, "id"));
                    }
                    "customer" => {
                        members.insert("everybody".to_owned());
                    }
                    other => panic!("{other}"),
                }
            }
            found.push((
                text(&group, "email"),
                members.into_iter().collect::<Vec<_>>().join(" "),
            ));
        }
        found
    }
}

#[tokio::test]
async fn bitwardens_directory_connector_reads_the_directory() {
    let mut seed = grouped_company();
    for number in 0..150 {
        seed.users
            .push(serde_json::json!({"primaryEmail": format!("phone{number:03}@acme.example")}));
    }
    let acme = Acme::start_with(seed).await;
    acme.sim.delete_user("104").unwrap();
    let token = acme.token_for(&DELEGATED, Some(ADMIN), &SCOPES).await;

    let only_domain = [("domain", "acme.example")];
    let both = [("domain", "acme.example"), ("customer", "my_customer")];
    for tenant in [&only_domain[..], &both[..]] {
        let connector = Connector {
            acme: &acme,
            token: token.clone(),
            tenant,
        };
        let [living, deleted] = connector.users("").await;
        assert_eq!(
            living.len(),
            153,
            "three people and 150 phones, on two pages: {tenant:?}"
        );
        assert!(living.contains("bob@acme.example") && !living.contains("carl@other.example"));
        assert_eq!(deleted.into_iter().collect::<Vec<_>>(), ["dora@acme.example"]);
        let [sales, _] = connector.users("orgUnitPath='/Sales & Co'").await;
        assert_eq!(
            sales.into_iter().collect::<Vec<_>>(),
            ["bob@acme.example", "zoe@acme.example"]
        );

        let all = connector.groups(None).await;
        let all: Vec<_> = all
            .iter()
            .map(|(group, members)| (group.as_str(), members.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                ("all@acme.example", "everybody"),
                ("phones@acme.example", "gforeign gsales"),
                ("Sales@acme.example", "101 102"),
            ]
        );
        let some = connector.groups(Some("email:sales*")).await;
        assert_eq!(some, [("Sales@acme.example".to_owned(), "101 102".to_owned())]);
    }
    let empty = acme
        .sim
        .requests()
        .iter()
        .filter(|seen| seen.query.contains("pageToken=&"))
        .count();
    assert!(
        empty >= 10,
        "the first page of a list is asked for with an empty token: {empty}"
    );
}
