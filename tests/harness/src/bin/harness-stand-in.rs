//! Stands in for other programs in the harness's own tests: for an operator, and for a test process that is killed.

use std::future::pending;
use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use axum::{Router, routing::get};
use clap::{Parser, Subcommand};
use dialplane_test_harness::{ControlPlane, ControlPlaneOptions};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves what an operator serves, and ends on SIGTERM.
    Run {
        #[arg(long)]
        google_endpoint: String,
        #[arg(long)]
        namespace: Option<String>,
        #[arg(long)]
        http_address: SocketAddr,
        #[arg(long)]
        metrics_address: SocketAddr,
        #[arg(long)]
        log_format: String,
        /// End with an error instead.
        #[arg(long)]
        fail: bool,
    },
    /// Starts a control plane, prints the ids of its processes, and never ends.
    ControlPlane,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Run {
            google_endpoint,
            namespace,
            http_address,
            metrics_address,
            log_format,
            fail,
        } => {
            let kubeconfig = std::env::var("KUBECONFIG").unwrap_or_default();
            let line = format!("{google_endpoint} {namespace:?} {log_format} {kubeconfig}");
            anyhow::ensure!(!fail, "told to fail: {line}");
            say(&line)?;
            serve(http_address, metrics_address).await
        }
        Command::ControlPlane => {
            let options = ControlPlaneOptions {
                controller_manager: true,
                ..Default::default()
            };
            let control_plane = ControlPlane::start(options).await?;
            for (_, identity) in control_plane.processes() {
                say(&identity.pid.to_string())?;
            }
            say(&control_plane.kubeconfig().display().to_string())?;
            pending().await
        }
    }
}

async fn serve(address: SocketAddr, metrics: SocketAddr) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let router = Router::new().route("/readyz", get(|| async { "ok" }));
    let inner = Router::new().route("/metrics", get(|| async { "stand_in 1\n" }));
    let listener = tokio::net::TcpListener::bind(address).await.context("listen")?;
    let metrics = tokio::net::TcpListener::bind(metrics).await.context("listen")?;
    tokio::spawn(async move { axum::serve(metrics, inner).await });
    let ended = async move {
        terminate.recv().await;
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(ended)
        .await?;
    say("ended as asked")
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
