//! Notification channels.

use std::sync::atomic::{AtomicUsize, Ordering};

use dialplane::google::directory::{Channel, Event, NewChannel};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::{errors::hold_against_every_error, world::*};

const WATCH: &str = "users.watch";
const STOP: &str = "channels.stop";
const SECRET: &str = "canary-of-the-channel";

fn new(id: &str, address: &str) -> NewChannel {
    NewChannel {
        id: id.to_owned(),
        address: Url::parse(address).unwrap(),
        token: SecretString::from(SECRET),
        ttl: Duration::from_hours(6),
    }
}

/// A channel to where nobody listens.
fn channel(id: &str) -> NewChannel {
    new(id, "https://127.0.0.1:1/hook")
}

async fn watch(directory: &Directory, id: &str) -> Result<Channel, Error> {
    directory
        .watch(&UserList::default(), Event::Update, &channel(id))
        .await
}

fn open(world: &World) -> usize {
    world.google.channels().len()
}

#[tokio::test]
async fn a_channel_for_every_event_is_opened_and_stopped() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let mut opened = Vec::new();
    for (event, list) in Event::ALL.into_iter().zip([
        UserList::default(),
        real_customer(),
        UserList {
            domain: Some("acme.example".to_owned()),
            ..UserList::default()
        },
        UserList::default(),
        real_customer(),
    ]) {
        let id = format!("channel-{}", event.as_str());
        let before = Timestamp::now();
        let channel = directory.watch(&list, event, &channel(&id)).await.unwrap();
        assert_eq!(channel.id, id);
        let life = channel.expiration.duration_since(before);
        assert!(
            life > SignedDuration::from_hours(5) && life < SignedDuration::from_hours(7),
            "{life}"
        );
        opened.push(channel);
    }
    let channels = world.google.channels();
    let mut events: Vec<_> = channels
        .iter()
        .map(|channel| channel["event"].as_str().unwrap())
        .collect();
    events.sort_unstable();
    assert_eq!(events, ["add", "delete", "makeAdmin", "undelete", "update"]);
    for (left, channel) in opened.iter().enumerate().rev() {
        directory.stop(&channel.id, &channel.resource_id).await.unwrap();
        assert_eq!(open(&world), left);
        // Once more does no harm.
        directory.stop(&channel.id, &channel.resource_id).await.unwrap();
    }
    directory.stop("never-was", "nothing").await.unwrap();
}

#[tokio::test]
async fn google_decides_how_long_a_channel_lives() {
    let world = World::of(3).await;
    let mut wish = channel("long");
    wish.ttl = Duration::from_hours(24 * 30);
    let opened = world
        .delegated()
        .watch(&UserList::default(), Event::Add, &wish)
        .await
        .unwrap();
    let life = opened.expiration.duration_since(Timestamp::now());
    assert!(life <= SignedDuration::from_hours(48), "{life}");
}

#[tokio::test]
async fn a_service_account_watches_as_itself() {
    let world = World::of(3).await;
    let itself = world.itself();
    let opened = itself
        .watch(&real_customer(), Event::Add, &channel("own"))
        .await
        .unwrap();
    itself.stop(&opened.id, &opened.resource_id).await.unwrap();
    assert_eq!(open(&world), 0);
}

#[tokio::test]
async fn a_refused_channel_says_why() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let list = UserList::default();
    let http = new("c-1", "http://pbx.example/hook");
    let error = directory.watch(&list, Event::Add, &http).await.unwrap_err();
    assert_eq!(shape(&error), (Class::Misconfigured, Cause::WebhookNotHttps));

    watch(&directory, "c-2").await.unwrap();
    let error = watch(&directory, "c-2").await.unwrap_err();
    assert_eq!(shape(&error), (Class::BadRequest, Cause::ChannelIdNotUnique));

    for (reason, class, cause) in [
        (
            "push.webhookUrlNotHttps",
            Class::Misconfigured,
            Cause::WebhookNotHttps,
        ),
        (
            "push.webhookUrlUnauthorized",
            Class::Misconfigured,
            Cause::WebhookUnauthorized,
        ),
        (
            "push.channelTypeNotSupported",
            Class::BadRequest,
            Cause::Unexpected,
        ),
        ("channelIdNotUnique", Class::BadRequest, Cause::ChannelIdNotUnique),
        ("channelNotFound", Class::NotFound, Cause::NotFound),
    ] {
        world.arm(reason, WATCH, 0, None);
        let error = watch(&directory, "c-3").await.unwrap_err();
        assert_eq!(shape(&error), (class, cause), "{reason}");
        assert_eq!(
            paths(&world.google.requests()),
            ["/admin/directory/v1/users/watch"],
            "{reason}: neither again nor with another token"
        );
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
}

#[tokio::test]
async fn every_error_of_watching() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let next = AtomicUsize::new(0);
    hold_against_every_error(&world, WATCH, &[], async || {
        let id = format!("c-{}", next.fetch_add(1, Ordering::Relaxed));
        watch(&directory, &id).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_channel_whose_answer_is_lost_needs_a_new_id() {
    let world = World::of(3).await;
    let directory = world.delegated();
    for reason in ["emptyObject", "truncatedJson", "htmlPage", "connectionCut"] {
        world.arm(reason, WATCH, 0, Some(1));
        let error = watch(&directory, reason).await.unwrap_err();
        assert_eq!(error.cause(), Cause::ChannelIdNotUnique, "{reason}");
        watch(&directory, &format!("{reason}-2")).await.unwrap();
    }
    world.arm("connectionClosed", WATCH, 0, None);
    let error = watch(&directory, "nobody").await.unwrap_err();
    assert_eq!(shape(&error), (Class::Transient, Cause::GoogleUnavailable));
    world.arm("connectionClosed", WATCH, 0, Some(1));
    watch(&directory, "somebody").await.unwrap();
}

#[tokio::test]
async fn every_error_of_stopping() {
    let world = World::of(3).await;
    let directory = world.delegated();
    let gone = [
        "notFound",
        "notFoundGroupKey",
        "notFoundMemberKey",
        "notFoundPhoto",
        "notFoundResourceId",
        "orgUnitNotFound",
        "notFoundClassic",
        "notFoundGrpc",
    ]
    .map(|reason| (reason, None));
    hold_against_every_error(&world, STOP, &gone, async || directory.stop("c-1", "r-1").await).await;
    world.arm("channelNotFound", STOP, 0, None);
    directory.stop("c-1", "r-1").await.unwrap();
    world.arm("connectionClosed", STOP, 0, None);
    let error = directory.stop("c-1", "r-1").await.unwrap_err();
    assert_eq!(shape(&error), (Class::Transient, Cause::GoogleUnavailable));
}
