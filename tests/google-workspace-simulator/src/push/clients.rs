//! The HTTP clients that notifications are sent with.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

/// How Google's notifications introduce themselves.
const USER_AGENT: &str = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)";
/// How long the receiver may take for its answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The clients that notifications are sent with, made when they are first needed.
#[derive(Default)]
pub(super) struct Clients {
    strict: OnceLock<Client>,
    lenient: OnceLock<Client>,
}

impl Clients {
    pub(super) fn get(&self, insecure: bool) -> reqwest::Result<Client> {
        let place = if insecure { &self.lenient } else { &self.strict };
        if let Some(client) = place.get() {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .timeout(ANSWER)
            .redirect(Policy::none())
            .no_proxy()
            .tls_danger_accept_invalid_certs(insecure)
            .build()?;
        Ok(place.get_or_init(|| client).clone())
    }
}
