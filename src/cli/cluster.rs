//! Which cluster and namespace: the flags that kubectl has.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// An API server that takes longer for an answer is taken for one that does not answer. Watches are not bound by it.
const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Cluster {
    /// Namespace of the integration. If omitted, the namespace of the context.
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Context of the kubeconfig. If omitted, the current context.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Path of the kubeconfig. If omitted, the variable KUBECONFIG or ~/.kube/config, as for kubectl.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

/// A cluster to ask.
pub(super) struct Connection {
    /// For requests.
    pub client: Client,
    /// For watches, which may be silent for long.
    pub watching: Client,
    /// Where to look when the object does not say.
    pub namespace: String,
}

impl Cluster {
    pub(super) async fn connect(&self) -> Result<Connection, Box<dyn Error>> {
        let mut config = self.config().await?;
        let watching = Client::try_from(config.clone())?;
        config.read_timeout = Some(TIMEOUT);
        let namespace = self
            .namespace
            .clone()
            .unwrap_or_else(|| config.default_namespace.clone());
        Ok(Connection {
            client: Client::try_from(config)?,
            watching,
            namespace,
        })
    }

    /// The flags that lead to the same place again.
    pub(super) fn flags(&self, namespace: &str) -> String {
        let mut flags = format!("-n {namespace}");
        if let Some(context) = &self.context {
            flags.push_str(" --context ");
            flags.push_str(context);
        }
        if let Some(path) = &self.kubeconfig {
            flags.push_str(" --kubeconfig ");
            flags.push_str(&path.to_string_lossy());
        }
        flags
    }

    async fn config(&self) -> Result<Config, Box<dyn Error>> {
        let options = KubeConfigOptions {
            context: self.context.clone(),
            ..KubeConfigOptions::default()
        };
        let config = match &self.kubeconfig {
            Some(path) => Config::from_custom_kubeconfig(Kubeconfig::read_from(path)?, &options).await,
            // In a pod there is no kubeconfig; `infer` finds the ServiceAccount then.
            None if self.context.is_none() => {
                return Config::infer().await.map_err(|error| no_cluster(&error));
            }
            None => Config::from_kubeconfig(&options).await,
        };
        config.map_err(|error| no_cluster(&error))
    }
}

fn no_cluster(error: &dyn Error) -> Box<dyn Error> {
    format!("cannot find a cluster: {error}. Set KUBECONFIG or --kubeconfig to a kubeconfig, and --context to one of its contexts.").into()
}
