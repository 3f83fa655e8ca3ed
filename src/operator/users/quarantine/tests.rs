use axum::http::Method;

use super::*;
use crate::operator::extensions::testing::{Desk, Script, absent};
use crate::sync::person::PersonId;

fn unread() -> Script {
    (0..10).fold(Script::default(), |script, _| script.get(404, absent()))
}

fn entry(until: i64) -> Entry {
    Entry {
        person: PersonId::new("7"),
        until: Timestamp::from_second(until).unwrap(),
    }
}

/// There may be 150,000, and each person who is looked after alone asks for them.
#[tokio::test]
async fn everybody_who_asks_gets_the_same_one() {
    let desk = Desk::before(unread()).await;
    let first = load(&desk.ctx, &desk.key).await.unwrap();
    let second = load(&desk.ctx, &desk.key).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn a_record_copies_them_only_for_who_reads_them_at_the_time() {
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "acme-quarantine-1"}});
    let script = unread().patch(200, map.clone()).patch(200, map);
    let desk = Desk::before(script).await;
    let now = Timestamp::UNIX_EPOCH;
    let [one, eleven] = ["1001", "1011"].map(|text| Number::parse(text).unwrap());
    let address = Arc::as_ptr(&load(&desk.ctx, &desk.key).await.unwrap());
    record(&desk.ctx, &desk.key, vec![(one, entry(100))], now)
        .await
        .unwrap();
    let read = load(&desk.ctx, &desk.key).await.unwrap();
    assert_eq!(Arc::as_ptr(&read), address, "changed in place");
    record(&desk.ctx, &desk.key, vec![(eleven, entry(200))], now)
        .await
        .unwrap();
    let person = PersonId::new("7");
    assert_eq!(
        read.number_of(&person, now),
        Some(one),
        "who reads them sees what was there"
    );
    let fresh = load(&desk.ctx, &desk.key).await.unwrap();
    assert_eq!(fresh.number_of(&person, now), Some(eleven));
    assert_eq!(desk.sent(&Method::PATCH).len(), 2);
}
