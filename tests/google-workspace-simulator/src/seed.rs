//! What a simulated Workspace starts with: the seed file's format.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::schema;

/// The customer (tenant) id when the seed names none.
pub const DEFAULT_CUSTOMER_ID: &str = "C01acme42";
/// The primary domain when the seed names none; `.example` is reserved and never resolves.
pub const DEFAULT_DOMAIN: &str = "acme.example";

/// Everything a simulated Workspace starts with. Resources are written in the JSON of Google's own API.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Seed {
    /// A `Customer` resource. Absent fields get defaults ([`DEFAULT_CUSTOMER_ID`], [`DEFAULT_DOMAIN`]).
    pub customer: Map<String, Value>,
    /// `User` resources; only `primaryEmail` is required, a field that is `null` stays absent in answers.
    pub users: Vec<Value>,
    /// `Group` resources, each with its `members` (`Member` resources).
    pub groups: Vec<Value>,
    /// `OrgUnit` resources.
    pub org_units: Vec<Value>,
    /// `Schema` resources of custom fields. What people have in their `customSchemas` and no schema declares is implied.
    pub schemas: Vec<Value>,
    /// Domains of other customers of Google, which are forbidden; a domain that nobody has is not found.
    pub foreign_domains: Vec<String>,
    /// Service accounts that may ask for tokens.
    pub service_accounts: Vec<ServiceAccountSeed>,
    /// OAuth clients of the Cloud project.
    pub oauth_clients: Vec<Value>,
    /// How many people of [`crate::generate`] follow, with their groups and units. Each is worked out when somebody asks, so
    /// that a million of them take a few dozen megabytes; only whom somebody changes is stored.
    #[serde(skip)]
    pub generate: usize,
}

/// A service account as Google knows it: who it is, how its signature is checked, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountSeed {
    /// The account's address; the `iss` of its assertions.
    pub client_email: String,
    /// The numeric id under which an administrator registers domain-wide delegation.
    pub client_id: String,
    /// The public half of its key, as a PEM `PUBLIC KEY` block.
    pub public_key_pem: String,
    /// Scopes registered for domain-wide delegation, in full (`https://www.googleapis.com/auth/...`).
    /// None means that the client is not registered at all.
    #[serde(default, rename = "delegatedScopes")]
    pub delegated_scopes: Vec<String>,
    /// Whether an admin role is assigned to the account itself, so that it may read the directory without a subject.
    #[serde(default, rename = "adminRole")]
    pub admin_role: bool,
}

impl Seed {
    /// Reads a seed file's text. The error names the key, and the line or the path, that is wrong.
    pub fn from_json(text: &str) -> Result<Self> {
        let seed: Self = serde_json::from_str(text).context("the seed is not valid")?;
        seed.validate()?;
        Ok(seed)
    }

    /// Adds a service account, as `keys::service_account` made it.
    pub fn add_service_account(&mut self, account: ServiceAccountSeed) {
        self.service_accounts.push(account);
    }

    /// The customer's primary domain.
    pub fn domain(&self) -> &str {
        self.customer
            .get("customerDomain")
            .and_then(Value::as_str)
            .unwrap_or(DEFAULT_DOMAIN)
    }

    /// The customer id, `C...`.
    pub fn customer_id(&self) -> &str {
        self.customer
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or(DEFAULT_CUSTOMER_ID)
    }

    /// Adds another seed's resources after this one's; this one's customer fields win.
    pub fn merge(&mut self, other: Self) {
        for (key, value) in other.customer {
            self.customer.entry(key).or_insert(value);
        }
        self.users.extend(other.users);
        self.groups.extend(other.groups);
        self.org_units.extend(other.org_units);
        self.schemas.extend(other.schemas);
        self.foreign_domains.extend(other.foreign_domains);
        self.service_accounts.extend(other.service_accounts);
        self.oauth_clients.extend(other.oauth_clients);
        self.generate += other.generate;
    }

    /// Checks names and identities, but not the values inside resources: those may be as malformed as a test needs.
    pub(crate) fn validate(&self) -> Result<()> {
        schema::CUSTOMER.check_names(&self.customer, "customer")?;
        for key in ["id", "customerDomain"] {
            if let Some(value) = self.customer.get(key) {
                ensure!(
                    value.as_str().is_some_and(|v| !v.is_empty()),
                    "customer.{key}: must be a string"
                );
            }
        }
        for (index, user) in self.users.iter().enumerate() {
            schema::USER.check_names(object(user, "users", index)?, &format!("users[{index}]"))?;
        }
        self.validate_groups()?;
        for (index, unit) in self.org_units.iter().enumerate() {
            let path = format!("orgUnits[{index}]");
            let unit = object(unit, "orgUnits", index)?;
            schema::ORG_UNIT.check_names(unit, &path)?;
            text_field(unit, "orgUnitPath", &path)?;
        }
        for (index, schema) in self.schemas.iter().enumerate() {
            let path = format!("schemas[{index}]");
            let schema = object(schema, "schemas", index)?;
            schema::SCHEMA.check_names(schema, &path)?;
            text_field(schema, "schemaName", &path)?;
        }
        for (index, client) in self.oauth_clients.iter().enumerate() {
            text_field(
                object(client, "oauthClients", index)?,
                "client_id",
                &format!("oauthClients[{index}]"),
            )?;
        }
        for (index, account) in self.service_accounts.iter().enumerate() {
            account
                .validate()
                .with_context(|| format!("serviceAccounts[{index}]"))?;
        }
        Ok(())
    }

    fn validate_groups(&self) -> Result<()> {
        for (index, group) in self.groups.iter().enumerate() {
            let path = format!("groups[{index}]");
            let mut group = object(group, "groups", index)?.clone();
            let members = group
                .remove("members")
                .unwrap_or_else(|| Value::Array(Vec::new()));
            schema::GROUP.check_names(&group, &path)?;
            text_field(&group, "email", &path)?;
            let Value::Array(members) = members else {
                bail!("{path}.members: must be a list")
            };
            for (number, member) in members.iter().enumerate() {
                let path = format!("{path}.members[{number}]");
                let Value::Object(member) = member else {
                    bail!("{path}: must be an object")
                };
                schema::MEMBER.check_names(member, &path)?;
            }
        }
        Ok(())
    }
}

impl ServiceAccountSeed {
    /// Checks what the token endpoint relies on.
    pub(crate) fn validate(&self) -> Result<()> {
        ensure!(
            self.client_email.contains('@'),
            "client_email: {:?} is not an address",
            self.client_email
        );
        ensure!(
            !self.client_id.is_empty() && self.client_id.bytes().all(|b| b.is_ascii_digit()),
            "client_id: {:?} is not a number",
            self.client_id
        );
        jsonwebtoken::DecodingKey::from_rsa_pem(self.public_key_pem.as_bytes())
            .context("public_key_pem: not the PEM of an RSA public key")?;
        Ok(())
    }
}

fn object<'a>(value: &'a Value, list: &str, index: usize) -> Result<&'a Map<String, Value>> {
    value
        .as_object()
        .with_context(|| format!("{list}[{index}]: must be an object"))
}

fn text_field(object: &Map<String, Value>, key: &str, path: &str) -> Result<()> {
    let text = object.get(key).and_then(Value::as_str).unwrap_or_default();
    ensure!(!text.is_empty(), "{path}.{key}: is required and must be a string");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_place() {
        let cases = [
            ("{\"users\": [", "EOF"),
            ("{\"people\": []}", "people"),
            (
                "{\"users\": [{\"primaryEmail\": \"a@acme.example\"}, {\"surname\": \"x\"}]}",
                "users[1].surname",
            ),
            (
                "{\"users\": [{\"primaryEmail\": \"a@acme.example\", \"name\": {\"first\": \"x\"}}]}",
                "users[0].name.first",
            ),
            ("{\"customer\": {\"name\": \"x\"}}", "customer.name"),
            ("{\"groups\": [{\"name\": \"x\"}]}", "groups[0].email"),
            (
                "{\"groups\": [{\"email\": \"g@acme.example\", \"members\": [{\"mail\": 1}]}]}",
                "groups[0].members[0].mail",
            ),
            ("{\"orgUnits\": [{\"name\": \"x\"}]}", "orgUnits[0].orgUnitPath"),
            ("{\"schemas\": [{\"fields\": []}]}", "schemas[0].schemaName"),
            ("{\"serviceAccounts\": [{\"client_email\": \"x\"}]}", "client_id"),
            (
                "{\"serviceAccounts\": [{\"client_email\": \"a@b\", \"client_id\": \"1\", \"public_key_pem\": \"x\"}]}",
                "public_key_pem",
            ),
        ];
        for (text, expected) in cases {
            let error = format!("{:#}", Seed::from_json(text).unwrap_err());
            assert!(
                error.contains(expected),
                "{text}: {error:?} does not name {expected:?}"
            );
        }
    }

    #[test]
    fn malformed_values_inside_a_resource_are_accepted() {
        let text = "{\"users\": [{\"primaryEmail\": \"a@acme.example\", \"phones\": {\"value\": 7}, \"suspended\": \"yes\"}]}";
        assert_eq!(Seed::from_json(text).unwrap().users.len(), 1);
    }
}
