//! What Google is asked, and what it knows.

use std::collections::BTreeMap;
use std::time::Duration;

use google_workspace_simulator::{Fault, Hold, Seed, generate};
use serde_json::{Value, json};

use super::{PATIENCE, World, merge, poll};

/// The scopes that groups and organizational units of a scope need.
pub(crate) const GROUPS: &str = "https://www.googleapis.com/auth/admin.directory.group.member.readonly";
pub(crate) const UNITS: &str = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly";

/// What Google was asked for, by the three kinds of reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Pages of the list of users.
    pub(crate) lists: usize,
    /// Pages of the list of deleted users.
    pub(crate) deleted: usize,
    /// Single users by id.
    pub(crate) single: usize,
}

impl World {
    /// How many calls Google saw since the log was last cleared: method and path with this beginning.
    pub(crate) fn google_calls(&self, path: &str) -> usize {
        self.google
            .requests()
            .iter()
            .filter(|request| request.path.starts_with(path))
            .count()
    }

    /// The Google id of somebody.
    pub(crate) fn id_of(&self, address: &str) -> String {
        self.google.user(address).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// How many pages of users Google was asked for since its log was last cleared.
    pub(crate) fn pages_read(&self) -> usize {
        let requests = self.google.requests();
        requests
            .iter()
            .filter(|request| request.path == "/admin/directory/v1/users")
            .count()
    }

    /// What Google was asked for since the last mark.
    pub(crate) fn asked(&self) -> Asked {
        const USERS: &str = "/admin/directory/v1/users";
        let mut asked = Asked::default();
        for request in self.google.requests() {
            match request.path.strip_prefix(USERS) {
                Some("") if request.query.contains("showDeleted=true") => asked.deleted += 1,
                Some("") => asked.lists += 1,
                Some(_) => asked.single += 1,
                None => {}
            }
        }
        asked
    }

    /// Waits until Google was asked for what is wanted.
    pub(crate) async fn until_asked(&self, wanted: impl Fn(Asked) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !wanted(self.asked()) {
            assert!(
                std::time::Instant::now() < deadline,
                "Google was asked only {:?}",
                self.asked()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets the account read users, and what else these scopes allow.
    pub(crate) fn delegate(&self, scopes: &[&str]) {
        let mut account = self.account.clone();
        account
            .delegated_scopes
            .extend(scopes.iter().map(|scope| (*scope).to_owned()));
        self.google.put_service_account(account).unwrap();
    }

    /// How often each method of the Directory API was called since the last mark. Nothing may ever be searched for: what
    /// a search leaves out is no evidence.
    pub(crate) fn called(&self) -> BTreeMap<String, usize> {
        let mut called = BTreeMap::new();
        for request in self.google.requests() {
            let Some(path) = request.path.strip_prefix("/admin/directory/v1/") else {
                continue;
            };
            let mut query = request.query.split('&');
            assert!(!query.any(|pair| pair.starts_with("query=")), "{request:?}");
            let parts: Vec<_> = path.split('/').collect();
            let method = match parts[..] {
                ["users"] if request.query.contains("showDeleted=true") => "users.list deleted",
                ["users"] => "users.list",
                ["users", _] => "users.get",
                ["groups", _, "members"] => "members.list",
                ["groups", _, "hasMember", _] => "members.hasMember",
                ["customer", _, "orgunits"] => "orgunits.list",
                _ => path,
            };
            *called.entry(method.to_owned()).or_default() += 1;
        }
        called
    }

    /// Has Google hold the calls of a method of the Directory API until they are released; of each list only the pages after
    /// the first so many.
    pub(crate) fn hold(&self, method: &str, skip: u64) -> Hold {
        let fault = Fault {
            method: Some(method.to_owned()),
            skip,
            ..Fault::default()
        };
        self.google.hold(fault).unwrap()
    }

    /// Waits until these methods were called at least so often, together.
    pub(crate) async fn until_called(&self, method: &str, times: usize) {
        poll(method, async || {
            (self.called().get(method).copied().unwrap_or_default() >= times).then_some(())
        })
        .await;
    }
}

/// The administrator and these people, as `first@acme.example`: in directory order when the names are sorted.
pub(crate) fn company(first_names: &[&str]) -> Seed {
    let mut seed = generate::directory(1);
    seed.users.extend(first_names.iter().map(|name| colleague(name)));
    seed
}

/// One person of a [`company`], fit for the simulator's `create_user`.
pub(crate) fn colleague(first_name: &str) -> Value {
    json!({
        "primaryEmail": format!("{first_name}@acme.example"),
        "name": {"givenName": first_name, "familyName": "Example"},
    })
}

/// A person with further fields.
pub(crate) fn somebody(first_name: &str, fields: Value) -> Value {
    let mut person = colleague(first_name);
    merge(&mut person, fields);
    person
}
