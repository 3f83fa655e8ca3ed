//! customerUsageReports.get of the Reports API: how many people there are.

use axum::extract::Path;
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::call::{self, Refused, check_customer};
use super::methods;
use crate::answers::ApiError;
use crate::directory::draft::etag;
use crate::directory::shelf::Order;
use crate::schema;
use crate::workspace::Workspace;

/// `GET admin/reports/v1/usage/dates/{date}`
pub(crate) async fn get(asked: Asked, Path(date): Path<String>) -> Response {
    asked.respond(answer(&asked, &date))
}

fn answer(asked: &Asked, date: &str) -> Result<Value, Refused> {
    let caller = asked.admit(&methods::CUSTOMER_USAGE_GET)?;
    let mask = asked.params.mask(&schema::USAGE_REPORTS)?;
    if let Some(customer) = asked.params.get("customerId") {
        check_customer(customer, &caller, &asked.workspace.directory())?;
    }
    caller.require_admin()?;
    let date: Date = date.parse().map_err(|_| ApiError::invalid_input())?;
    let today = asked.workspace.clock.now().to_zoned(TimeZone::UTC).date();
    if date > today {
        let message =
            format!("Data for dates later than {today} is not yet available. Please check back later");
        return Err(ApiError::invalid(&message).into());
    }
    let report = report(
        &asked.workspace,
        date,
        asked.params.get("parameters").unwrap_or_default(),
    );
    Ok(call::plain_list(
        "admin#reports#usageReports",
        &mask,
        "usageReports",
        &[report],
        None,
    ))
}

/// The report of a day. People are counted as they are now, whatever the day.
fn report(workspace: &Workspace, date: Date, wanted: &str) -> Map<String, Value> {
    let directory = workspace.directory();
    let mut counts = [
        ("accounts:num_users", 0_usize),
        ("accounts:num_suspended_users", 0),
        ("accounts:num_archived_users", 0),
    ];
    for user in directory.people(false).after(Order::Email, false, None) {
        counts[0].1 += 1;
        counts[1].1 += usize::from(user.flag("suspended"));
        counts[2].1 += usize::from(user.flag("archived"));
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.split(',').any(|one| one.trim() == name);
    let parameters: Vec<Value> = counts
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, count)| json!({ "name": name, "intValue": count.to_string() }))
        .collect();
    let customer = directory.customer_id();
    let fields = [
        ("kind", json!("admin#reports#usageReport")),
        ("date", json!(date)),
        ("etag", etag(&(customer, date)).into()),
        ("entity", json!({ "type": "CUSTOMER", "customerId": customer })),
        ("parameters", parameters.into()),
    ];
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}
