//! `dialplane candidates`: whom a group or an organizational unit would bring.

use std::collections::HashSet;
use std::error::Error;
use std::process::ExitCode;

use serde::Serialize;

use super::google::Google;
use super::output::{Table, json, note, print};
use super::program::Outcome;
use super::{failure, integration};
use crate::api::GoogleWorkspaceIntegration;
use crate::api::integration::Selectors;
use crate::api::reasons;
use crate::operator::preview::{Candidate, Candidates, Preview};

/// As many users as `scope.include.users` takes.
const MOST: usize = 1000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    integration: integration::Which,
    #[command(flatten)]
    of: Of,
    /// Output format; yaml prints a block for spec.users that lists the users.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: Form,
    #[command(flatten)]
    google: Google,
}

/// Whose people.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// Members of this group, including nested groups. Example: sales@acme.com.
    #[arg(long, value_name = "ADDRESS")]
    group: Option<String>,
    /// Users of this organizational unit and the units below it. Example: /Sales.
    #[arg(long, value_name = "PATH")]
    unit: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// A table.
    Text,
    /// A list for programs.
    Json,
    /// A block for spec.users with scope.include.users.
    Yaml,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: &Args) -> Outcome {
    let target = args.integration.find().await?;
    target.not_deleted()?;
    let clients = args.google.clients(target.client())?;
    let found = async {
        let preview = Preview::of(&clients, target.object.clone(), &[]).await?;
        preview.candidates(args.of.selectors()).await
    };
    let found = found.await.map_err(|fault| {
        if fault.reason == reasons::SELECTOR_NOT_FOUND {
            return format!(
                "Google has no {}. Check the name in the Admin console.",
                args.of.named()
            );
        }
        failure::fault(&fault)
    })?;
    if found.unreadable > 0 {
        note(&format!(
            "note: {} entries in Google's list are invalid. dialplane plan shows them.",
            found.unreadable
        ));
    }
    if found.people.is_empty() {
        note(&format!("note: {} contains no users in scope.", args.of.named()));
    }
    print(&match args.output {
        Form::Text => text(&found),
        Form::Json => json(&found.people)?,
        Form::Yaml => block(&target.object, &found)?,
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Of {
    fn selectors(&self) -> Selectors {
        Selectors {
            groups: self.group.iter().cloned().collect(),
            organizational_units: self.unit.iter().cloned().collect(),
            ..Selectors::default()
        }
    }

    fn named(&self) -> String {
        let group = self.group.as_ref().map(|group| format!("group {group}"));
        let unit = || format!("organizational unit {}", self.unit.as_deref().unwrap_or_default());
        group.unwrap_or_else(unit)
    }
}

fn text(found: &Candidates) -> String {
    let mut table = Table::new(&["USER", "NAME", "IN GOOGLE", "EXTENSION", "STATE", "INTEGRATION"]);
    for candidate in &found.people {
        let Candidate {
            person, extension, ..
        } = candidate;
        let in_google = match (person.suspended, person.archived) {
            (_, Some(true)) => "Archived",
            (Some(true), _) => "Suspended",
            (Some(false), Some(false)) => "Active",
            _ => "Unknown",
        };
        let name = person.name.as_deref().unwrap_or_default();
        let (number, state, manager) = extension.as_ref().map_or(("", String::new(), ""), |there| {
            let state = match (there.enabled, there.disabled_reason) {
                (true, _) => "Enabled".to_owned(),
                (false, Some(reason)) => format!("Disabled: {reason}"),
                (false, None) => "Disabled".to_owned(),
            };
            let manager = there.integration.as_deref().unwrap_or_default();
            (there.name.as_str(), state, manager)
        });
        table.row([&person.email, name, in_google, number, &state, manager]);
    }
    if table.is_empty() {
        return String::new();
    }
    table.text()
}

#[derive(Serialize)]
struct Block {
    scope: Including,
}

#[derive(Serialize)]
struct Including {
    include: Users,
}

#[derive(Serialize)]
struct Users {
    users: Vec<String>,
}

/// The block of `spec.users` that names these people, beside those whom the declaration names already.
fn block(object: &GoogleWorkspaceIntegration, found: &Candidates) -> Result<String, Box<dyn Error>> {
    let scope = object.spec.users.as_ref().and_then(|users| users.scope.as_ref());
    let include = scope.and_then(|scope| scope.include.as_ref());
    let mut users = include.map(|include| include.users.clone()).unwrap_or_default();
    let declared: HashSet<_> = users.iter().map(|address| address.to_lowercase()).collect();
    let is_new = |candidate: &&Candidate| {
        let mut addresses = candidate.addresses.iter();
        !addresses.any(|address| declared.contains(address))
    };
    let new = found.people.iter().filter(is_new);
    users.extend(new.map(|candidate| candidate.person.email.clone()));
    if users.len() > MOST {
        return Err(format!(
            "scope.include.users can have at most {MOST} users, but these are {}. Add the group or the unit to scope.include instead.",
            users.len()
        )
        .into());
    }
    let scope = Including {
        include: Users { users },
    };
    Ok(serde_yaml::to_string(&Block { scope })?)
}
