//! The floor: the same objects, written by a program that does nothing else.

use std::time::{Duration, Instant};

use anyhow::Result;
use dialplane::api::PbxExtension;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kube::Resource as _;
use kube::api::PostParams;
use kube::core::Request;

use crate::process::{Busy, Meter, of, own, show};
use crate::stage::{Rules, Stage};

/// Writes in flight: as many as the operator has.
const CONCURRENCY: usize = 16;

/// How fast the objects were written.
pub(crate) struct Loaded {
    rules: Rules,
    objects: usize,
    took: Duration,
    cpu: Vec<(&'static str, f64)>,
    others: f64,
}

/// Writes the objects with the operator's rights and connection settings, serialised beforehand; answers are received
/// and not looked at.
pub(crate) async fn measure(objects: &[PbxExtension], rules: Rules) -> Result<Loaded> {
    let stage = Stage::set(rules).await?;
    let client = stage.plane.client_from(&stage.kubeconfig).await;
    let path = PbxExtension::url_path(&(), Some(&stage.namespace));
    let bodies = objects.iter().map(serde_json::to_vec);
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    let mut processes = stage.plane.processes();
    processes.push(("loader", own()?));
    let (meter, busy) = (Meter::start(processes)?, Busy::start()?);
    let began = Instant::now();
    stream::iter(bodies)
        .map(|body| {
            let (client, path) = (&client, &path);
            async move {
                let request = Request::new(path.as_str()).create(&PostParams::default(), body)?;
                client.request_text(request).await?;
                anyhow::Ok(())
            }
        })
        .buffer_unordered(CONCURRENCY)
        .try_collect::<()>()
        .await?;
    let took = began.elapsed();
    let cpu = meter.stop()?;
    Ok(Loaded {
        rules,
        objects: objects.len(),
        took,
        others: busy.others(&cpu)?,
        cpu,
    })
}

impl Loaded {
    /// Creations per second.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn speed(&self) -> f64 {
        self.objects as f64 / self.took.as_secs_f64()
    }

    /// Milliseconds of CPU of one process for each creation.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn cpu_per_creation(&self, process: &str) -> f64 {
        1000.0 * of(&self.cpu, process) / self.objects as f64
    }

    pub(crate) fn print(&self) {
        let rules = match self.rules {
            Rules::Ours => "bare loader     ",
            Rules::None => "  without rules ",
        };
        println!(
            "  {rules}  {:7.2} s  {:6.0} creations/s  CPU: {}; others {:.0}% of the machine",
            self.took.as_secs_f64(),
            self.speed(),
            show(&self.cpu),
            self.others,
        );
    }
}
