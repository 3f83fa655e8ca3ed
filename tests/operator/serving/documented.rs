//! The list of metrics in the manual, held against an operator that has just started.

use std::collections::{BTreeMap, BTreeSet};

use dialplane::api::reasons;
use serde_json::json;

use crate::world::{World, company, poll};

/// The labels of a metric, each with the values that it takes; none where they depend on what there is.
type Labels = BTreeMap<String, BTreeSet<String>>;

/// The table of docs/operations.md.
fn documented() -> BTreeMap<String, Labels> {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md")).unwrap();
    let rows = manual
        .lines()
        .filter_map(|line| line.strip_prefix("| `dialplane_"));
    rows.map(|row| {
        let mut cells = row.split(" | ");
        let name = cells.next().unwrap().trim_end_matches('`');
        (format!("dialplane_{name}"), labels(cells.next().unwrap()))
    })
    .collect()
}

/// `` `state`: `enabled`, `disabled` `` is a label with values; without the colon there are none.
fn labels(cell: &str) -> Labels {
    let mut labels = Labels::new();
    let mut last = None;
    for part in cell.split(';') {
        let pieces: Vec<_> = part.split('`').collect();
        let mut in_values = false;
        for pair in pieces[1..].chunks(2) {
            let after = pair.get(1).copied().unwrap_or_default();
            if in_values {
                let values: &mut BTreeSet<String> = labels.get_mut(last.unwrap()).unwrap();
                values.insert(pair[0].to_owned());
            } else {
                labels.insert(pair[0].to_owned(), BTreeSet::new());
                last = Some(pair[0]);
                in_values = after.starts_with(':');
            }
        }
    }
    if cell.contains("[reason]") {
        let values = labels.get_mut("result").unwrap();
        values.extend(reasons::FAULTS.iter().map(|reason| (*reason).to_owned()));
    }
    labels
}

/// What is told, in the same form.
fn told(text: &str) -> BTreeMap<String, Labels> {
    let mut told = BTreeMap::<String, Labels>::new();
    for line in text.lines().filter(|line| line.starts_with("dialplane_")) {
        let sample = line.rsplit_once(' ').unwrap().0;
        let (name, set) = sample.split_once('{').unwrap_or((sample, ""));
        let name = ["_bucket", "_count", "_sum"]
            .iter()
            .find_map(|part| name.strip_suffix(part))
            .unwrap_or(name);
        let labels = told.entry(name.to_owned()).or_default();
        for label in set
            .trim_end_matches('}')
            .split("\",")
            .filter(|label| !label.is_empty())
        {
            let (key, value) = label.split_once("=\"").unwrap();
            if key != "le" {
                labels
                    .entry(key.to_owned())
                    .or_default()
                    .insert(value.trim_end_matches('"').to_owned());
            }
        }
    }
    told
}

/// What is told beyond what is documented, or not told although it is.
fn differences(documented: &BTreeMap<String, Labels>, told: &BTreeMap<String, Labels>) -> Vec<String> {
    let mut differences: Vec<_> = told
        .keys()
        .filter(|name| !documented.contains_key(*name))
        .map(|name| format!("{name} is in no manual"))
        .collect();
    for (name, labels) in documented {
        let Some(found) = told.get(name) else {
            differences.push(format!("{name} is absent"));
            continue;
        };
        for (label, values) in labels {
            match found.get(label) {
                None => differences.push(format!("{name} has no {label}")),
                Some(found) if !values.is_empty() && found != values => {
                    let lacking: Vec<_> = values.symmetric_difference(found).collect();
                    differences.push(format!("{name}, {label}: {lacking:?}"));
                }
                Some(_) => {}
            }
        }
        let further = found.keys().filter(|label| !labels.contains_key(*label));
        differences.extend(further.map(|label| format!("{name} has {label}, which is in no manual")));
    }
    differences
}

#[tokio::test]
async fn a_fresh_operator_tells_every_metric_of_the_manual_with_every_value() {
    let documented = documented();
    assert!(documented.len() > 11, "{documented:#?}");
    let world = World::new(company(&["ana"])).await;
    let operator = world.operator().await;
    let of_integrations = |labels: &Labels| labels.contains_key("integration");
    let mut from_the_start = documented.clone();
    from_the_start.retain(|_, labels| !of_integrations(labels));
    let fresh = told(&operator.metrics().await.unwrap());
    assert_eq!(differences(&from_the_start, &fresh), Vec::<String>::new());

    world.declare(json!({})).await;
    world.until_synced().await;
    // Whether the status could be written is told last, a moment after it was.
    let served = poll("the metric of the status", async || {
        let served = told(&operator.metrics().await.unwrap());
        served.contains_key("dialplane_status_current").then_some(served)
    })
    .await;
    let mut all = documented;
    all.remove("dialplane_push_channels"); // absent where there never was one
    assert_eq!(differences(&all, &served), Vec::<String>::new());
    world.finish().await;
}
