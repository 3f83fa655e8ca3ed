//! How Google is reached: the same flags for everything that asks it.

use std::sync::Arc;

use url::Url;

use crate::google::{Client, Endpoints, Error, RetryPolicy, Tuning};
use crate::operator::metrics::Metrics;
use crate::operator::preview::Clients;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Google {
    /// Send all Google API calls to this origin instead of Google, for tests with a simulator: https, or http on this machine.
    #[arg(long, value_name = "URL", env = "DIALPLANE_GOOGLE_ENDPOINT")]
    google_endpoint: Option<Url>,
    /// Maximum number of attempts for each call to Google that fails temporarily, with increasing delays.
    #[arg(
        long,
        value_name = "TRIES",
        env = "DIALPLANE_GOOGLE_TRIES",
        default_value_t = RetryPolicy::default().tries,
        value_parser = clap::value_parser!(u32).range(1..=20)
    )]
    google_tries: u32,
}

impl Google {
    /// Whom a preview asks: the cluster through this client, and Google.
    pub(super) fn clients(&self, kubernetes: kube::Client) -> Result<Clients, Error> {
        let metrics = Arc::new(Metrics::default());
        Ok(Clients {
            kubernetes,
            google: self.client(&metrics)?,
            metrics,
        })
    }

    pub(super) fn client(&self, metrics: &Arc<Metrics>) -> Result<Client, Error> {
        let endpoints = match &self.google_endpoint {
            Some(url) => Endpoints::overridden(url)?,
            None => Endpoints::default(),
        };
        if !endpoints.is_google() {
            tracing::warn!(
                endpoint = endpoints.directory(),
                "--google-endpoint is set: all calls and access tokens go to this endpoint instead of Google. Use it only for tests"
            );
        }
        let retry = RetryPolicy {
            tries: self.google_tries,
            ..RetryPolicy::default()
        };
        let tuning = Tuning {
            retry,
            ..Tuning::default()
        };
        Client::new(endpoints, tuning, Arc::clone(metrics) as _)
    }
}
