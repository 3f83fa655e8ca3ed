//! `dialplane plan`: everything that a sync would do, and why, from the operator's own code. It writes nothing.

#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod manifest;
mod shown;
mod yaml;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgGroup;
use kube::{Api, ResourceExt};

use self::shown::Shown;
use super::cluster::{Cluster, Connection};
use super::google::Google;
use super::output::{error, json, note, print};
use super::program::{self, Outcome};
use super::{failure, integration};
use crate::api::GoogleWorkspaceIntegration;
use crate::operator::fault::Fault;
use crate::operator::preview::{Clients, Preview};

/// Exit code when something would change.
const CHANGES: u8 = 2;
/// Exit code when the removals would wait for an approval.
const HELD: u8 = 3;
/// Exit code when there are people in scope, and none of them can have an extension.
const NOBODY_SERVED: u8 = 4;

#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["name", "file"]),
    after_help = "Exit codes: 0 no changes, 2 changes, 3 removals would be held, 4 no user in scope can have an extension, 1 error."
)]
pub(super) struct Args {
    /// Name of the GoogleWorkspaceIntegration.
    #[arg(value_parser = integration::name)]
    name: Option<String>,
    /// Plan the integrations in this YAML file instead, as if it were applied; - reads standard input. Can be
    /// repeated.
    #[arg(short, long = "file", alias = "filename", value_name = "FILE")]
    file: Vec<PathBuf>,
    /// Output format.
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    output: Form,
    #[command(flatten)]
    cluster: Cluster,
    #[command(flatten)]
    google: Google,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// One line for each change.
    Table,
    /// The same, with the user's name and the present state of each extension.
    Wide,
    /// For programs.
    Json,
    /// For programs.
    Yaml,
}

/// What programs read: a list, however many integrations were asked about.
#[derive(serde::Serialize)]
struct Plans<'a> {
    plans: &'a [Shown],
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: &Args) -> Outcome {
    let connection = args.cluster.connect().await?;
    let objects = match &args.name {
        Some(name) => vec![Ok(live(&connection, name).await?)],
        None => manifest::read(&connection, &args.cluster, &args.file).await?,
    };
    let clients = args.google.clients(connection.client)?;
    let declared: Vec<_> = objects
        .iter()
        .filter_map(|object| object.as_ref().ok())
        .cloned()
        .collect();
    let mut plans = Vec::with_capacity(objects.len());
    for object in objects {
        plans.push(match object {
            Ok(object) => Box::pin(planned(&clients, args, object, &declared)).await,
            Err(refused) => refused,
        });
    }
    show(&plans, args.output)?;
    Ok(exit_code(&plans))
}

/// The object as it stands in the cluster.
async fn live(connection: &Connection, name: &str) -> Result<GoogleWorkspaceIntegration, String> {
    let api: Api<GoogleWorkspaceIntegration> =
        Api::namespaced(connection.client.clone(), &connection.namespace);
    let found = api.get(name).await;
    found.map_err(|error| integration::not_read(&connection.namespace, name, &error))
}

async fn planned(
    clients: &Clients,
    args: &Args,
    object: GoogleWorkspaceIntegration,
    declared: &[GoogleWorkspaceIntegration],
) -> Shown {
    let mut shown = Shown::of(&object);
    if object.metadata.deletion_timestamp.is_some() {
        return shown.failed(
            "Deleted",
            "the integration is being deleted; deletionPolicy determines what happens to its extensions",
        );
    }
    let flags = args.cluster.flags(&object.namespace().unwrap_or_default());
    shown.approve = format!("{} approve {flags} {}", program::name(), object.name_any());
    let made = async {
        let preview = Preview::of(clients, object, declared).await?;
        let plan = preview.plan().await?;
        Ok::<_, Fault>((preview, plan))
    };
    match made.await {
        Ok((preview, plan)) => shown.planned(plan, |extension| preview.known(extension)),
        Err(fault) => shown.failed(fault.reason, &failure::fault(&fault)),
    }
}

fn show(plans: &[Shown], form: Form) -> Result<(), Box<dyn std::error::Error>> {
    let several = plans.len() > 1;
    match form {
        Form::Json => print(&json(&Plans { plans })?)?,
        Form::Yaml => print(&serde_yaml::to_string(&Plans { plans })?)?,
        Form::Table | Form::Wide => {
            for plan in plans {
                plan.notes.iter().for_each(|text| note(&format!("note: {text}")));
                print(&plan.text(form == Form::Wide, several))?;
            }
        }
    }
    for plan in plans {
        if let Some(failed) = &plan.error {
            error(&format!("{}: {}", plan.full_name(), failed.message));
        }
    }
    Ok(())
}

/// The worst of all plans: an error, then nobody who is served, then a hold, then a change.
fn exit_code(plans: &[Shown]) -> ExitCode {
    if plans.iter().any(|plan| plan.error.is_some()) {
        ExitCode::FAILURE
    } else if plans.iter().any(Shown::serves_nobody) {
        NOBODY_SERVED.into()
    } else if plans.iter().any(Shown::is_held) {
        HELD.into()
    } else if plans.iter().any(|plan| !plan.changes.is_empty()) {
        CHANGES.into()
    } else {
        ExitCode::SUCCESS
    }
}
