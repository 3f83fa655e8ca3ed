//! A small company, its service accounts, and a client for them.

use std::sync::LazyLock;

use google_workspace_simulator::{Options, Seed, ServiceAccountSeed, Simulator, keys};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const USER_READONLY: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";
pub(crate) const CUSTOMER_READONLY: &str =
    "https://www.googleapis.com/auth/admin.directory.customer.readonly";
pub(crate) const GROUP_READONLY: &str = "https://www.googleapis.com/auth/admin.directory.group.readonly";
pub(crate) const MEMBER_READONLY: &str =
    "https://www.googleapis.com/auth/admin.directory.group.member.readonly";
pub(crate) const ORG_UNIT_READONLY: &str = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly";
pub(crate) const DOMAIN_READONLY: &str = "https://www.googleapis.com/auth/admin.directory.domain.readonly";
pub(crate) const ALIAS_READONLY: &str = "https://www.googleapis.com/auth/admin.directory.user.alias.readonly";
pub(crate) const SCHEMA_READONLY: &str =
    "https://www.googleapis.com/auth/admin.directory.userschema.readonly";
pub(crate) const ROLE_READONLY: &str =
    "https://www.googleapis.com/auth/admin.directory.rolemanagement.readonly";
pub(crate) const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
/// What the administrator's token of [`Acme`] is for.
pub(crate) const READ_SCOPES: [&str; 4] = [
    USER_READONLY,
    CUSTOMER_READONLY,
    GROUP_READONLY,
    ORG_UNIT_READONLY,
];
pub(crate) const ADMIN: &str = "admin@acme.example";
pub(crate) const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A service account and the private key that goes with it. Making one takes a while, so that tests share them.
pub(crate) struct Account {
    pub(crate) key: Value,
    pub(crate) seed: ServiceAccountSeed,
}

fn account(email: &str, client_id: &str, scopes: &[&str], admin_role: bool) -> Account {
    let (key, mut seed) = keys::service_account(email, client_id, "acme-phones").unwrap();
    seed.delegated_scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    seed.admin_role = admin_role;
    Account { key, seed }
}

/// Delegated for the whole domain.
pub(crate) static DELEGATED: LazyLock<Account> = LazyLock::new(|| {
    let scopes = [
        USER_READONLY,
        CUSTOMER_READONLY,
        CLOUD_PLATFORM,
        GROUP_READONLY,
        MEMBER_READONLY,
        ORG_UNIT_READONLY,
        DOMAIN_READONLY,
        ALIAS_READONLY,
        SCHEMA_READONLY,
        ROLE_READONLY,
    ];
    account(
        "delegated@acme-phones.iam.gserviceaccount.com",
        "104497032270219758212",
        &scopes,
        false,
    )
});
/// Has an admin role and no delegation.
pub(crate) static ROLE: LazyLock<Account> = LazyLock::new(|| {
    account(
        "role@acme-phones.iam.gserviceaccount.com",
        "110248495921238986420",
        &[],
        true,
    )
});

/// A running simulator and a client.
pub(crate) struct Acme {
    pub(crate) sim: Simulator,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// Five people, a group, and the two service accounts.
pub(crate) fn company() -> Seed {
    let mut seed = Seed {
        users: vec![
            json!({"id": "100", "primaryEmail": ADMIN, "isAdmin": true, "name": {"givenName": "Ada", "familyName": "Admin"}}),
            json!({"id": "101", "primaryEmail": "zoe@acme.example", "aliases": ["z@acme.example"], "name": {"givenName": "Zoë", "familyName": "adams"},
                "customSchemas": {"Tel": {"site": "HQ"}, "Hr": {"grade": 3}}, "orgUnitPath": "/Sales & Co/EMEA"}),
            json!({"id": "102", "primaryEmail": "Bob@acme.example", "name": {"givenName": "Bob", "familyName": "O'Brien"}, "orgUnitPath": "/Sales & Co"}),
            json!({"id": "103", "primaryEmail": "carl@other.example", "name": {"givenName": "carl", "familyName": "Zulu"}, "suspended": true}),
            json!({"id": "104", "primaryEmail": "dora@acme.example", "name": {"givenName": "Dora", "familyName": "Miller"}, "archived": true}),
        ],
        groups: vec![
            json!({"email": "team@acme.example", "name": "Team", "members": [{"email": "zoe@acme.example"}]}),
        ],
        foreign_domains: vec!["globex.example".to_owned()],
        ..Seed::default()
    };
    seed.add_service_account(DELEGATED.seed.clone());
    seed.add_service_account(ROLE.seed.clone());
    seed
}

/// The company with nested, whole-organization, foreign and awkward memberships, and a unit with a known id.
pub(crate) fn grouped_company() -> Seed {
    let mut seed = company();
    seed.groups = vec![
        json!({"id": "gphones", "email": "phones@acme.example", "members": [
            {"email": "sales@acme.example"}, {"id": "gforeign", "email": "partners@home.example", "type": "GROUP"}, {"id": "104"}]}),
        json!({"id": "gsales", "email": "Sales@acme.example", "aliases": ["vertrieb@acme.example"], "name": "Sales team", "members": [
            {"email": "z@acme.example"}, {"id": "102", "role": "OWNER"}, {"id": "103", "role": "MANAGER"}, {"email": "ann@home.example"}]}),
        json!({"id": "gall", "email": "all@acme.example", "name": "Everybody", "members": [{"type": "CUSTOMER"}]}),
        json!({"id": "gempty", "email": "empty@other.example"}),
    ];
    seed.org_units = vec![
        json!({"orgUnitPath": "/Sales & Co/EMEA", "name": "EMEA", "orgUnitId": "id:emea", "description": "Europe"}),
        json!({"orgUnitPath": "/Sales & Co", "orgUnitId": "id:sales"}),
        json!({"orgUnitPath": "/Büro #1", "orgUnitId": "id:office"}),
    ];
    seed
}

impl Acme {
    /// The company, with a token that acts for its administrator.
    pub(crate) async fn start() -> Self {
        Self::start_with(company()).await
    }

    pub(crate) async fn start_with(seed: Seed) -> Self {
        let sim = Simulator::start(Options {
            seed,
            ..Options::default()
        })
        .await
        .unwrap();
        let mut acme = Self {
            sim,
            http: Client::new(),
            token: String::new(),
        };
        acme.token = acme.token_for(&DELEGATED, Some(ADMIN), &READ_SCOPES).await;
        acme.sim.clear_requests();
        acme
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.url())
    }

    /// The answer of the token endpoint.
    pub(crate) async fn ask_token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let response = self
            .http
            .post(self.url("/token"))
            .form(form)
            .send()
            .await
            .unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn token_for(
        &self,
        account: &Account,
        subject: Option<&str>,
        scopes: &[&str],
    ) -> String {
        let assertion = assertion(account, &claims(account, subject, scopes));
        let (status, body) = self
            .ask_token(&[("grant_type", GRANT), ("assertion", &assertion)])
            .await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// A request to one of Google's paths with the administrator's token.
    pub(crate) fn request(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path)).bearer_auth(&self.token)
    }

    /// The JSON answer to such a request.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(path)).await
    }

    /// The JSON answer with another token.
    pub(crate) async fn get_as(&self, token: &str, path: &str) -> (StatusCode, Value) {
        answer(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    /// The ids of the people in a successful answer.
    pub(crate) async fn ids(&self, query: &[(&str, &str)]) -> String {
        let (status, body) = answer(self.request("/admin/directory/v1/users").query(query)).await;
        assert_eq!(status, 200, "{query:?}: {body}");
        ids(&body)
    }

    /// A control request.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
        let request = self
            .http
            .request(method.parse().unwrap(), self.url(path))
            .body(body.to_owned());
        let response = request.send().await.unwrap();
        let status = response.status();
        (
            status,
            serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
        )
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}")),
    )
}

/// The last digits of the ids of a page's people, in order.
pub(crate) fn ids(page: &Value) -> String {
    let users = page["users"].as_array().map(Vec::as_slice).unwrap_or_default();
    users
        .iter()
        .map(|user| &user["id"].as_str().unwrap()[1..])
        .collect()
}

/// Good claims, to be spoiled.
pub(crate) fn claims(account: &Account, subject: Option<&str>, scopes: &[&str]) -> Value {
    let now = Timestamp::now().as_second();
    let mut claims = json!({"iss": account.seed.client_email, "scope": scopes.join(" "), "aud": AUDIENCE, "iat": now, "exp": now + 3600});
    if let Some(subject) = subject {
        claims["sub"] = subject.into();
    }
    claims
}

/// Signs claims with the account's key.
pub(crate) fn assertion(account: &Account, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(account.key["private_key"].as_str().unwrap().as_bytes()).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

/// The reason of an API error.
pub(crate) fn reason(body: &Value) -> &str {
    body["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
}

/// The two service accounts' key files, `delegated.json` and `role.json`, for clients that read them.
pub(crate) fn key_files(sim: &Simulator) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, account) in [("delegated.json", &*DELEGATED), ("role.json", &*ROLE)] {
        let mut key = account.key.clone();
        key["token_uri"] = json!(format!("{}/token", sim.url()));
        std::fs::write(directory.path().join(name), key.to_string()).unwrap();
    }
    directory
}

/// A field of each item of a page, in order.
pub(crate) fn column(page: &Value, list: &str, field: &str) -> Vec<String> {
    let items = page[list].as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap_or_default().to_owned())
        .collect()
}
