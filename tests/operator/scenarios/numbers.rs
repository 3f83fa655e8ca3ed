//! Who gets which number.

use google_workspace_simulator::Seed;
use serde_json::{Value, json};

use super::row::{Row, play, row};
use crate::world::{colleague, company, merge};

/// People with these external ids.
fn numbered(people: &[(&str, Option<&str>)]) -> Seed {
    let mut seed = company(&[]);
    for (name, number) in people {
        let mut person = colleague(name);
        if let Some(number) = number {
            merge(
                &mut person,
                json!({"externalIds": [{"type": "organization", "value": number}]}),
            );
        }
        seed.users.push(person);
    }
    seed
}

fn property() -> Value {
    json!({"users": {
        "numbering": {"source": "Property", "start": null, "property": "externalIds.#(type==\"organization\").value"},
        "scope": {"exclude": {"users": ["admin@acme.example"]}},
    }})
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "two users same externalId",
            "the first has it, the other is told",
            numbered(&[("ana", Some("2001")), ("bo", Some("2001")), ("cy", Some("2003"))]),
        )
        .operator()
        .declare(property())
        .ready()
        .stands(
            "2001 ana
             2003 cy
             Ready Succeeded
             problem bo@acme.example NumberConflict",
            "create 2, integration 1, status 2",
        )
        .person(
            "bo",
            json!({"externalIds": [{"type": "organization", "value": "2002"}]}),
        )
        .sync()
        .ends(
            "2001 ana
             2002 bo
             2003 cy
             Ready Succeeded",
            "create 1, status 1",
        ),
        row(
            "externalId missing",
            "nobody is given a number that nobody chose",
            numbered(&[("ana", Some("2001")), ("bo", None), ("cy", Some("12"))]),
        )
        .operator()
        .declare(property())
        .ready()
        .ends(
            "2001 ana
             Ready Succeeded
             problem bo@acme.example NumberMissing
             problem cy@acme.example NumberInvalid",
            "create 1, integration 1, status 2",
        ),
        row(
            "externalId missing",
            "taken away later, the number stays",
            numbered(&[("ana", Some("2001"))]),
        )
        .serve(property())
        .person("ana", json!({"externalIds": []}))
        .sync()
        .ends(
            "2001 ana
                 Ready Succeeded
                 problem ana@acme.example NumberMissing",
            "status 1",
        ),
        row(
            "number pool exhausted",
            "as many as there are numbers, and the rest when there are more",
            company(&["ana", "bo"]),
        )
        .operator()
        .declare(json!({"users": {"numbering": {"end": "1002"}}}))
        .until("False", "NumbersExhausted")
        .stands(
            "1001 admin
             1002 ana
             not Ready NumbersExhausted Stalled
             problem bo@acme.example NumbersExhausted",
            "create 2, integration 1, status 2",
        )
        .change(json!({"users": {"numbering": {"end": "1003"}}}))
        .ready()
        .ends(
            "1001 admin
             1002 ana
             1003 bo
             Ready Succeeded",
            "create 1, status 2",
        ),
        row(
            "leading-zero numbers",
            "they are text, and 0100 is no 100",
            company(&["ana", "bo"]),
        )
        .operator()
        .declare(json!({"users": {"numbering": {"start": "0099", "end": "0101"}}}))
        .ready()
        .ends(
            "0099 admin
                 0100 ana
                 0101 bo
                 Ready Succeeded",
            "create 3, integration 1, status 2",
        ),
        row(
            "leading-zero numbers",
            "of a property too",
            numbered(&[("ana", Some("0042")), ("bo", Some("042"))]),
        )
        .serve(property())
        .ends(
            "0042 ana
                 042 bo
                 Ready Succeeded",
            "nothing",
        ),
        row(
            "PE hand-created with a colliding number",
            "it counts as taken, and stays as it is",
            company(&["ana", "bo"]),
        )
        .by_hand("1002", json!({"user": {"firstName": "Lobby"}}))
        .operator()
        .declare(json!({}))
        .ready()
        .ends(
            "1001 admin
             1002 nobody unmanaged
             1003 ana
             1004 bo
             Ready Succeeded",
            "create 3, integration 1, status 2",
        ),
        row(
            "PE hand-created with a colliding number",
            "a chosen number is not replaced by another",
            numbered(&[("ana", Some("2001")), ("bo", Some("2002"))]),
        )
        .by_hand("2001", json!({"user": {"firstName": "Lobby"}}))
        .serve(property())
        .stands(
            "2001 nobody unmanaged
             2002 bo
             Ready Succeeded
             problem ana@acme.example NumberConflict",
            "nothing",
        )
        .delete("2001")
        .sync()
        .ends(
            "2001 ana
             2002 bo
             Ready Succeeded",
            "create 1, status 1",
        ),
    ]
}

#[tokio::test]
async fn numbers_of_people() {
    play(rows()).await;
}
