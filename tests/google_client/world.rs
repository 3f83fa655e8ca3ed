//! A simulated Workspace to read from.

pub use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc, time::Duration};

pub use dialplane::google::{
    Cause, Class, Client, DIRECTORY_GROUP_MEMBERS_SCOPE, DIRECTORY_ORG_UNITS_SCOPE, DIRECTORY_USERS_SCOPE,
    Deadlines, Directory, Endpoints, Error, RateLimits, RetryPolicy, ServiceAccountKey, Tuning, UserList,
    directory::{User, UserId, UserPage},
};
pub use futures::TryStreamExt as _;
pub use google_workspace_simulator::{
    Fault, Options, SeenRequest, ServiceAccountSeed, Simulator, Switches, generate, keys, seed,
};
pub use serde_json::{Value, json};
pub use url::Url;

pub const USERS: &str = "/admin/directory/v1/users";
pub const TOKEN: &str = "/token";
pub const ADMIN: &str = "admin@acme.example";

/// A domain of another customer of Google.
pub const FOREIGN_DOMAIN: &str = "globex.example";

pub const EVERY_SCOPE: [&str; 3] = [
    DIRECTORY_USERS_SCOPE,
    DIRECTORY_GROUP_MEMBERS_SCOPE,
    DIRECTORY_ORG_UNITS_SCOPE,
];

/// A simulated Workspace, and one service account that may read it in both ways.
pub struct World {
    pub google: Simulator,
    pub client: Client,
    pub key: ServiceAccountKey,
    pub account: ServiceAccountSeed,
}

impl World {
    pub async fn of(people: usize) -> Self {
        Self::tuned(people, quick(3)).await
    }

    pub async fn tuned(people: usize, tuning: Tuning) -> Self {
        let email = "sync@acme-voice.iam.gserviceaccount.com";
        let (file, mut account) =
            keys::service_account(email, "110123456789012345678", "acme-voice").unwrap();
        account.delegated_scopes = EVERY_SCOPE.map(str::to_owned).to_vec();
        account.admin_role = true;
        let mut seed = generate::directory(people);
        seed.add_service_account(account.clone());
        seed.foreign_domains.push(FOREIGN_DOMAIN.to_owned());
        let google = Simulator::start(Options {
            seed,
            switches: Switches::strict(),
            ..Options::default()
        })
        .await
        .unwrap();
        let endpoints = Endpoints::overridden(&Url::parse(google.url()).unwrap()).unwrap();
        Self {
            client: Client::new(endpoints, tuning, Arc::new(())).unwrap(),
            key: ServiceAccountKey::parse(&file.to_string()).unwrap(),
            google,
            account,
        }
    }

    /// On behalf of an administrator.
    pub fn delegated(&self) -> Directory {
        self.acting_for(ADMIN)
    }

    pub fn acting_for(&self, subject: &str) -> Directory {
        self.client.directory(
            self.key.clone(),
            Some(subject.to_owned()),
            seed::DEFAULT_CUSTOMER_ID,
            &[DIRECTORY_USERS_SCOPE],
        )
    }

    /// On behalf of an administrator, with these scopes.
    pub fn scoped(&self, scopes: &[&str]) -> Directory {
        self.client.directory(
            self.key.clone(),
            Some(ADMIN.to_owned()),
            seed::DEFAULT_CUSTOMER_ID,
            scopes,
        )
    }

    /// On behalf of an administrator, with every scope.
    pub fn whole(&self) -> Directory {
        self.scoped(&EVERY_SCOPE)
    }

    /// By the account's own admin role.
    pub fn itself(&self) -> Directory {
        self.client.directory(
            self.key.clone(),
            None,
            seed::DEFAULT_CUSTOMER_ID,
            &[DIRECTORY_USERS_SCOPE],
        )
    }

    /// A client that has no tokens yet.
    pub fn stranger(&self) -> Directory {
        let endpoints = Endpoints::overridden(&Url::parse(self.google.url()).unwrap()).unwrap();
        let client = Client::new(endpoints, quick(3), Arc::new(())).unwrap();
        client.directory(
            self.key.clone(),
            Some(ADMIN.to_owned()),
            seed::DEFAULT_CUSTOMER_ID,
            &[DIRECTORY_USERS_SCOPE],
        )
    }

    pub fn count(&self, path: &str) -> usize {
        self.google
            .requests()
            .iter()
            .filter(|request| request.path == path)
            .count()
    }

    /// Everything that was asked for but tokens.
    pub fn calls(&self) -> usize {
        let requests = self.google.requests();
        requests.iter().filter(|request| request.path != TOKEN).count()
    }

    /// Arms a fault for one method of the Directory API, and nothing else.
    pub fn arm(&self, reason: &str, method: &str, skip: u64, count: Option<u64>) {
        self.google.clear_faults();
        self.google.clear_requests();
        let fault = Fault {
            method: Some(method.to_owned()),
            skip,
            count,
            ..Fault::named(reason)
        };
        self.google.add_fault(fault).unwrap();
    }

    pub fn change_account(&self, change: impl FnOnce(&mut ServiceAccountSeed)) {
        let mut account = self.account.clone();
        change(&mut account);
        self.google.put_service_account(account).unwrap();
    }

    pub fn fault(&self, reason: &str, path: &str) -> Fault {
        self.google.clear_faults();
        self.google.clear_requests();
        Fault {
            path_prefix: Some(path.to_owned()),
            ..Fault::named(reason)
        }
    }

    pub fn id_of(&self, key: &str) -> UserId {
        UserId::parse(self.google.user(key).unwrap()["id"].as_str().unwrap()).unwrap()
    }
}

/// Waits that nobody notices.
pub fn quick(tries: u32) -> Tuning {
    let millisecond = Duration::from_millis(1);
    Tuning {
        retry: RetryPolicy {
            tries,
            first_delay: millisecond,
            max_delay: millisecond,
        },
        deadlines: Deadlines::default(),
        limits: RateLimits {
            per_minute: NonZeroU32::MAX,
        },
    }
}

pub fn real_customer() -> UserList {
    UserList {
        customer: Some(seed::DEFAULT_CUSTOMER_ID.to_owned()),
        ..UserList::default()
    }
}

pub async fn pages(directory: &Directory, list: UserList) -> Result<Vec<UserPage>, Error> {
    directory.pages(list).try_collect().await
}

pub async fn read(directory: &Directory) -> Result<Vec<UserPage>, Error> {
    pages(directory, UserList::default()).await
}

pub async fn everybody(directory: &Directory) -> Vec<User> {
    read(directory)
        .await
        .unwrap()
        .into_iter()
        .flat_map(|page| page.users)
        .collect()
}

pub fn shape(error: &Error) -> (Class, Cause) {
    (error.class(), error.cause())
}

/// How often a call that ends in this class was tried, of three tries that are allowed.
pub fn tries(class: Class) -> usize {
    match class {
        // Twice because of the new token, never more.
        Class::Reauth => 2,
        class if class.is_retryable() => 3,
        _ => 1,
    }
}

pub fn paths(requests: &[SeenRequest]) -> Vec<&str> {
    requests.iter().map(|request| request.path.as_str()).collect()
}
