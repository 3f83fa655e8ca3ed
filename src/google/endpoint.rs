//! Where Google is.

use url::{Host, Url};

use super::error::{Cause, Class, Error};

/// Base addresses of the Google services that Dialplane calls.
///
/// The default is Google itself. Only the operator's own flag or environment variable replaces it
/// ([`Endpoints::overridden`]): a resource or a Secret (for example a key file's `token_uri`) never
/// does, since that would let its author collect signed assertions and tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    token: String,
    directory: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            token: "https://oauth2.googleapis.com/token".to_owned(),
            directory: "https://admin.googleapis.com/".to_owned(),
        }
    }
}

impl Endpoints {
    /// Puts every service on one origin, for example a simulator's.
    ///
    /// Only origins without credentials, path or query are accepted: anything else would be dropped without a
    /// word. And `http` only on this machine: signed assertions and tokens go there.
    pub fn overridden(url: &Url) -> Result<Self, Error> {
        let bare = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if !bare {
            return Err(Error::new(
                Class::BadRequest,
                Cause::Unexpected,
                "the Google endpoint must be an http or https origin such as http://127.0.0.1:8081, \
                 without credentials, path or query",
            ));
        }
        if url.scheme() == "http" && !is_loopback(url) {
            return Err(Error::new(
                Class::BadRequest,
                Cause::Unexpected,
                "the Google endpoint must be https, or http on this machine (localhost, 127.0.0.1, [::1]), because access tokens are sent to it",
            ));
        }
        Ok(Self {
            token: format!("{url}token"),
            directory: url.to_string(),
        })
    }

    /// Whether this is Google itself.
    pub fn is_google(&self) -> bool {
        *self == Self::default()
    }

    /// The OAuth token endpoint.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The Directory API's root, with its trailing slash.
    pub fn directory(&self) -> &str {
        &self.directory
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // No resolver may lead it elsewhere (RFC 6761).
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_stays_on_this_machine() {
        for (text, is_taken) in [
            ("http://localhost:8081", true),
            ("http://127.0.0.1:8081", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:8081", true),
            ("https://simulator.test", true),
            ("http://simulator.test", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://10.0.0.7:8081", false),
            ("http://[fe80::1]", false),
            ("http://0.0.0.0:8081", false),
        ] {
            let made = Endpoints::overridden(&Url::parse(text).unwrap());
            assert_eq!(made.is_ok(), is_taken, "{text}");
            assert!(made.is_ok_and(|made| !made.is_google()) || !is_taken);
        }
        assert!(Endpoints::default().is_google());
    }

    #[test]
    fn google_is_the_default() {
        let endpoints = Endpoints::default();
        assert_eq!(endpoints.token(), "https://oauth2.googleapis.com/token");
        assert_eq!(endpoints.directory(), "https://admin.googleapis.com/");
    }

    #[test]
    fn an_override_moves_everything_to_one_origin() {
        let url = Url::parse("http://127.0.0.1:8081").unwrap();
        let endpoints = Endpoints::overridden(&url).unwrap();
        assert_eq!(endpoints.token(), "http://127.0.0.1:8081/token");
        assert_eq!(endpoints.directory(), "http://127.0.0.1:8081/");
    }

    #[test]
    fn an_override_that_is_not_an_origin_is_refused() {
        for text in [
            "mailto:it@example.com",
            "ftp://example.com/",
            "https://user:word@example.com/",
            "https://example.com/google",
            "https://example.com/?a=b",
            "https://example.com/#a",
        ] {
            let url = Url::parse(text).unwrap();
            let error = Endpoints::overridden(&url).unwrap_err();
            assert_eq!(error.class(), Class::BadRequest, "{text}");
            assert!(!error.to_string().contains("word"), "{text}");
        }
    }
}
