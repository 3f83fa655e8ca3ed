//! What the operator sees of a watch: events that come late, come together, or never come.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

/// An event of a watch: the n-th one of this object that looks like this. The first one is 1.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// Name of the object; empty for any.
    pub name: String,
    /// `ADDED`, `MODIFIED` or `DELETED`; empty for any.
    pub kind: String,
    /// Which of those.
    pub nth: usize,
}

impl Sighting {
    /// The n-th event of any kind of this object.
    pub fn nth(n: usize, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: String::new(),
            nth: n,
        }
    }

    /// The same, counting this kind of event only.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    fn fits(&self, event: &Event) -> bool {
        (self.name.is_empty() || self.name == event.name)
            && (self.kind.is_empty() || self.kind == event.kind)
            && !event.name.is_empty()
    }
}

/// What happens to the events of a resource's watches.
#[derive(Debug, Clone)]
pub enum Distortion {
    /// From the first sighting to the second one nothing comes; then everything, in its order.
    Hold,
    /// From the first sighting to the second one nothing comes; then each object as it is by then, as after a new list. What came
    /// and went in between is never seen.
    Merge,
    /// Between the sightings the events of the first one's object are lost, which no API server does.
    Drop,
    /// The watch ends after the first sighting.
    Close,
    /// The watch ends instead of the first sighting, as one whose place in history is gone (`410 Expired`).
    Expire,
}

/// A distortion of the watches of one resource.
#[derive(Debug, Clone)]
pub struct View {
    /// The plural name of the resource.
    pub resource: String,
    /// When it begins.
    pub from: Sighting,
    /// When it ends; left out: on [`ViewHandle::release`].
    pub until: Option<Sighting>,
    /// What happens.
    pub distortion: Distortion,
}

/// A view that is in force.
#[derive(Debug, Clone)]
pub struct ViewHandle {
    armed: Arc<Armed>,
    changes: watch::Sender<u64>,
}

impl ViewHandle {
    /// Waits until the first sighting was there.
    pub async fn begun(&self) {
        self.reached(Phase::Begun).await;
    }

    /// Waits until the second sighting was there, or it was released.
    pub async fn ended(&self) {
        self.reached(Phase::Ended).await;
    }

    /// Whether the first sighting was there.
    pub fn has_begun(&self) -> bool {
        *self.armed.phase.borrow() >= Phase::Begun
    }

    /// Ends it now.
    pub fn release(&self) {
        self.armed.phase.send_replace(Phase::Ended);
        self.changes.send_modify(|changes| *changes += 1);
    }

    async fn reached(&self, phase: Phase) {
        let mut now = self.armed.phase.subscribe();
        // The sender is in `self`.
        let _ = now.wait_for(|now| *now >= phase).await;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Waiting,
    Begun,
    Ended,
}

#[derive(Debug)]
struct Armed {
    view: View,
    phase: watch::Sender<Phase>,
    seen: Mutex<Seen>,
}

/// How many events fitted. Each version of an object counts once, however many watches show it.
#[derive(Debug, Default)]
struct Seen {
    from: usize,
    until: usize,
    versions: HashSet<(String, String)>,
}

/// What a new event means for a view.
enum Step {
    /// Nothing.
    None,
    /// It begins with this event.
    Begins,
    /// It ends with this event.
    Ends,
}

impl Armed {
    fn meets(&self, event: &Event) -> Step {
        let phase = *self.phase.borrow();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if phase == Phase::Ended || !seen.versions.insert((event.kind.clone(), event.version.clone())) {
            return Step::None;
        }
        if phase == Phase::Waiting && self.view.from.fits(event) {
            seen.from += 1;
            if seen.from == self.view.from.nth {
                let at_once = matches!(self.view.distortion, Distortion::Close | Distortion::Expire);
                self.phase
                    .send_replace(if at_once { Phase::Ended } else { Phase::Begun });
                return Step::Begins;
            }
        } else if phase == Phase::Begun
            && let Some(until) = self.view.until.as_ref().filter(|until| until.fits(event))
        {
            seen.until += 1;
            if seen.until == until.nth {
                self.phase.send_replace(Phase::Ended);
                return Step::Ends;
            }
        }
        Step::None
    }

    fn is_on(&self) -> bool {
        *self.phase.borrow() == Phase::Begun
    }
}

/// The views in force.
#[derive(Debug, Default)]
pub(super) struct Views {
    all: Mutex<Vec<Arc<Armed>>>,
    changes: watch::Sender<u64>,
}

impl Views {
    pub(super) fn add(&self, view: View) -> ViewHandle {
        let armed = Arc::new(Armed {
            view,
            phase: watch::Sender::new(Phase::Waiting),
            seen: Mutex::default(),
        });
        self.locked().push(Arc::clone(&armed));
        ViewHandle {
            armed,
            changes: self.changes.clone(),
        }
    }

    pub(super) fn end_all(&self) {
        for armed in std::mem::take(&mut *self.locked()) {
            armed.phase.send_replace(Phase::Ended);
        }
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// What stands between one watch and the operator.
    pub(super) fn filter(self: &Arc<Self>, resource: &str) -> Filter {
        Filter {
            views: Arc::clone(self),
            resource: resource.to_owned(),
            changes: self.changes.subscribe(),
            held: Vec::new(),
            merging: false,
        }
    }

    fn of(&self, resource: &str) -> Vec<Arc<Armed>> {
        let all = self.locked();
        let ours = all.iter().filter(|armed| armed.view.resource == resource);
        ours.cloned().collect()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Armed>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line of a watch.
#[derive(Debug, Clone)]
struct Event {
    kind: String,
    name: String,
    version: String,
    line: Vec<u8>,
}

impl Event {
    fn read(line: Vec<u8>) -> Self {
        let value: Value = serde_json::from_slice(&line).unwrap_or_default();
        let text = |pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let kind = text("/type");
        // A bookmark is about no object.
        let name = if kind == "BOOKMARK" {
            String::new()
        } else {
            text("/object/metadata/name")
        };
        Self {
            version: text("/object/metadata/resourceVersion"),
            kind,
            name,
            line,
        }
    }
}

/// What goes to the operator.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) closes: bool,
}

/// What stands between one watch and the operator.
#[derive(Debug)]
pub(super) struct Filter {
    views: Arc<Views>,
    resource: String,
    changes: watch::Receiver<u64>,
    held: Vec<Event>,
    /// What is held comes merged.
    merging: bool,
}

impl Filter {
    /// The API server has sent one more line.
    pub(super) fn take(&mut self, line: Vec<u8>) -> Passed {
        let event = Event::read(line);
        let (mut dropped, mut ends, mut passed) = (false, false, Passed::default());
        for armed in self.views.of(&self.resource) {
            let step = armed.meets(&event);
            let begins = matches!(step, Step::Begins);
            ends |= matches!(step, Step::Ends);
            match armed.view.distortion {
                Distortion::Close if begins => passed.closes = true,
                Distortion::Expire if begins => {
                    passed.lines.push(expired());
                    passed.closes = true;
                    return passed;
                }
                Distortion::Drop if armed.is_on() => dropped |= event.name == armed.view.from.name,
                Distortion::Merge if begins => self.merging = true,
                _ => {}
            }
        }
        if ends {
            passed.lines.extend(self.flush());
        }
        if self.holds() {
            self.held.push(event);
        } else if !dropped {
            passed.lines.extend(self.flush());
            passed.lines.push(event.line);
        }
        passed
    }

    /// Waits until what is held may go on, and hands it over.
    pub(super) async fn released(&mut self) -> Vec<Vec<u8>> {
        loop {
            // The views live as long as the filter.
            let _ = self.changes.changed().await;
            if !self.holds() && !self.held.is_empty() {
                return self.flush();
            }
        }
    }

    /// Everything that is held.
    pub(super) fn flush(&mut self) -> Vec<Vec<u8>> {
        let held = std::mem::take(&mut self.held);
        let held = if std::mem::take(&mut self.merging) {
            merged(held)
        } else {
            held
        };
        held.into_iter().map(|event| event.line).collect()
    }

    fn holds(&self) -> bool {
        let views = self.views.of(&self.resource);
        let holding =
            |armed: &&Arc<Armed>| matches!(armed.view.distortion, Distortion::Hold | Distortion::Merge);
        views.iter().filter(holding).any(|armed| armed.is_on())
    }
}

/// Each object as it is in the end, at the place of its last event; nothing of what came and went.
fn merged(events: Vec<Event>) -> Vec<Event> {
    let mut first = HashMap::new();
    let mut last = HashMap::new();
    for (place, event) in events.iter().enumerate() {
        first
            .entry(event.name.clone())
            .or_insert_with(|| event.kind.clone());
        last.insert(event.name.clone(), place);
    }
    let stays = |place: usize, event: &Event| {
        let came_and_went =
            first.get(&event.name).is_some_and(|kind| kind == "ADDED") && event.kind == "DELETED";
        last.get(&event.name) == Some(&place) && !came_and_went
    };
    let kept = events
        .into_iter()
        .enumerate()
        .filter(|(place, event)| stays(*place, event));
    kept.map(|(_, event)| event).collect()
}

/// What the API server sends when a watch asks for what etcd has compacted.
fn expired() -> Vec<u8> {
    let status = serde_json::json!({
        "type": "ERROR",
        "object": {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "too old resource version", "reason": "Expired", "code": 410,
        },
    });
    status.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, name: &str, version: u32) -> Vec<u8> {
        let object = serde_json::json!({"metadata": {"name": name, "resourceVersion": version.to_string()}});
        serde_json::json!({"type": kind, "object": object})
            .to_string()
            .into_bytes()
    }

    /// `ADDED a 1, ...` as it comes out when `events` go in.
    fn through(view: View, events: &[(&str, &str, u32)]) -> (Vec<String>, bool) {
        let views = Arc::new(Views::default());
        views.add(view);
        let mut filter = views.filter("pbxextensions");
        let (mut out, mut closes) = (Vec::new(), false);
        for (kind, name, version) in events {
            let passed = filter.take(line(kind, name, *version));
            closes |= passed.closes;
            out.extend(passed.lines.into_iter().map(|line| {
                let event = Event::read(line);
                format!("{} {} {}", event.kind, event.name, event.version)
            }));
        }
        (out, closes)
    }

    fn view(distortion: Distortion) -> View {
        View {
            resource: "pbxextensions".to_owned(),
            from: Sighting::nth(1, "a").kind("MODIFIED"),
            until: Some(Sighting::nth(1, "b").kind("DELETED")),
            distortion,
        }
    }

    const EVENTS: [(&str, &str, u32); 7] = [
        ("ADDED", "a", 1),
        ("MODIFIED", "a", 2),
        ("ADDED", "c", 3),
        ("MODIFIED", "a", 4),
        ("DELETED", "c", 5),
        ("DELETED", "b", 6),
        ("MODIFIED", "a", 7),
    ];

    #[test]
    fn what_is_held_comes_later_and_in_order() {
        let (out, _) = through(view(Distortion::Hold), &EVENTS);
        let all = EVENTS.map(|(kind, name, version)| format!("{kind} {name} {version}"));
        assert_eq!(out, all);
        let (early, _) = through(view(Distortion::Hold), &EVENTS[..5]);
        assert_eq!(early, all[..1]);
    }

    #[test]
    fn a_merged_view_never_shows_what_came_and_went() {
        let (out, _) = through(view(Distortion::Merge), &EVENTS);
        assert_eq!(out, ["ADDED a 1", "MODIFIED a 4", "DELETED b 6", "MODIFIED a 7"]);
    }

    #[test]
    fn dropped_events_are_those_of_one_object() {
        let (out, _) = through(view(Distortion::Drop), &EVENTS);
        assert_eq!(
            out,
            [
                "ADDED a 1",
                "ADDED c 3",
                "DELETED c 5",
                "DELETED b 6",
                "MODIFIED a 7"
            ]
        );
    }

    #[test]
    fn a_watch_ends_after_an_event_or_instead_of_it() {
        assert_eq!(
            through(view(Distortion::Close), &EVENTS[..2]),
            (vec!["ADDED a 1".to_owned(), "MODIFIED a 2".to_owned()], true)
        );
        let (out, closes) = through(view(Distortion::Expire), &EVENTS[..2]);
        assert_eq!((out.len(), closes), (2, true));
        assert!(out[1].starts_with("ERROR"));
    }

    #[tokio::test]
    async fn a_release_lets_go_what_is_held() {
        let views = Arc::new(Views::default());
        let handle = views.add(View {
            until: None,
            ..view(Distortion::Hold)
        });
        let mut filter = views.filter("pbxextensions");
        assert_eq!(filter.take(line("MODIFIED", "a", 1)), Passed::default());
        assert!(handle.has_begun());
        handle.release();
        assert_eq!(filter.released().await.len(), 1);
    }
}
