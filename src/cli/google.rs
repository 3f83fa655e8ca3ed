//! How Google is reached: the same flags for everything that asks it.

use std::sync::Arc;

use url::Url;

use crate::google::{Client, Endpoints, Error, RetryPolicy, Tuning};
use crate::operator::metrics::Metrics;
use crate::operator::preview::Clients;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Google {
    /// Reach every Google API at this origin instead of Google's own, for tests with a simulator: https, or http on this machine.
    #[arg(long, value_name = "URL", env = "DIALPLANE_GOOGLE_ENDPOINT")]
    google_endpoint: Option<Url>,
    /// How often a call to Google is made in all while its failure may pass by itself, with growing pauses between.
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
                "this is not Google: --google-endpoint sends every call, and the tokens, to another place. For tests only"
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
