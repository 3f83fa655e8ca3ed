//! Bad reads of the directory: nobody loses a phone, and nothing is written but the status.

use google_workspace_simulator::{Fault, generate};
use serde_json::json;

use super::row::{Row, of_list, play, row};
use crate::world::company;

const THREE: &str = "1001 admin
    1002 ana
    1003 bo
    Ready Succeeded";

/// After a read that was not complete. Fewer people than the removal limit, so that the limit is not what saves them.
const THREE_INCOMPLETE: &str = "1001 admin
    1002 ana
    1003 bo
    not Ready IncompleteRead Reconciling Degraded";

/// The one damaged answer, which somebody's suspension does not get through either.
fn damaged(scenario: &'static str, reason: &str) -> Row {
    row(
        scenario,
        "nobody is touched, and the next read is good",
        company(&["ana", "bo"]),
    )
    .serve(json!({}))
    .fault(of_list(reason))
    .fails("IncompleteRead")
    .stands(THREE_INCOMPLETE, "status 1")
    .heal()
    .sync()
    .counting()
    .ends(THREE, "nothing")
}

pub(super) fn answers() -> Vec<Row> {
    vec![
        damaged("empty users key", "emptyObject"),
        damaged("empty users list", "emptyPage"),
        damaged("cycling token", "pageTokenLoop"),
        row(
            "short read (30 % missing) for three runs",
            "three of ten are missing three times",
            company(&["ana", "bo", "cy", "dan", "eve", "flo", "gil", "hal", "ida"]),
        )
        .serve(json!({}))
        .person("ana", json!({"suspended": true}))
        .list_without(&["bo", "eve", "ida"])
        .fails("IncompleteRead")
        .fails("IncompleteRead")
        .fails("IncompleteRead")
        .stands(
            "1001 admin
             1002 ana
             1003 bo
             1004 cy
             1005 dan
             1006 eve
             1007 flo
             1008 gil
             1009 hal
             1010 ida
             not Ready IncompleteRead Reconciling Degraded",
            "status 1",
        )
        .heal()
        .sync()
        .ends(
            "1001 admin
             1002 ana off Suspended
             1003 bo
             1004 cy
             1005 dan
             1006 eve
             1007 flo
             1008 gil
             1009 hal
             1010 ida
             Ready Succeeded",
            "patch 1, status 1",
        ),
        row(
            "single user missing but get returns active",
            "one question tells that the list was short",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .list_without(&["ana"])
        .counting()
        .fails("IncompleteRead")
        .stands(THREE_INCOMPLETE, "status 1")
        .heal()
        .sync()
        .counting()
        .ends(THREE, "nothing"),
        row(
            "412 on get",
            "an answer that proves nothing removes nobody",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .list_without(&["ana"])
        .fault(Fault {
            method: Some("users.get".to_owned()),
            ..Fault::named("conditionNotMet")
        })
        .fails("UnexpectedAnswer")
        .stands(
            "1001 admin
                 1002 ana
                 1003 bo
                 not Ready UnexpectedAnswer Reconciling Degraded",
            "status 1",
        )
        .heal()
        .sync()
        .counting()
        .ends(THREE, "nothing"),
        row(
            "user in showDeleted",
            "the list of the deleted answers, no single question is asked",
            company(&["ana", "bo"]),
        )
        .serve(json!({}))
        .dismiss("ana")
        .sync()
        .asks("list 1, deleted 1")
        .ends(
            "1001 admin
             1002 ana off Deleted
             1003 bo
             Ready Succeeded",
            "patch 1, status 1",
        ),
    ]
}

/// Two pages, and somebody on the first whose suspension must wait for the end of the read.
const TWO_PAGES: usize = 501;

pub(super) fn pages() -> Vec<Row> {
    const SERVED: &str = "5 off Archived
        10 off Suspended
        486 on
        Ready Succeeded";
    let mut limits = row(
        "403 rate, 429, 503 at every page",
        "the sync fails and is done later",
        generate::directory(TWO_PAGES),
    )
    .serve(json!({}));
    for (fault, reason) in [
        ("quotaExceeded", "RateLimited"),
        ("rateLimitExceeded", "RateLimited"),
        ("resourceExhausted", "RateLimited"),
        ("unavailable", "GoogleUnavailable"),
    ] {
        for skip in [0, 1] {
            limits = limits
                .heal()
                .fault(Fault {
                    skip,
                    ..of_list(fault)
                })
                .fails(reason);
        }
        let state = match reason {
            "RateLimited" => {
                "5 off Archived
                10 off Suspended
                486 on
                not Ready RateLimited Reconciling Degraded"
            }
            _ => {
                "5 off Archived
                10 off Suspended
                486 on
                not Ready GoogleUnavailable Reconciling Degraded"
            }
        };
        limits = limits.stands(state, "status 1");
    }
    let revoked = "5 off Archived
        10 off Suspended
        486 on
        not Ready InvalidKey Stalled Disconnected";
    vec![
        limits.heal().sync().counting().ends(SERVED, "nothing"),
        row(
            "403 rate, 429, 503 at every page",
            "a second try of the same page is enough",
            generate::directory(TWO_PAGES),
        )
        .patient_operator()
        .declare(json!({}))
        .ready()
        .counting()
        .fault(Fault {
            count: Some(1),
            ..of_list("quotaExceeded")
        })
        .fault(Fault {
            skip: 1,
            count: Some(1),
            ..of_list("unavailable")
        })
        .sync()
        .asks("list 4")
        .ends(SERVED, "status 1"),
        row(
            "token expiry mid-run",
            "a new token is fetched and the page is read",
            generate::directory(TWO_PAGES),
        )
        .serve(json!({}))
        .fault(Fault {
            skip: 1,
            count: Some(1),
            ..of_list("authError")
        })
        .sync()
        .asks("list 3, token 1")
        .ends(SERVED, "status 1"),
        row(
            "refresh revoked mid-run",
            "the key is revoked after the first page",
            generate::directory(TWO_PAGES),
        )
        .serve(json!({}))
        .person("admin", json!({"suspended": true}))
        .fault(Fault {
            skip: 1,
            ..of_list("authError")
        })
        .fault(Fault {
            path_prefix: Some("/token".to_owned()),
            ..Fault::named("invalidJwtSignature")
        })
        .fails("InvalidKey")
        .stands(revoked, "status 1")
        .person("admin", json!({"suspended": false}))
        .heal()
        .sync()
        .ends(SERVED, "status 1"),
    ]
}

#[tokio::test]
async fn bad_answers() {
    play(answers()).await;
}

#[tokio::test]
async fn bad_pages() {
    play(pages()).await;
}
