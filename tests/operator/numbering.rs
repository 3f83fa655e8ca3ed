//! Where numbers come from, beside the range: a property of the user in Google, or the declaration.

mod capacity;
mod exchange;
mod freed;
mod manual;
mod property;
mod quarantine;
mod renumber;

use serde_json::{Value, json};

use crate::lifecycle;
use crate::world::{World, company, merge, users};

/// The employee number of the organization.
const PATH: &str = "externalIds.#(type==\"organization\").value";

/// What Google has about somebody with this employee number.
fn employee(number: &str) -> Value {
    json!({"externalIds": [
        {"type": "account", "value": "9999"},
        {"type": "organization", "value": number},
    ]})
}

/// The administrator with 2000, and these people with theirs.
async fn staff(people: &[(&str, &str)]) -> World {
    let names: Vec<_> = people.iter().map(|(name, _)| *name).collect();
    let mut seed = company(&names);
    merge(&mut seed.users[0], employee("2000"));
    for (user, (_, number)) in seed.users[1..].iter_mut().zip(people) {
        if !number.is_empty() {
            merge(user, employee(number));
        }
    }
    World::new(seed).await
}

/// Enters another employee number in Google.
fn enter(world: &World, name: &str, number: &str) {
    let address = format!("{name}@acme.example");
    world.google.patch_user(&address, employee(number)).unwrap();
}

#[allow(clippy::needless_pass_by_value, reason = "callers write json!({...})")]
fn numbering(numbering: Value) -> Value {
    json!({"users": {"numbering": numbering}})
}

/// Declares numbers from the property, and waits for the first sync.
async fn declare(world: &World, more: Value) {
    let mut spec = numbering(json!({"source": "Property", "property": PATH}));
    merge(&mut spec, more);
    lifecycle::declare(world, spec).await;
}

/// Who has which problem.
async fn problems(world: &World) -> Vec<String> {
    let object = world.integrations().get(crate::world::NAME).await.unwrap();
    let mut problems: Vec<_> = users(&object)
        .problems
        .iter()
        .map(|problem| format!("{} {}", problem.user.split('@').next().unwrap(), problem.reason))
        .collect();
    problems.sort();
    problems
}

/// What is said about somebody's problem.
async fn said(world: &World, name: &str) -> String {
    let object = world.integrations().get(crate::world::NAME).await.unwrap();
    let user = format!("{name}@acme.example");
    let mut problems = users(&object).problems.iter();
    let problem = problems.find(|problem| problem.user == user);
    problem
        .unwrap_or_else(|| panic!("{name} has no problem"))
        .message
        .clone()
}
