//! What a request asks of Kubernetes, read from its method, path and body.

use axum::http::{Method, Uri};
use serde_json::Value;

/// A request as RBAC and the audit log name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The lower-case Kubernetes verb: `create`, `list`, `watch`, ...
    pub verb: String,
    /// The plural name of the resource; empty for a path that is no resource.
    pub resource: String,
    /// `status`, `token`, ...; empty for the resource itself.
    pub subresource: String,
    /// Empty for a cluster-scoped resource, and for a list of all namespaces.
    pub namespace: String,
    /// Empty for a list. For a creation it comes from the body.
    pub name: String,
}

/// The verbs that change something.
const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

impl Call {
    /// Reads a request. The body is looked at for the name of a new object only.
    pub fn read(method: &Method, uri: &Uri, body: &[u8]) -> Self {
        let mut call = Self::at(uri.path());
        let watches = query(uri, "watch").is_some_and(|value| matches!(value, "" | "1" | "true"));
        let verb = match (method.as_str(), call.name.is_empty()) {
            ("GET" | "HEAD", _) if watches => "watch",
            ("GET" | "HEAD", true) if !call.resource.is_empty() => "list",
            ("GET" | "HEAD", _) => "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", true) => "deletecollection",
            ("DELETE", false) => "delete",
            (other, _) => other,
        };
        verb.clone_into(&mut call.verb);
        if call.verb == "create" && call.name.is_empty() {
            call.name = new_name(body);
        }
        call
    }

    /// Whether it asks for a change of an object.
    pub fn is_write(&self) -> bool {
        !self.resource.is_empty() && WRITES.contains(&self.verb.as_str())
    }

    fn at(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let in_group = match parts.next() {
            Some("api") => parts.next().is_some(),
            Some("apis") => parts.next().is_some() && parts.next().is_some(),
            _ => false,
        };
        if !in_group {
            return Self::default();
        }
        let mut rest: Vec<&str> = parts.collect();
        let mut call = Self::default();
        // `/api/v1/namespaces/x` is the namespace itself; with more behind it, the namespace of what follows.
        if rest.len() > 2 && rest[0] == "namespaces" && !matches!(rest[2], "status" | "finalize") {
            rest[1].clone_into(&mut call.namespace);
            rest.drain(..2);
        }
        let mut rest = rest.into_iter().map(str::to_owned);
        call.resource = rest.next().unwrap_or_default();
        call.name = rest.next().unwrap_or_default();
        call.subresource = rest.collect::<Vec<_>>().join("/");
        call
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        for (mark, part) in [("/", &self.subresource), (" ", &self.name)] {
            if !part.is_empty() {
                write!(f, "{mark}{part}")?;
            }
        }
        Ok(())
    }
}

fn query<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    uri.query()?
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn new_name(body: &[u8]) -> String {
    let object: Value = serde_json::from_slice(body).unwrap_or_default();
    let name = |field: &str| object["metadata"][field].as_str().map(str::to_owned);
    name("name").or_else(|| name("generateName")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_named_as_the_audit_log_names_them() {
        let pbx = "/apis/dialplane.io/v1alpha1/namespaces/n/pbxextensions";
        let cases = [
            ("GET", "/version".to_owned(), "get "),
            ("GET", "/apis/dialplane.io/v1alpha1".to_owned(), "get "),
            ("GET", pbx.to_owned(), "list pbxextensions"),
            (
                "GET",
                format!("{pbx}?watch=true&resourceVersion=5"),
                "watch pbxextensions",
            ),
            ("GET", format!("{pbx}?limit=500"), "list pbxextensions"),
            ("GET", format!("{pbx}/acme-1001"), "get pbxextensions acme-1001"),
            (
                "PATCH",
                format!("{pbx}/acme-1001/status"),
                "patch pbxextensions/status acme-1001",
            ),
            (
                "DELETE",
                format!("{pbx}/acme-1001"),
                "delete pbxextensions acme-1001",
            ),
            ("DELETE", pbx.to_owned(), "deletecollection pbxextensions"),
            ("GET", "/api/v1/namespaces".to_owned(), "list namespaces"),
            ("GET", "/api/v1/namespaces/n".to_owned(), "get namespaces n"),
            (
                "PUT",
                "/api/v1/namespaces/n/finalize".to_owned(),
                "update namespaces/finalize n",
            ),
            (
                "GET",
                "/api/v1/namespaces/n/secrets/key".to_owned(),
                "get secrets key",
            ),
            ("GET", "/api/v1/configmaps?watch=1".to_owned(), "watch configmaps"),
        ];
        for (method, uri, expected) in cases {
            let call = Call::read(&method.parse().unwrap(), &uri.parse().unwrap(), b"");
            assert_eq!(call.to_string(), expected, "{method} {uri}");
        }
    }

    #[test]
    fn a_new_object_is_named_by_its_body() {
        let body = br#"{"metadata":{"name":"acme-1001"}}"#;
        let uri = "/apis/dialplane.io/v1alpha1/namespaces/n/pbxextensions"
            .parse()
            .unwrap();
        let call = Call::read(&Method::POST, &uri, body);
        assert_eq!((call.namespace.as_str(), call.name.as_str()), ("n", "acme-1001"));
        assert!(call.is_write());
    }
}
