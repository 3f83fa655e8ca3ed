//! `dialplane run`: the operator.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures::future;
use kube::client::ClientBuilder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tower::limit::ConcurrencyLimitLayer;

use super::google::Google;
use super::log::{self, Format};
use super::program::Outcome;
use crate::api::GoDuration;
use crate::http::{self, Served};
use crate::operator::metrics::Metrics;
use crate::operator::realtime::{LONGEST_LIFE, PublicUrl, Push, SHORTEST_LIFE};
use crate::operator::{Operator, Pulse, Readiness};

/// Requests to the API server at the same time, watches aside: many tenants at once must not open a thousand connections.
const KUBERNETES_REQUESTS: usize = 64;
/// An API server that takes longer for an answer is taken for one that does not answer. Watches are not bound by it.
const KUBERNETES_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Manage only this namespace. Can be repeated. If omitted, all namespaces.
    #[arg(
        long = "namespace",
        value_name = "NAMESPACE",
        env = "DIALPLANE_NAMESPACES",
        value_delimiter = ','
    )]
    namespaces: Vec<String>,
    /// Address of the HTTP server for Google's notifications and the probes.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "DIALPLANE_HTTP_ADDRESS",
        default_value = "0.0.0.0:8080"
    )]
    http_address: SocketAddr,
    /// Address of the HTTP server for metrics and probes. Do not expose it to the internet.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "DIALPLANE_METRICS_ADDRESS",
        default_value = "0.0.0.0:8081"
    )]
    metrics_address: SocketAddr,
    /// URL at which Google reaches the HTTP server, for users.realtime: https, a host, and optionally a path. Only
    /// /push/google/ below it must be reachable.
    #[arg(long, value_name = "URL", env = "DIALPLANE_PUBLIC_URL")]
    public_url: Option<PublicUrl>,
    /// Requested lifetime of notification channels, 10s to 48h. Channels are renewed before they expire.
    #[arg(
        long,
        value_name = "TIME",
        env = "DIALPLANE_PUSH_CHANNEL_LIFETIME",
        default_value = "48h",
        value_parser = channel_lifetime
    )]
    push_channel_lifetime: Duration,
    /// How long the annotation dialplane.io/break-glass opens the locks of an extension, 1s to 24h. Then it is removed.
    #[arg(
        long,
        value_name = "TIME",
        env = "DIALPLANE_BREAK_GLASS_DURATION",
        default_value = "1h",
        value_parser = break_glass_duration
    )]
    break_glass_duration: Duration,
    #[command(flatten)]
    google: Google,
    /// Log format.
    #[arg(
        long,
        value_name = "FORM",
        env = "DIALPLANE_LOG_FORMAT",
        default_value = "json"
    )]
    log_format: Format,
    /// Log level: error, warn, info, debug or trace; or a filter such as info,dialplane=debug.
    #[arg(
        long,
        value_name = "LEVEL",
        env = "DIALPLANE_LOG_LEVEL",
        default_value = "info"
    )]
    log_level: String,
}

// One thread is enough for what one API server takes, and two would spend a sixth of the CPU on waking each other.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn execute(args: Args) -> Outcome {
    log::begin(args.log_format, &args.log_level)?;
    let metrics = Arc::new(Metrics::default());
    let google = args.google.client(&metrics)?;
    let mut config = kube::Config::infer().await?;
    let watching = kube::Client::try_from(config.clone())?;
    config.read_timeout = Some(KUBERNETES_TIMEOUT);
    let client = ClientBuilder::try_from(config)?
        .with_layer(&ConcurrencyLimitLayer::new(KUBERNETES_REQUESTS))
        .build();
    let shutdown = CancellationToken::new();
    let readiness = Readiness::default();
    let pulse = Pulse::default();
    let public = listen("--http-address", args.http_address).await?;
    let inner = listen("--metrics-address", args.metrics_address).await?;
    tracing::info!(address = %public.local_addr()?, metrics = %inner.local_addr()?, version = env!("CARGO_PKG_VERSION"), "serving probes and metrics");

    let push = Arc::new(Push::new(args.public_url, args.push_channel_lifetime));
    let served = Served {
        push: Arc::clone(&push),
        metrics: metrics.clone(),
        readiness: readiness.clone(),
        pulse: pulse.clone(),
    };
    let stopped = CancellationToken::new();
    let end = || stopped.clone().cancelled_owned();
    let serving = tokio::spawn(future::join(
        http::serve(public, served.clone(), end()),
        http::serve_metrics(inner, served, end()),
    ));
    tokio::spawn(end_on_signal(shutdown.clone()));
    Operator {
        client,
        watching,
        google,
        metrics,
        push,
        break_glass: args.break_glass_duration,
        namespaces: args.namespaces,
        shutdown,
        readiness,
        pulse,
    }
    .run()
    .await;
    stopped.cancel();
    serving.await?;
    tracing::info!("ended");
    Ok(ExitCode::SUCCESS)
}

/// Two servers on one host, or two operators, are the usual reason why an address is not free: the flag tells which one it is.
async fn listen(flag: &str, address: SocketAddr) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| {
        format!(
            "cannot listen on {address}: {error}. Choose another address with {flag}, or stop the process that uses it."
        )
    })
}

fn channel_lifetime(text: &str) -> Result<Duration, String> {
    GoDuration::new(text)
        .get()
        .filter(|lifetime| (SHORTEST_LIFE..=LONGEST_LIFE).contains(lifetime))
        .ok_or_else(|| "use a duration from 10s to 48h, for example 24h".to_owned())
}

fn break_glass_duration(text: &str) -> Result<Duration, String> {
    GoDuration::new(text)
        .get()
        .filter(|duration| (Duration::from_secs(1)..=Duration::from_hours(24)).contains(duration))
        .ok_or_else(|| "use a duration from 1s to 24h, for example 1h".to_owned())
}

async fn end_on_signal(shutdown: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("cannot handle signals; the process will not shut down gracefully");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("shutting down after the writes in progress");
    shutdown.cancel();
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;

    #[test]
    fn the_manual_names_every_flag_with_its_variable_and_default() {
        let manual =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/installation.md")).unwrap();
        let command = Args::augment_args(clap::Command::new("run"));
        let flags: Vec<_> = command.get_arguments().collect();
        assert!(flags.len() > 8, "{}", flags.len());
        for flag in flags {
            let row = format!(
                "| `--{}` | `{}`",
                flag.get_long().unwrap(),
                flag.get_env().unwrap().display()
            );
            let row = manual.lines().find(|line| line.starts_with(&row));
            let row = row.unwrap_or_else(|| panic!("docs/installation.md has no row for {}", flag.get_id()));
            for default in flag.get_default_values() {
                let default = format!("| `{}` |", default.display());
                assert!(row.contains(&default), "{row}: not {default}");
            }
        }
    }
}
