//! `dialplane explain`: why a person has an extension or none.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::google::Google;
use super::output::{json, plain, print};
use super::program::Outcome;
use super::{failure, integration};
use crate::operator::preview::{Described, Explanation, Preview};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    integration: integration::Which,
    /// The user: primary address, alias or Google ID.
    user: String,
    /// Output format.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: Form,
    #[command(flatten)]
    google: Google,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// One line for each fact.
    Text,
    /// For programs.
    Json,
    /// For programs.
    Yaml,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: &Args) -> Outcome {
    let target = args.integration.find().await?;
    target.not_deleted()?;
    let clients = args.google.clients(target.client())?;
    let explained = async {
        let preview = Preview::of(&clients, target.object.clone(), &[]).await?;
        preview.explain(&args.user).await
    };
    let explained = explained.await.map_err(|fault| failure::fault(&fault))?;
    let Some(explanation) = explained else {
        return Err(format!(
            "Google has no user {}, and no extension in {} has this address or ID",
            args.user, target.namespace
        )
        .into());
    };
    print(&match args.output {
        Form::Text => text(&explanation),
        Form::Json => json(&explanation)?,
        Form::Yaml => serde_yaml::to_string(&explanation)?,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// One line for each thing that is known.
fn text(explanation: &Explanation) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{label:<12} {}", plain(value));
    };
    match &explanation.person {
        Some(person) => described(person, &mut line),
        None if explanation.in_scope.is_none() && explanation.numbers.is_empty() => {}
        None => line("User:", "deleted in Google, or not found there"),
    }
    for (number, step) in explanation.scope.iter().enumerate() {
        line(if number == 0 { "Scope:" } else { "" }, step);
    }
    line("Should be:", &explanation.standing);
    let extension = explanation.extension.as_ref().map(|extension| {
        let state = match (extension.enabled, extension.disabled_reason) {
            (true, _) => "enabled".to_owned(),
            (false, Some(reason)) => format!("disabled: {reason}"),
            (false, None) => "disabled by an administrator".to_owned(),
        };
        let manager = extension.integration.as_ref().map_or_else(
            || "unmanaged".to_owned(),
            |integration| format!("managed by integration {integration}"),
        );
        format!("{}, {state}, {manager}", extension.name)
    });
    line("Extension:", extension.as_deref().unwrap_or("none"));
    if !explanation.numbers.is_empty() {
        line("Numbers:", &explanation.numbers);
    }
    let step = explanation.step.as_ref();
    let next = step.map(|step| format!("{} {} ({})", step.change, step.extension, step.reason));
    line("Next sync:", next.as_deref().unwrap_or("no change"));
    for problem in &explanation.problems {
        line("Problem:", &format!("{}: {}", problem.reason, problem.message));
    }
    text
}

fn described(person: &Described, line: &mut impl FnMut(&str, &str)) {
    let name = person
        .name
        .as_deref()
        .map_or_else(String::new, |name| format!(", {name}"));
    line(
        "User:",
        &format!("{}{name}, Google ID {}", person.email, person.id),
    );
    if !person.aliases.is_empty() {
        line("Aliases:", &person.aliases.join(", "));
    }
    if let Some(path) = &person.org_unit_path {
        line("Unit:", path);
    }
    let flag = |flag: Option<bool>, name: &str| match flag {
        Some(true) => Some(name.to_owned()),
        Some(false) => None,
        None => Some(format!("unknown whether {name}")),
    };
    let flags = [
        flag(person.suspended, "suspended"),
        flag(person.archived, "archived"),
    ];
    let inactive: Vec<_> = flags.into_iter().flatten().collect();
    let state = if inactive.is_empty() {
        "active".to_owned()
    } else {
        inactive.join(", ")
    };
    line("In Google:", &state);
}
