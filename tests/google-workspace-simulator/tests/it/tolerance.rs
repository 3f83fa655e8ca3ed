//! What Google puts up with, and what the switch `strict` makes of it.

use google_workspace_simulator::Switches;

use crate::support::*;

const USERS: &str = "/admin/directory/v1/users";
const GROUPS: &str = "/admin/directory/v1/groups";

#[tokio::test]
async fn what_google_puts_up_with_is_refused_by_the_strict_only() {
    let acme = Acme::start_with(grouped_company()).await;
    let cases = [
        format!("{USERS}?customer=my_customer&pagetoken=x"),
        format!("{USERS}?customer=my_customer&pageToken="),
        format!("{USERS}?customer=my_customer&domain=acme.example"),
        format!("{USERS}/101?customer=my_customer"),
        format!("{GROUPS}?customer=my_customer&pageToken="),
        format!("{GROUPS}?customer=my_customer&domain=acme.example"),
        format!("{GROUPS}?customer=my_customer&maxResults=201"),
        format!("{GROUPS}?customer=my_customer&includeDerivedMembership=true"),
        format!("{GROUPS}/gsales?customer=my_customer"),
        format!("{GROUPS}/gsales/members?maxResults=201"),
        format!("{GROUPS}/gsales/members?pageToken="),
        format!("{GROUPS}/gsales/members?domain=acme.example"),
        "/admin/directory/v1/customers/my_customer?domain=acme.example".to_owned(),
        "/admin/directory/v1/customer/my_customer/orgunits?maxResults=5".to_owned(),
    ];
    for path in &cases {
        let (status, body) = acme.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
    }
    let strict = r#"{"strict": true}"#;
    let (status, switches) = acme.control("PATCH", "/_simulator/switches", strict).await;
    assert_eq!((status.as_u16(), &switches["strict"]), (200, &true.into()));
    assert_eq!(acme.sim.switches(), Switches::strict());
    for path in &cases {
        let (status, body) = acme.get(path).await;
        assert_eq!((status.as_u16(), reason(&body)), (400, "invalid"), "{path}");
    }
}

#[tokio::test]
async fn a_domain_wins_over_the_customer() {
    let acme = Acme::start_with(grouped_company()).await;
    for customer in ["my_customer", "C01acme42", "C0stranger"] {
        let query = [("customer", customer), ("domain", "other.example")];
        assert_eq!(acme.ids(&query).await, "03", "{customer}");
        let (_, body) = acme
            .get(&format!("{GROUPS}?customer={customer}&domain=other.example"))
            .await;
        assert_eq!(
            column(&body, "groups", "email"),
            ["empty@other.example"],
            "{customer}"
        );
    }
    // A service account that acts as itself cannot say my_customer, and does not have to.
    let role = acme.token_for(&ROLE, None, &[USER_READONLY]).await;
    let path = format!("{USERS}?customer=my_customer&domain=other.example");
    assert_eq!(ids(&acme.get_as(&role, &path).await.1), "03");
}

#[tokio::test]
async fn more_than_the_maximum_is_as_much_as_the_maximum() {
    let mut seed = company();
    seed.groups = (0..203)
        .map(|number| serde_json::json!({"email": format!("g{number:03}@acme.example")}))
        .collect();
    let acme = Acme::start_with(seed).await;
    let path = format!("{GROUPS}?customer=my_customer&maxResults=500");
    let (_, first) = acme.get(&path).await;
    assert_eq!(column(&first, "groups", "email").len(), 200);
    let token = first["nextPageToken"].as_str().unwrap();
    let (_, last) = acme.get(&format!("{path}&pageToken={token}")).await;
    assert_eq!(column(&last, "groups", "email").len(), 3);
    // The discovery document declares the maximum of users.list, so that Google checks it.
    let (status, body) = acme
        .get(&format!("{USERS}?customer=my_customer&maxResults=501"))
        .await;
    assert_eq!((status.as_u16(), reason(&body)), (400, "invalid"));
}

#[tokio::test]
async fn whoever_has_no_rights_does_not_learn_which_domains_there_are() {
    let acme = Acme::start().await;
    let plain = acme
        .token_for(
            &DELEGATED,
            Some("zoe@acme.example"),
            &[USER_READONLY, GROUP_READONLY],
        )
        .await;
    for domain in ["acme.example", "globex.example", "stranger.example"] {
        for list in [USERS, GROUPS] {
            let (status, body) = acme.get_as(&plain, &format!("{list}?domain={domain}")).await;
            assert_eq!(
                (status.as_u16(), reason(&body)),
                (403, "forbidden"),
                "{list} {domain}"
            );
        }
    }
    let public = format!("{USERS}?viewType=domain_public&domain=");
    assert_eq!(acme.get_as(&plain, &format!("{public}acme.example")).await.0, 200);
    assert_eq!(
        acme.get_as(&plain, &format!("{public}stranger.example")).await.0,
        404
    );
}
