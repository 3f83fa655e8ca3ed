//! What the API server does not take from anybody: one object, and not the right to write it.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use crate::world::{World, company, poll, users};

const WORDS: &str = "phones of this department are bought elsewhere";

fn typed<K: serde::de::DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// A policy of the cluster's administrators that refuses one person's extension in this world's namespace.
async fn refuse(world: &World, address: &str) -> String {
    let name = format!("refuses-{}", world.namespace);
    let policy = json!({
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["dialplane.io"], "apiVersions": ["*"],
                "operations": ["CREATE", "UPDATE"], "resources": ["pbxextensions"],
            }]},
            "validations": [{
                "expression": format!("!has(object.spec.user) || !has(object.spec.user.email) || object.spec.user.email != '{address}'"),
                "message": WORDS,
            }],
        },
    });
    let binding = json!({
        "metadata": {"name": name},
        "spec": {
            "policyName": name, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}},
        },
    });
    let params = PostParams::default();
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(world.client.clone());
    policies.create(&params, &typed(policy)).await.unwrap();
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(world.client.clone());
    bindings.create(&params, &typed(binding)).await.unwrap();
    // It takes the API server a moment to heed it.
    let probe = typed(json!({
        "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension", "metadata": {"name": "probe-1001"},
        "spec": {"tenant": "probe", "number": "1001", "user": {"email": address}},
    }));
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    poll("the policy", async || {
        world.extensions().create(&dry, &probe).await.err()
    })
    .await;
    name
}

#[tokio::test]
async fn a_policy_that_refuses_one_person_keeps_nothing_from_the_others() {
    let world = World::new(company(&["ana", "bo", "cy", "dan"])).await;
    let name = refuse(&world, "bo@acme.example").await;
    let _operator = world.operator().await;
    world.declare(json!({})).await;
    let object = world.until_synced().await;
    let [problem] = users(&object).problems.as_slice() else {
        panic!("{:?}", users(&object).problems)
    };
    assert_eq!(
        (problem.user.as_str(), problem.reason.as_str()),
        ("bo@acme.example", "Rejected")
    );
    assert!(problem.message.contains(WORDS), "{}", problem.message);
    let roll = world.roll().await;
    for person in ["ana", "cy", "dan"] {
        assert!(roll.contains(person), "{roll}");
    }
    assert!(!roll.contains("bo"), "{roll}");

    // Nor do the others keep what they ought to lose.
    let suspended = json!({"suspended": true});
    world.google.patch_user("cy@acme.example", suspended).unwrap();
    world.sync().await;
    let roll = world.roll().await;
    assert!(roll.contains("cy (Suspended)"), "{roll}");

    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(world.client.clone());
    bindings.delete(&name, &DeleteParams::default()).await.unwrap();
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(world.client.clone());
    policies.delete(&name, &DeleteParams::default()).await.unwrap();
    world.finish().await;
}
