//! domains.list, domains.get, domainAliases.list and resources.buildings.list.

use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::call::{self, Refused};
use super::methods;
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::draft::etag;
use crate::schema;

/// `GET admin/directory/v1/customer/{customer}/domains`
pub(crate) async fn list(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_list(&asked, &customer))
}

fn answer_list(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::DOMAINS_LIST, &schema::DOMAINS)?;
    let directory = asked.workspace.directory();
    let domains = directory.domains().into_iter();
    let shown: Vec<_> = domains.map(|domain| show(&directory, domain)).collect();
    Ok(call::plain_list(
        "admin#directory#domains",
        &mask,
        "domains",
        &shown,
        None,
    ))
}

/// `GET admin/directory/v1/customer/{customer}/domains/{domainName}`
pub(crate) async fn get(asked: Asked, Path((customer, domain)): Path<(String, String)>) -> Response {
    asked.respond(answer_get(&asked, &customer, &domain))
}

fn answer_get(asked: &Asked, customer: &str, domain: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::DOMAINS_GET, &schema::DOMAIN)?;
    let directory = asked.workspace.directory();
    if !directory.has_domain(domain) {
        return Err(ApiError::not_found("Resource Not Found: domain").into());
    }
    let shown = show(&directory, &domain.to_lowercase());
    Ok(Value::Object(mask.apply_object(&shown, |_| true)))
}

/// `GET admin/directory/v1/customer/{customer}/domainaliases`: the simulated customer has none.
pub(crate) async fn aliases(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_aliases(&asked, &customer))
}

fn answer_aliases(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::DOMAIN_ALIASES_LIST, &schema::DOMAIN_ALIASES)?;
    let directory = asked.workspace.directory();
    if let Some(parent) = asked.params.get("parentDomainName")
        && !directory.has_domain(parent)
    {
        return Err(ApiError::not_found("Resource Not Found: domain").into());
    }
    Ok(call::plain_list(
        "admin#directory#domainAliases",
        &mask,
        "domainAliases",
        &[],
        None,
    ))
}

/// `GET admin/directory/v1/customer/{customer}/resources/buildings`: the simulated customer has declared none.
pub(crate) async fn buildings(asked: Asked, Path(customer): Path<String>) -> Response {
    asked.respond(answer_buildings(&asked, &customer))
}

fn answer_buildings(asked: &Asked, customer: &str) -> Result<Value, Refused> {
    let mask = asked.admit_to(customer, &methods::BUILDINGS_LIST, &schema::BUILDINGS)?;
    let kind = "admin#directory#resources#buildings#buildingsList";
    Ok(call::plain_list(kind, &mask, "buildings", &[], None))
}

/// The `Domains` resource of one domain. All of them are as old as the customer.
fn show(directory: &Directory, domain: &str) -> Map<String, Value> {
    let text = |field: &str| {
        directory
            .customer()
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let created: Timestamp = text("customerCreationTime")
        .parse()
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let mut shown = Map::new();
    let fields = [
        ("kind", json!("admin#directory#domain")),
        ("etag", etag(&domain).into()),
        ("domainName", domain.into()),
        (
            "isPrimary",
            text("customerDomain").eq_ignore_ascii_case(domain).into(),
        ),
        ("verified", true.into()),
        ("creationTime", created.as_millisecond().to_string().into()),
    ];
    shown.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    shown
}
