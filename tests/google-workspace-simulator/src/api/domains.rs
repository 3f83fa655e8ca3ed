//! domains.list, domains.get, domainAliases.list and resources.buildings.list.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::{self, Refused, check_customer, respond};
use super::params::Params;
use super::{gate, methods};
use crate::answers::ApiError;
use crate::directory::Directory;
use crate::directory::draft::etag;
use crate::schema;
use crate::workspace::{Shared, Workspace};

/// `GET admin/directory/v1/customer/{customer}/domains`
pub(crate) async fn list(
    State(workspace): State<Shared>,
    Path(customer): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(&params, answer_list(&workspace, &headers, &params, &customer))
}

fn answer_list(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    customer: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::DOMAINS_LIST)?;
    let mask = params.mask(&schema::DOMAINS)?;
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
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
pub(crate) async fn get(
    State(workspace): State<Shared>,
    Path((customer, domain)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(
        &params,
        answer_get(&workspace, &headers, &params, &customer, &domain),
    )
}

fn answer_get(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    customer: &str,
    domain: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::DOMAINS_GET)?;
    let mask = params.mask(&schema::DOMAIN)?;
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    if !directory.has_domain(domain) {
        return Err(ApiError::not_found("Resource Not Found: domain").into());
    }
    let shown = show(&directory, &domain.to_lowercase());
    Ok(Value::Object(mask.apply_object(&shown, |_| true)))
}

/// `GET admin/directory/v1/customer/{customer}/domainaliases`: the simulated customer has none.
pub(crate) async fn aliases(
    State(workspace): State<Shared>,
    Path(customer): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(&params, answer_aliases(&workspace, &headers, &params, &customer))
}

fn answer_aliases(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    customer: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::DOMAIN_ALIASES_LIST)?;
    let mask = params.mask(&schema::DOMAIN_ALIASES)?;
    let directory = workspace.directory();
    check_customer(customer, &caller, &directory)?;
    caller.require_admin()?;
    if let Some(parent) = params.get("parentDomainName")
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
pub(crate) async fn buildings(
    State(workspace): State<Shared>,
    Path(customer): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref());
    respond(
        &params,
        answer_buildings(&workspace, &headers, &params, &customer),
    )
}

fn answer_buildings(
    workspace: &Workspace,
    headers: &HeaderMap,
    params: &Params,
    customer: &str,
) -> Result<Value, Refused> {
    let caller = gate::admit(workspace, headers, params, &methods::BUILDINGS_LIST)?;
    let mask = params.mask(&schema::BUILDINGS)?;
    check_customer(customer, &caller, &workspace.directory())?;
    caller.require_admin()?;
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
