//! The address under which Google reaches the operator.

use std::str::FromStr;

use url::{Host, Url};

/// Where notifications come to, below the public URL: this and the uid of the integration.
pub const PATH: &str = "/push/google";
/// The address under which Google reaches the operator: https, a host, and perhaps a path in front of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// Why a text is no public URL; each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPublicUrl {
    /// No URL at all.
    #[error("use a URL such as https://dialplane.acme.com")]
    Syntax,
    /// Not https. On this machine http will do: only a simulator can reach it.
    #[error("Google sends notifications only to https URLs: use https://")]
    Scheme,
    /// User, password, query or fragment.
    #[error("remove user, password, query and fragment; only a path may follow the host")]
    Extra,
    /// A path with unusual characters.
    #[error("use only letters, digits, - . _ ~ and single slashes in the path")]
    Path,
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text).map_err(|_| InvalidPublicUrl::Syntax)?;
        let host = url.host().ok_or(InvalidPublicUrl::Syntax)?;
        let here = match host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if url.scheme() != "https" && !(here && url.scheme() == "http") {
            return Err(InvalidPublicUrl::Scheme);
        }
        let extra = !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        if extra {
            return Err(InvalidPublicUrl::Extra);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        let plain = |segment: &str| {
            !segment.is_empty()
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        if !path.is_empty() && !path.split('/').skip(1).all(plain) {
            return Err(InvalidPublicUrl::Path);
        }
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl PublicUrl {
    /// The path in front of ours, without a slash at its end: empty, or such as `/dialplane`.
    pub fn prefix(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Where the notifications of an integration come to.
    pub fn callback(&self, uid: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{PATH}/{uid}", self.prefix()));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_come_below_the_public_url() {
        for (public, callback, prefix) in [
            ("https://pbx.acme.com", "https://pbx.acme.com/push/google/u-1", ""),
            (
                "https://pbx.acme.com/",
                "https://pbx.acme.com/push/google/u-1",
                "",
            ),
            (
                "HTTPS://PBX.acme.com:8443/a/b.c/",
                "https://pbx.acme.com:8443/a/b.c/push/google/u-1",
                "/a/b.c",
            ),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/push/google/u-1", ""),
            (
                "http://localhost:9/x",
                "http://localhost:9/x/push/google/u-1",
                "/x",
            ),
            ("http://[::1]:9", "http://[::1]:9/push/google/u-1", ""),
        ] {
            let url: PublicUrl = public.parse().unwrap();
            assert_eq!(url.callback("u-1").as_str(), callback);
            assert_eq!(url.prefix(), prefix);
        }
    }

    #[test]
    fn what_google_could_not_call_is_refused_with_the_remedy() {
        use InvalidPublicUrl::{Extra, Path, Scheme, Syntax};
        for (text, error) in [
            ("", Syntax),
            ("pbx.acme.com", Syntax),
            ("https://", Syntax),
            ("mailto:x@acme.com", Syntax),
            ("http://pbx.acme.com", Scheme),
            ("http://localhost.acme.com", Scheme),
            ("ftp://localhost", Scheme),
            ("https://user@pbx.acme.com", Extra),
            ("https://:secret@pbx.acme.com", Extra),
            ("https://pbx.acme.com/?a=b", Extra),
            ("https://pbx.acme.com/#a", Extra),
            ("https://pbx.acme.com/a//b", Path),
            ("https://pbx.acme.com/{uid}", Path),
            ("https://pbx.acme.com/a b", Path),
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(error), "{text}");
        }
    }
}
