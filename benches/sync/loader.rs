//! The floor: the same objects, written by a program that does nothing else.

use std::time::{Duration, Instant};

use anyhow::Result;
use dialplane::api::PbxExtension;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kube::Resource as _;
use kube::api::PostParams;
use kube::core::Request;

use crate::process::{Meter, own, show};
use crate::stage::Stage;

/// Writes in flight: as many as the operator has.
const CONCURRENCY: usize = 16;

/// How fast the objects were written.
pub(crate) struct Loaded {
    objects: usize,
    took: Duration,
    cpu: Vec<(&'static str, f64)>,
}

/// Writes the objects with the operator's rights and connection settings, serialised beforehand; answers are received
/// and not looked at.
pub(crate) async fn measure(objects: Vec<PbxExtension>) -> Result<Loaded> {
    let stage = Stage::set().await?;
    let client = stage.plane.client_from(&stage.kubeconfig).await;
    let path = PbxExtension::url_path(&(), Some(&stage.namespace));
    let bodies = objects.iter().map(serde_json::to_vec);
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    let count = bodies.len();
    let mut processes = stage.plane.processes();
    processes.push(("loader", own()?));
    let meter = Meter::start(processes)?;
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
    Ok(Loaded {
        objects: count,
        took: began.elapsed(),
        cpu: meter.stop()?,
    })
}

impl Loaded {
    /// Creations per second.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn speed(&self) -> f64 {
        self.objects as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn print(&self) {
        println!(
            "  bare loader       {:7.2} s  {:6.0} creations/s  CPU: {}",
            self.took.as_secs_f64(),
            self.speed(),
            show(&self.cpu)
        );
    }
}
