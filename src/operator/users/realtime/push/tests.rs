use kube::runtime::reflector::ObjectRef;
use secrecy::ExposeSecret as _;

use super::*;
use crate::google::directory::Event;
use crate::operator::users::cause::CROWD;
use crate::operator::users::realtime::inbox::Work;

fn reference() -> ObjectRef<GoogleWorkspaceIntegration> {
    ObjectRef::new("acme").within("voice")
}

/// A server with one channel, and its token.
fn listening() -> (Push, String) {
    let (push, token) = Push::listening("u-1", "c-1", "r-1");
    (push, token.expose_secret().to_owned())
}

fn claim<'a>(token: &'a str, number: &'a str) -> Claim<'a> {
    Claim {
        uid: "u-1",
        channel: "c-1",
        token: token.as_bytes(),
        resource: "r-1",
        state: "update",
        number,
    }
}

/// What becomes of a notification about this person.
fn told(push: &Push, claim: &Claim<'_>, id: &str) -> Verdict {
    let body = format!(r#"{{"kind":"admin#directory#user","id":"{id}"}}"#);
    push.admit(claim).map_or(Verdict::Rejected, |admission| {
        push.take(admission, body.as_bytes())
    })
}

#[test]
fn only_the_token_of_an_open_channel_opens_the_door() {
    let (push, token) = listening();
    let good = claim(&token, "2");
    assert!(push.admit(&good).is_some());
    let other = push.registry.add("c-2", "u-1", reference(), Event::Add);
    let other = other.expose_secret().to_owned();
    assert_ne!(token, other);
    assert_eq!(token.len(), 43, "32 bytes in base64url");
    let longer = format!("{token}A");
    for bad in [
        Claim::default(),
        Claim { token: b"", ..good },
        Claim {
            token: other.as_bytes(),
            ..good
        },
        Claim {
            token: longer.as_bytes(),
            ..good
        },
        Claim {
            token: &token.as_bytes()[..42],
            ..good
        },
        Claim {
            channel: "c-2",
            ..good
        },
        Claim { channel: "", ..good },
        Claim { uid: "u-2", ..good },
        Claim {
            resource: "r-2",
            ..good
        },
    ] {
        assert!(push.admit(&bad).is_none(), "{bad:?}");
    }
    // Nothing is known of what is watched before Google has answered, and the first message may come before.
    let first = Claim {
        channel: "c-2",
        token: other.as_bytes(),
        resource: "r-7",
        state: "sync",
        ..good
    };
    let admission = push.admit(&first).unwrap();
    assert_eq!(push.take(admission, b""), Verdict::Sync);
    push.registry.remove("c-1");
    assert!(push.admit(&good).is_none());
    assert!(!format!("{push:?}").contains(&other));
}

#[test]
fn a_message_counts_once_and_a_person_waits_once() {
    let (push, token) = listening();
    assert_eq!(told(&push, &claim(&token, "2"), "1001"), Verdict::Accepted);
    assert_eq!(
        told(&push, &claim(&token, "2"), "1001"),
        Verdict::Duplicate,
        "the message"
    );
    assert_eq!(
        told(&push, &claim(&token, "3"), "1001"),
        Verdict::Duplicate,
        "the person"
    );
    assert_eq!(
        told(&push, &claim(&token, "1"), "1002"),
        Verdict::Accepted,
        "in another order"
    );
    let one = PersonId::new("1001");
    assert_eq!(
        push.inboxes.next("u-1"),
        Some(Work::Person(one, Expected::Present))
    );
    // Whoever is being served may have changed again meanwhile.
    assert_eq!(told(&push, &claim(&token, "4"), "1001"), Verdict::Accepted);
    // A message without a number is taken at its word.
    assert_eq!(told(&push, &claim(&token, ""), "1003"), Verdict::Accepted);
    for body in [
        "",
        "{}",
        r#"{"id":7}"#,
        r#"{"id":""}"#,
        r#"{"id":"a/b"}"#,
        "\u{fffd}",
    ] {
        let admission = push.admit(&claim(&token, "5")).unwrap();
        assert_eq!(
            push.take(admission, body.as_bytes()),
            Verdict::Malformed,
            "{body}"
        );
    }
    assert_eq!(
        told(&push, &claim(&token, "5"), "1004"),
        Verdict::Accepted,
        "the first that says something"
    );
}

#[test]
fn the_bell_rings_once_until_the_inbox_is_empty() {
    let (push, token) = listening();
    let mut bells = push.bells().unwrap();
    assert!(push.bells().is_none(), "one listener");
    told(&push, &claim(&token, "2"), "1001");
    told(&push, &claim(&token, "3"), "1002");
    assert_eq!(bells.try_recv().unwrap().0, "u-1");
    assert!(bells.try_recv().is_err());
    assert!(push.inboxes.rates("u-1").is_some());
    while push.inboxes.next("u-1").is_some() {}
    assert!(push.inboxes.rates("u-1").is_none(), "the work is over");
    told(&push, &claim(&token, "4"), "1001");
    assert!(bells.try_recv().is_ok());
}

#[test]
fn more_than_a_crowd_are_one() {
    let (push, token) = listening();
    for number in 0..=CROWD {
        let told = told(&push, &claim(&token, &number.to_string()), &format!("1{number}"));
        assert_eq!(told, Verdict::Accepted);
    }
    assert_eq!(push.inboxes.next("u-1"), Some(Work::Crowd));
    assert_eq!(
        told(&push, &claim(&token, "9000"), "2000"),
        Verdict::Duplicate,
        "of the crowd"
    );
    assert_eq!(push.inboxes.next("u-1"), Some(Work::Crowd));
    push.inboxes.disperse("u-1");
    assert_eq!(push.inboxes.next("u-1"), None, "nobody is left of it");
    assert_eq!(told(&push, &claim(&token, "9001"), "2000"), Verdict::Accepted);
}

#[test]
fn contradicting_messages_promise_nothing() {
    let push = Push::default();
    let put = |event| {
        push.inboxes
            .put("u-1", PersonId::new("1"), Expected::after(event))
    };
    for (events, expected) in [
        (&[Event::Add, Event::Update][..], Expected::Present),
        (&[Event::Delete, Event::Delete], Expected::Absent),
        (&[Event::Delete, Event::Undelete], Expected::Unknown),
        (&[Event::Update, Event::Delete, Event::Delete], Expected::Unknown),
    ] {
        for event in events {
            put(*event);
        }
        let waits = push.inboxes.next("u-1");
        assert_eq!(
            waits,
            Some(Work::Person(PersonId::new("1"), expected)),
            "{events:?}"
        );
    }
    for (expected, is_there, contradicts) in [
        (Expected::Present, false, true),
        (Expected::Present, true, false),
        (Expected::Absent, true, true),
        (Expected::Absent, false, false),
        (Expected::Unknown, true, false),
        (Expected::Unknown, false, false),
    ] {
        assert_eq!(expected.contradicts(is_there), contradicts);
    }
}
