//! Which loops still turn: the liveness probe names one that does not. A loop that waits for Google or the API server turns all the
//! same, so that their trouble restarts nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// The kinds of loops.
const KINDS: [&str; 3] = ["controller", "repairs", "notifications"];
/// How often a loop shows that it turns.
pub const BEAT: Duration = Duration::from_secs(10);
/// A loop that has not run for so long does not turn again.
const SILENCE: Duration = Duration::from_mins(2);

/// Of every loop that must not stop, when it turned last. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    hearts: Arc<Mutex<Hearts>>,
    turns: Family<Kind, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    r#loop: &'static str,
}

#[derive(Debug, Default)]
struct Hearts {
    begun: u64,
    beats: BTreeMap<u64, (String, Instant)>,
}

impl Pulse {
    /// Adds what is told to Prometheus.
    pub fn register(&self, registry: &mut Registry) {
        for kind in KINDS {
            drop(self.turns.get_or_create(&Kind { r#loop: kind }));
        }
        registry.register(
            "loop_turns",
            "Heartbeats of the internal loops, each about every ten seconds",
            self.turns.clone(),
        );
    }

    /// Of a loop that is expected to turn from its first beat on, until it [rests](Heart::rest).
    pub fn of(&self, kind: &'static str, name: impl Into<String>) -> Heart {
        let mut hearts = self.lock();
        hearts.begun += 1;
        Heart {
            pulse: self.clone(),
            id: hearts.begun,
            kind: Kind { r#loop: kind },
            name: name.into(),
        }
    }

    /// Loops that do not turn any more, a line each.
    pub fn stuck(&self) -> String {
        let mut text = String::new();
        for (name, at) in self.lock().beats.values() {
            let silence = at.elapsed();
            if silence > SILENCE {
                // Writing into a String does not fail.
                let _ = writeln!(text, "{name} has not run for {} s", silence.as_secs());
            }
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Hearts> {
        self.hearts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One loop's. Whoever drops it without a word, as a panic does, leaves a loop that is missed.
#[derive(Debug)]
pub struct Heart {
    pulse: Pulse,
    id: u64,
    kind: Kind,
    name: String,
}

impl Heart {
    /// The loop has turned.
    pub fn beat(&self) {
        let now = Instant::now();
        let mut hearts = self.pulse.lock();
        let beat = hearts
            .beats
            .entry(self.id)
            .or_insert_with(|| (self.name.clone(), now));
        beat.1 = now;
        drop(hearts);
        self.pulse.turns.get_or_create(&self.kind).inc();
    }

    /// The loop has come to its end.
    pub fn rest(&self) {
        self.pulse.lock().beats.remove(&self.id);
    }

    /// Does the work of a loop, which turns as long as somebody takes the work on, however long it waits.
    pub async fn during<T>(self, work: impl Future<Output = T>) -> T {
        self.beat();
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    self.rest();
                    return done;
                }
                _ = beats.tick() => self.beat(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_stops_is_named_and_the_others_are_not() {
        let pulse = Pulse::default();
        let (good, bad, done) = (
            pulse.of("test", "good"),
            pulse.of("test", "bad"),
            pulse.of("test", "done"),
        );
        for heart in [&good, &bad, &done] {
            heart.beat();
        }
        let _not_begun = pulse.of("test", "later");
        done.rest();
        advance(SILENCE).await;
        assert_eq!(pulse.stuck(), "");
        good.beat();
        advance(BEAT).await;
        assert_eq!(pulse.stuck(), "bad has not run for 130 s\n");
        bad.beat();
        assert_eq!(pulse.stuck(), "");
    }

    /// The longest patience with Google is longer than the probe's.
    #[tokio::test(start_paused = true)]
    async fn work_that_waits_is_not_stuck_and_work_that_breaks_is() {
        let pulse = Pulse::default();
        let waiting = tokio::spawn(pulse.of("test", "waiting").during(sleep(SILENCE * 10)));
        let broken = tokio::spawn(
            pulse
                .of("test", "broken")
                .during(async { panic!("as a test wants it") }),
        );
        assert!(broken.await.is_err());
        sleep(SILENCE * 5).await;
        assert_eq!(pulse.stuck(), "broken has not run for 600 s\n");
        waiting.await.unwrap();
        assert_eq!(pulse.lock().beats.len(), 1);
    }

    /// A task that nobody takes on any more, for example behind a loop that blocks.
    #[tokio::test(start_paused = true)]
    async fn work_that_nobody_takes_on_is_stuck() {
        let pulse = Pulse::default();
        let mut work = Box::pin(pulse.of("test", "repairs").during(std::future::pending::<()>()));
        assert!(futures::poll!(work.as_mut()).is_pending());
        advance(SILENCE + BEAT).await;
        assert_eq!(pulse.stuck(), "repairs has not run for 130 s\n");
        assert!(futures::poll!(work.as_mut()).is_pending());
        assert_eq!(pulse.stuck(), "");
    }
}
