//! Delivery of the messages of one channel: in order, repeated when the receiver is out of order.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::{Channel, Message, Opened};
use crate::workspace::{Shared, Workspace};

/// The wait before the first repetition; it doubles. Google's is longer, and not documented.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// After so many repetitions a message is given up.
const REPETITIONS: u32 = 8;
/// For how long a message waits for one to be sent before it.
const REORDERING: Duration = Duration::from_secs(1);

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Again,
}

/// Begins to send the messages of a channel. What comes back is told when the receiver has been called for the first time.
pub(crate) fn start(workspace: &Shared, opened: Opened) -> oneshot::Receiver<()> {
    let (called, told) = oneshot::channel();
    tokio::spawn(run(workspace.clone(), opened, called));
    told
}

/// Sends the messages of a channel until it is closed.
async fn run(workspace: Shared, opened: Opened, called: oneshot::Sender<()>) {
    let Opened {
        channel,
        sync,
        mut messages,
    } = opened;
    let first = attempt(&workspace, &channel, &sync).await;
    // Nobody may be waiting for it.
    let _ = called.send(());
    if first == Outcome::Again {
        tokio::spawn(repeat(workspace.clone(), Arc::clone(&channel), sync));
    }
    while let Some(message) = messages.recv().await {
        if workspace.switches().reordered_notifications
            && let Ok(Some(next)) = timeout(REORDERING, messages.recv()).await
        {
            deliver(&workspace, &channel, next).await;
        }
        deliver(&workspace, &channel, message).await;
    }
}

/// Sends a message; repetitions do not hold up the messages behind it.
async fn deliver(workspace: &Shared, channel: &Arc<Channel>, message: Message) {
    let times = if workspace.switches().duplicate_notifications {
        2
    } else {
        1
    };
    for _ in 0..times {
        if !is_open(workspace, channel) {
            return;
        }
        if attempt(workspace, channel, &message).await == Outcome::Again {
            tokio::spawn(repeat(workspace.clone(), Arc::clone(channel), message.clone()));
        }
    }
}

/// Repeats a message with growing waits, as long as the channel is open.
async fn repeat(workspace: Shared, channel: Arc<Channel>, message: Message) {
    for repetition in 0..REPETITIONS {
        sleep(FIRST_WAIT * 2_u32.pow(repetition)).await;
        if !is_open(&workspace, &channel) || attempt(&workspace, &channel, &message).await == Outcome::Done {
            return;
        }
    }
    tracing::warn!(
        channel = channel.id,
        number = message.number,
        "a notification was given up"
    );
}

fn is_open(workspace: &Workspace, channel: &Channel) -> bool {
    let now = workspace.clock.now();
    workspace
        .channels
        .find(&channel.project, &channel.id, now)
        .is_some()
}

/// Sends a message once. Only 500, 502, 503 and 504 are worth a repetition; anything else that fails is dropped.
async fn attempt(workspace: &Workspace, channel: &Channel, message: &Message) -> Outcome {
    let clients = &workspace.channels.clients;
    let request = match clients.get(workspace.switches().insecure_webhooks) {
        Ok(client) => request(&client, channel, message),
        Err(error) => {
            tracing::error!(%error, "no client for notifications");
            return Outcome::Done;
        }
    };
    let status = match request.send().await {
        Ok(answer) => answer.status(),
        Err(error) => {
            // The cause says that the certificate is bad, for example; the error itself does not.
            let cause = anyhow::Error::new(error);
            tracing::warn!(channel = channel.id, "a notification was dropped: {cause:#}");
            return Outcome::Done;
        }
    };
    tracing::debug!(channel = channel.id, number = message.number, state = message.state, %status, "notified");
    match status.as_u16() {
        500 | 502 | 503 | 504 => Outcome::Again,
        200 | 201 | 202 | 204 | 102 => Outcome::Done,
        _ => {
            tracing::warn!(channel = channel.id, %status, "a notification was dropped");
            Outcome::Done
        }
    }
}

fn request(client: &Client, channel: &Channel, message: &Message) -> RequestBuilder {
    let mut request = client
        .post(&channel.address)
        .header("Content-Type", "application/json; utf-8")
        .header("X-Goog-Channel-ID", &channel.id)
        .header("X-Goog-Channel-Expiration", http_date(channel.expires))
        .header("X-Goog-Message-Number", message.number)
        .header("X-Goog-Resource-ID", &channel.resource_id)
        .header("X-Goog-Resource-State", message.state)
        .header("X-Goog-Resource-URI", &channel.resource_uri);
    if let Some(token) = &channel.token {
        request = request.header("X-Goog-Channel-Token", token);
    }
    match &message.body {
        Some(body) => request.body(body.to_string()),
        None => request.header("Content-Length", 0),
    }
}

/// RFC 1123, as in `Tue, 29 Oct 2013 20:32:02 GMT`.
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expirations_are_written_as_http_dates() {
        assert_eq!(http_date(Timestamp::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
