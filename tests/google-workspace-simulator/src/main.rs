//! Runs the Google Workspace simulator by hand: `google-workspace-simulator --generate 50`.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use google_workspace_simulator::{Options, Seed, Simulator, Switches, parse_duration};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A local Google Workspace: token endpoint, Directory API, and control paths under /_simulator/.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// A JSON file with the customer, people, groups, org units and service accounts to start with.
    #[arg(long, value_name = "FILE.json")]
    seed: Option<PathBuf>,
    /// Adds that many people, always the same ones; the first is the administrator admin@DOMAIN.
    #[arg(long, value_name = "N")]
    generate: Option<usize>,
    /// Waits before each of Google's answers, such as 20ms.
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = parse_duration)]
    latency: Duration,
    /// Lets users.watch take http addresses, and sends notifications to servers with self-signed certificates.
    #[arg(long)]
    insecure_webhooks: bool,
    /// Refuses what Google puts up with, such as unknown query parameters, to show that a client relies on none of it.
    #[arg(long)]
    strict: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    start_logging();
    let mut terminated = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let options = Options {
        listen: arguments.listen,
        seed: seed(&arguments)?,
        latency: arguments.latency,
        switches: Switches {
            insecure_webhooks: arguments.insecure_webhooks,
            strict: arguments.strict,
            ..Switches::default()
        },
    };
    let simulator = Simulator::start(options).await?;

    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", simulator.url())?;
    stdout.flush()?;

    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("listening for Ctrl-C")?,
        _ = terminated.recv() => {}
    }
    tracing::info!("ending");
    Ok(())
}

/// The seed file's content, followed by the generated people in the same domain.
fn seed(arguments: &Arguments) -> Result<Seed> {
    let mut seed = match &arguments.seed {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Seed::from_json(&text).with_context(|| path.display().to_string())?
        }
        None => Seed::default(),
    };
    seed.generate = arguments.generate.unwrap_or_default();
    Ok(seed)
}

/// Logs to stderr: lines for people, JSON when nobody is watching. `RUST_LOG` sets the level.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.init();
    } else {
        builder.json().init();
    }
}
