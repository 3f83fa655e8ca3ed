//! The state of one simulated Workspace, shared by Google's paths, the control paths and the library.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rand::RngCore as _;
use serde_json::{Value, json};

use crate::answers::TokenError;
use crate::auth::{TOKEN_SECONDS, Tokens};
use crate::clock::{Clock, lock};
use crate::directory::photos::Photo;
use crate::directory::user::User;
use crate::directory::{ChangeError, Directory};
use crate::faults::Faults;
use crate::keys;
use crate::options::Options;
use crate::push::{Channels, Event};
use crate::requests::RequestLog;
use crate::seed::ServiceAccountSeed;
use crate::switches::Switches;

/// The shared state, as handlers get it.
pub(crate) type Shared = Arc<Workspace>;

/// The API that serves the directory, as `POST /_simulator/apis` names it.
pub(crate) const ADMIN_API: &str = "admin.googleapis.com";

/// One simulated Workspace. It holds tokens and a private key, so that it has no `Debug`.
pub(crate) struct Workspace {
    /// Where this simulator is reached, without a trailing slash.
    pub(crate) origin: String,
    pub(crate) clock: Clock,
    /// Waited before each of Google's answers.
    pub(crate) latency: Duration,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) requests: Mutex<RequestLog>,
    pub(crate) channels: Channels,
    /// Signs page tokens, so that a client cannot make its own.
    pub(crate) page_secret: [u8; 32],
    directory: RwLock<Directory>,
    accounts: RwLock<HashMap<String, ServiceAccountSeed>>,
    switches: Mutex<Switches>,
    disabled_apis: Mutex<HashSet<String>>,
    id_token_key: OnceLock<(String, String)>,
}

impl Workspace {
    pub(crate) fn new(options: Options, origin: String) -> Result<Self> {
        let Options {
            mut seed,
            latency,
            switches,
            ..
        } = options;
        seed.validate().context("the seed is not valid")?;
        let clock = Clock::default();
        let accounts = std::mem::take(&mut seed.service_accounts).into_iter();
        let accounts = accounts.map(|account| (account.client_email.clone(), account));
        let directory = Directory::new(seed, clock.now()).context("the seed is not valid")?;
        let mut page_secret = [0; 32];
        rand::rng().fill_bytes(&mut page_secret);
        Ok(Self {
            origin,
            latency,
            clock,
            tokens: Mutex::default(),
            faults: Mutex::default(),
            requests: Mutex::default(),
            channels: Channels::default(),
            page_secret,
            directory: RwLock::new(directory),
            accounts: RwLock::new(accounts.collect()),
            switches: Mutex::new(switches),
            disabled_apis: Mutex::default(),
            id_token_key: OnceLock::new(),
        })
    }

    /// The directory, for reading.
    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets people who have been deleted for too long.
    pub(crate) fn forget_expired(&self) {
        self.directory_mut().forget_expired(self.clock.now());
    }

    /// A living person's resource, by id, address or alias.
    pub(crate) fn user(&self, key: &str) -> Option<Value> {
        self.directory()
            .find(key)
            .map(|user| Value::Object(user.resource()))
    }

    // Events are announced while the directory is locked, so that they keep the order of the changes.

    /// Adds a person and answers with the resource.
    pub(crate) fn create_user(&self, user: Value) -> Result<Value, ChangeError> {
        let now = self.clock.now();
        let mut directory = self.directory_mut();
        let created = directory.create(user, now)?;
        self.channels.announce(Event::Add, &created, now);
        Ok(Value::Object(created.resource()))
    }

    /// Changes or restores a person and answers with the resource.
    pub(crate) fn patch_user(&self, key: &str, patch: &Value) -> Result<Value, ChangeError> {
        let now = self.clock.now();
        let mut directory = self.directory_mut();
        let before = directory.find(key);
        let changed = directory.patch(key, patch, now)?;
        let promoted = changed.flag("isAdmin") && before.as_ref().is_some_and(|user| !user.flag("isAdmin"));
        let only_promoted = promoted && patch.as_object().is_some_and(|patch| patch.len() == 1);
        if promoted {
            self.channels.announce(Event::MakeAdmin, &changed, now);
        }
        if let Some(before) = &before {
            self.announce_aliases(before, &changed, now);
        }
        if before.is_none() {
            self.channels.announce(Event::Undelete, &changed, now);
        } else if !only_promoted {
            self.channels.announce(Event::Update, &changed, now);
        }
        Ok(Value::Object(changed.resource()))
    }

    fn announce_aliases(&self, before: &User, changed: &User, now: Timestamp) {
        let (before, after) = (before.aliases(), changed.aliases());
        for gone in before.iter().filter(|alias| !after.contains(alias)) {
            self.channels.announce_alias(Event::Delete, changed, gone, now);
        }
        for new in after.iter().filter(|alias| !before.contains(alias)) {
            self.channels.announce_alias(Event::Add, changed, new, now);
        }
    }

    /// Deletes a person.
    pub(crate) fn delete_user(&self, key: &str) -> Result<(), ChangeError> {
        let now = self.clock.now();
        let mut directory = self.directory_mut();
        let gone = directory.find(key);
        directory.delete(key, now)?;
        if let Some(user) = gone {
            self.channels.announce(Event::Delete, &user, now);
        }
        Ok(())
    }

    /// Gives a person a photo and answers with the `UserPhoto` resource.
    pub(crate) fn put_photo(&self, key: &str, photo: Photo) -> Result<Value, ChangeError> {
        let now = self.clock.now();
        let mut directory = self.directory_mut();
        let user = directory.put_photo(key, photo, now)?;
        self.channels.announce(Event::Update, &user, now);
        let shown = directory.photo(&user, self.switches()).unwrap_or_default();
        Ok(Value::Object(shown))
    }

    /// Takes a person's photo away.
    pub(crate) fn delete_photo(&self, key: &str) -> Result<(), ChangeError> {
        let now = self.clock.now();
        let user = self.directory_mut().delete_photo(key, now)?;
        self.channels.announce(Event::Update, &user, now);
        Ok(())
    }

    /// Adds a group and answers with the resource.
    pub(crate) fn create_group(&self, group: Value) -> Result<Value, ChangeError> {
        self.directory_mut().create_group(group)
    }

    /// Changes a group and answers with the resource.
    pub(crate) fn patch_group(&self, key: &str, patch: &Value) -> Result<Value, ChangeError> {
        self.directory_mut().patch_group(key, patch)
    }

    /// Deletes a group.
    pub(crate) fn delete_group(&self, key: &str) -> Result<(), ChangeError> {
        self.directory_mut().delete_group(key)
    }

    /// Adds a member to a group and answers with the resource.
    pub(crate) fn add_member(&self, group: &str, member: Value) -> Result<Value, ChangeError> {
        self.directory_mut().add_member(group, member)
    }

    /// Takes a member out of a group.
    pub(crate) fn remove_member(&self, group: &str, member: &str) -> Result<(), ChangeError> {
        self.directory_mut().remove_member(group, member)
    }

    /// Adds an organizational unit and answers with the resource.
    pub(crate) fn create_org_unit(&self, unit: &Value) -> Result<Value, ChangeError> {
        self.directory_mut().create_org_unit(unit)
    }

    /// Changes an organizational unit and answers with the resource.
    pub(crate) fn patch_org_unit(&self, key: &str, patch: &Value) -> Result<Value, ChangeError> {
        self.directory_mut().patch_org_unit(key, patch)
    }

    /// Removes an organizational unit.
    pub(crate) fn delete_org_unit(&self, key: &str) -> Result<(), ChangeError> {
        self.directory_mut().delete_org_unit(key)
    }

    /// What is switched.
    pub(crate) fn switches(&self) -> Switches {
        *lock(&self.switches)
    }

    /// Switches.
    pub(crate) fn set_switches(&self, switches: Switches) {
        *lock(&self.switches) = switches;
    }

    /// A service account by its address.
    pub(crate) fn service_account(&self, email: &str) -> Option<ServiceAccountSeed> {
        self.accounts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(email)
            .cloned()
    }

    /// The numeric ids of the service accounts that have an admin role.
    pub(crate) fn numbers_of_accounts_with_a_role(&self) -> Vec<String> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        let with_a_role = accounts.values().filter(|account| account.admin_role);
        with_a_role.map(|account| account.client_id.clone()).collect()
    }

    /// Adds a service account, or replaces the one of that address: new scopes, another role, another key.
    pub(crate) fn put_service_account(&self, account: ServiceAccountSeed) -> Result<()> {
        account.validate()?;
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(account.client_email.clone(), account);
        Ok(())
    }

    /// Enables or disables an API in every Cloud project.
    pub(crate) fn set_api(&self, service: &str, enabled: bool) -> Result<()> {
        anyhow::ensure!(
            service == ADMIN_API,
            "service: {service:?} is not simulated; known: {ADMIN_API}"
        );
        let mut disabled = lock(&self.disabled_apis);
        if enabled {
            disabled.remove(service);
        } else {
            disabled.insert(service.to_owned());
        }
        Ok(())
    }

    /// Whether an API is enabled.
    pub(crate) fn api_enabled(&self, service: &str) -> bool {
        !lock(&self.disabled_apis).contains(service)
    }

    /// What the token endpoint gives instead of an access token when a scope means nothing to it.
    pub(crate) fn id_token(
        &self,
        account: &ServiceAccountSeed,
        audience: &str,
    ) -> Result<String, TokenError> {
        let now = Timestamp::now().as_second();
        let claims = json!({
            "iss": "https://accounts.google.com", "aud": audience, "azp": account.client_email, "sub": account.client_id,
            "email": account.client_email, "email_verified": true, "iat": now, "exp": now + TOKEN_SECONDS + 1,
        });
        self.sign(&claims).map_err(|error| {
            tracing::error!(%error, "an id_token could not be signed");
            TokenError::new("internal_failure", "Backend Error")
                .with_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
        })
    }

    /// Signs with Google's own key, which is made when it is first needed.
    fn sign(&self, claims: &Value) -> Result<String> {
        if self.id_token_key.get().is_none() {
            let (file, _) = keys::service_account("google@acme.example", "1", "google")?;
            let text = |field: &str| file[field].as_str().unwrap_or_default().to_owned();
            // Another request may have been faster; then its key is used.
            let _ = self
                .id_token_key
                .set((text("private_key_id"), text("private_key")));
        }
        let (id, pem) = self.id_token_key.get().context("no signing key")?;
        let header = Header {
            kid: Some(id.clone()),
            ..Header::new(Algorithm::RS256)
        };
        Ok(jsonwebtoken::encode(
            &header,
            claims,
            &EncodingKey::from_rsa_pem(pem.as_bytes())?,
        )?)
    }
}
