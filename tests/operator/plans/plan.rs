//! Plans: what goes wrong at which write, made from the writes and the events of an undisturbed run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use dialplane_test_harness::fault_proxy::{
    Action, Call, Distortion, Fault, Matcher, Moment, Sighting, Signal, View,
};

use super::diary::{Entry, Happened};
use super::stage::Stage;

/// How long a view stays distorted when what would end it does not come.
const BLIND: Duration = Duration::from_secs(3);

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// The operator is killed when the API server has done the write, before it hears of that.
    Crash,
    /// The write is done, and its answer is lost.
    LostReply,
    /// The write is lost.
    LostWrite,
    /// The operator stands still for a while when the write is done.
    Pause,
    /// The answer to a deletion is lost, and for a while the operator does not see that the object is gone.
    StepBack,
    /// The operator never sees what came and went between two events.
    SkippedView { until: usize },
}

/// Where it goes wrong: at the n-th write like this one, or, for a skipped view, at the n-th event of this object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Plan {
    pub(super) trouble: Trouble,
    pub(super) call: Call,
    pub(super) nth: usize,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trouble, call, nth } = self;
        match trouble {
            Trouble::SkippedView { until } => write!(f, "SkippedView {} {nth}..{until}", call.name),
            trouble => write!(f, "{trouble:?} at {call} #{nth}"),
        }
    }
}

/// All plans, and those that are left when equal ones are counted once.
pub(super) struct Plans {
    pub(super) all: usize,
    pub(super) kept: Vec<Plan>,
}

/// Every plan for these writes and events.
pub(super) fn generate(writes: &[Call], events: &[Entry]) -> Plans {
    let mut seen: BTreeMap<&Call, usize> = BTreeMap::new();
    let mut plans = Vec::new();
    let mut classes = Vec::new();
    let mut class = Class::default();
    for call in writes {
        let nth = seen.entry(call).or_default();
        *nth += 1;
        let place = class.next(call);
        let mut troubles = vec![
            Trouble::Crash,
            Trouble::LostReply,
            Trouble::LostWrite,
            Trouble::Pause,
        ];
        if call.verb == "delete" {
            troubles.push(Trouble::StepBack);
        }
        for trouble in troubles {
            classes.push((trouble.clone(), place.clone()));
            plans.push(Plan {
                trouble,
                call: call.clone(),
                nth: *nth,
            });
        }
    }
    for (call, nth, until, place) in cancelling(events) {
        let trouble = Trouble::SkippedView { until };
        classes.push((trouble.clone(), place));
        plans.push(Plan { trouble, call, nth });
    }
    let all = plans.len();
    let mut known = BTreeSet::new();
    let kept = plans
        .into_iter()
        .zip(classes)
        .filter_map(|(plan, class)| known.insert(class).then_some(plan));
    Plans {
        all,
        kept: kept.collect(),
    }
}

/// Where in a row of writes of one kind one stands. What the operator has seen before the second of such a row and before the
/// twentieth differs in nothing that it decides by: the first ones, those where the writes in flight turn over, one in the middle
/// and those behind a new read tell everything.
#[derive(Default)]
struct Class {
    kind: String,
    row: usize,
    place: usize,
}

/// Writes in flight.
const IN_FLIGHT: usize = 16;

impl Class {
    fn next(&mut self, call: &Call) -> String {
        let kind = Call {
            name: String::new(),
            namespace: String::new(),
            ..call.clone()
        };
        let kind = kind.to_string();
        if kind == self.kind {
            self.place += 1;
        } else {
            (self.kind, self.place) = (kind, 0);
            self.row += 1;
        }
        let place = match self.place {
            first @ 0..=1 => format!("{first}"),
            turn if turn == IN_FLIGHT => "turn".to_owned(),
            50 => "middle".to_owned(),
            499 | 500 => "page".to_owned(),
            _ => "row".to_owned(),
        };
        format!("{} {} {place}", self.row, self.kind)
    }
}

/// Pairs of events of one object of which the second takes the first back: it came and went, or went and came, or was switched off
/// and on again.
fn cancelling(events: &[Entry]) -> Vec<(Call, usize, usize, String)> {
    let mut by_name: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "PbxExtension") {
        by_name.entry(&event.name).or_default().push(event);
    }
    let mut pairs = Vec::new();
    for (name, events) in by_name {
        for (at, event) in events.iter().enumerate() {
            let state = |event: &Entry| {
                (
                    event.happened == Happened::Deleted,
                    event.object["spec"]["enabled"].clone(),
                )
            };
            let before = at
                .checked_sub(1)
                .map_or((true, serde_json::Value::Null), |before| state(events[before]));
            let back = events[at + 1..]
                .iter()
                .position(|later| state(later) == before || later.happened == Happened::Deleted && before.0);
            if let Some(back) = back {
                let call = Call {
                    resource: "pbxextensions".to_owned(),
                    name: name.to_owned(),
                    ..Call::default()
                };
                let until = at + 1 + back;
                let class = format!("{:?} {:?}", event.happened, events[until].happened);
                pairs.push((call, at + 1, until + 1, class));
            }
        }
    }
    pairs
}

/// What a plan has done, for who waits for it.
pub(super) struct Arranged {
    pub(super) kills: usize,
}

impl Plan {
    /// Lets it happen when its time comes. Returns a task that ends when it is over, or never if its time does not come.
    pub(super) fn arrange(&self, stage: &Stage) -> tokio::task::JoinHandle<Arranged> {
        let fault = |action| Fault::nth(self.nth, Matcher::like(&self.call), action);
        let proxy = std::sync::Arc::clone(&stage.proxy);
        match self.trouble.clone() {
            Trouble::Crash => {
                let handle = proxy.add(fault(Action::Signal(Moment::After, Signal::KILL)));
                tokio::spawn(async move {
                    handle.fired(1).await;
                    Arranged { kills: 1 }
                })
            }
            Trouble::LostReply => {
                let handle = proxy.add(fault(Action::Reset(Moment::After)));
                tokio::spawn(async move {
                    handle.fired(1).await;
                    Arranged { kills: 0 }
                })
            }
            Trouble::LostWrite => {
                let handle = proxy.add(fault(Action::Reset(Moment::Before)));
                tokio::spawn(async move {
                    handle.fired(1).await;
                    Arranged { kills: 0 }
                })
            }
            Trouble::Pause => {
                let handle = proxy.add(fault(Action::Signal(Moment::After, Signal::STOP)));
                tokio::spawn(async move {
                    handle.fired(1).await;
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    proxy.signal(Signal::CONT);
                    Arranged { kills: 0 }
                })
            }
            Trouble::StepBack => {
                let view = proxy.distort(View {
                    resource: self.call.resource.clone(),
                    from: Sighting::nth(self.nth, &self.call.name).kind("DELETED"),
                    until: None,
                    distortion: Distortion::Hold,
                });
                let handle = proxy.add(fault(Action::Reset(Moment::After)));
                tokio::spawn(async move {
                    handle.fired(1).await;
                    tokio::time::sleep(BLIND).await;
                    view.release();
                    Arranged { kills: 0 }
                })
            }
            Trouble::SkippedView { until } => {
                let view = proxy.distort(View {
                    resource: self.call.resource.clone(),
                    from: Sighting::nth(self.nth, &self.call.name),
                    until: Some(Sighting::nth(until - self.nth, &self.call.name)),
                    distortion: Distortion::Merge,
                });
                tokio::spawn(async move {
                    view.begun().await;
                    // What would end it may wait for what is not seen.
                    let _ = tokio::time::timeout(BLIND, view.ended()).await;
                    view.release();
                    Arranged { kills: 0 }
                })
            }
        }
    }
}
