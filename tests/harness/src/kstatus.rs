//! What generic tools make of an object's status: the algorithm of `sigs.k8s.io/cli-utils` kstatus for custom
//! resources, as Flux, kpt and `kubectl wait`-like tools apply it.

use serde_json::Value;

/// kstatus's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The object is as its spec says.
    Current,
    /// It is on its way.
    InProgress,
    /// It needs a human.
    Failed,
    /// It is being deleted.
    Terminating,
}

/// The verdict about an object. The rules apply in this order; an object that says nothing is Current, which is why
/// a CRD defaults `status.observedGeneration` to -1.
pub fn kstatus(object: &Value) -> Status {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Status::Terminating;
    }
    let observed = object["status"]["observedGeneration"].as_i64();
    if observed.is_some() && observed != object["metadata"]["generation"].as_i64() {
        return Status::InProgress;
    }
    let is =
        |kind: &str, status: &str| condition(object, kind).is_some_and(|found| found["status"] == status);
    if is("Reconciling", "True") {
        Status::InProgress
    } else if is("Stalled", "True") {
        Status::Failed
    } else if condition(object, "Ready").is_some() && !is("Ready", "True") {
        Status::InProgress
    } else {
        Status::Current
    }
}

/// The condition of this type.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"]
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(observed: Option<i64>, conditions: &[(&str, &str)]) -> Value {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(kind, status)| json!({"type": kind, "status": status}))
            .collect();
        json!({"metadata": {"generation": 2}, "status": {"observedGeneration": observed, "conditions": conditions}})
    }

    #[test]
    fn the_table() {
        let ready = ("Ready", "True");
        let not_ready = ("Ready", "False");
        let cases = [
            (object(Some(2), &[ready]), Status::Current),
            (object(Some(1), &[ready]), Status::InProgress),
            (object(Some(-1), &[]), Status::InProgress),
            (object(None, &[]), Status::Current),
            (json!({"metadata": {"generation": 1}}), Status::Current),
            (object(Some(2), &[not_ready]), Status::InProgress),
            (object(Some(2), &[("Ready", "Unknown")]), Status::InProgress),
            (
                object(Some(2), &[not_ready, ("Reconciling", "True")]),
                Status::InProgress,
            ),
            (object(Some(2), &[not_ready, ("Stalled", "True")]), Status::Failed),
            (
                object(Some(2), &[("Reconciling", "True"), ("Stalled", "True")]),
                Status::InProgress,
            ),
            (object(Some(1), &[("Stalled", "True")]), Status::InProgress),
            (object(Some(2), &[ready, ("Stalled", "False")]), Status::Current),
            (object(Some(2), &[("UsersSynced", "False")]), Status::Current),
        ];
        for (object, expected) in cases {
            assert_eq!(kstatus(&object), expected, "{object}");
        }
        let mut deleted = object(Some(1), &[("Stalled", "True")]);
        deleted["metadata"]["deletionTimestamp"] = json!("2026-11-21T08:00:00Z");
        assert_eq!(kstatus(&deleted), Status::Terminating);
    }
}
