//! The CRDs as objects of the API server.

use dialplane_test_harness::{ControlPlane, ControlPlaneOptions};
use serde_json::Value;

/// Name, generation and conditions of the installed CRDs.
fn installed(plane: &ControlPlane) -> Vec<Value> {
    let text = plane.kubectl(&["get", "-f", "crds", "-o", "json"]).ok().unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// On a control plane of its own, because the first apply is what matters.
#[tokio::test]
async fn they_apply_without_a_warning_and_again_without_a_change() {
    let plane = ControlPlane::start(ControlPlaneOptions::default()).await.unwrap();
    for (flags, kept) in [
        (&[][..], "unchanged"),
        (&["--server-side", "--force-conflicts"], "serverside-applied"),
    ] {
        let apply = [&["apply", "--warnings-as-errors", "-f", "crds"], flags].concat();
        let first = plane.kubectl(&apply);
        assert!(first.success(), "{}", first.stderr);
        assert_eq!(first.stderr, "");
        let wait = [
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "-f",
            "crds",
        ];
        plane.kubectl(&wait).ok().unwrap();
        let before = installed(&plane);
        assert_eq!(before.len(), 2);

        let second = plane.kubectl(&apply);
        assert_eq!(second.stderr, "");
        assert_eq!(second.stdout.matches(kept).count(), 2, "{}", second.stdout);
        for (before, after) in before.iter().zip(installed(&plane)) {
            assert_eq!(after["metadata"]["generation"], 1);
            assert_eq!(before["spec"], after["spec"]);
            for condition in after["status"]["conditions"].as_array().unwrap() {
                assert!(
                    ["Established", "NamesAccepted"].contains(&condition["type"].as_str().unwrap())
                        && condition["status"] == "True",
                    "{condition:#}"
                );
            }
        }
    }
}
