//! The simulated methods of the Directory API by name, for faults that concern one of them.

/// A method as the discovery document knows it.
pub(crate) struct Known {
    /// Such as `members.list`.
    pub(crate) id: &'static str,
    http: &'static str,
    /// `{}` stands for one part of the path, `{*}` at the end for all that is left.
    path: &'static str,
    /// Where the items of the answer are, for lists.
    pub(crate) items: Option<&'static str>,
    /// Whether the list has pages.
    pub(crate) paged: bool,
}

const fn one(id: &'static str, http: &'static str, path: &'static str) -> Known {
    Known {
        id,
        http,
        path,
        items: None,
        paged: false,
    }
}

const fn list(id: &'static str, path: &'static str, items: &'static str, paged: bool) -> Known {
    Known {
        id,
        http: "GET",
        path,
        items: Some(items),
        paged,
    }
}

#[rustfmt::skip]
const METHODS: &[Known] = &[
    one("channels.stop", "POST", "/admin/directory_v1/channels/stop"),
    one("customers.get", "GET", "/admin/directory/v1/customers/{}"),
    list("groups.list", "/admin/directory/v1/groups", "groups", true),
    one("groups.get", "GET", "/admin/directory/v1/groups/{}"),
    one("members.hasMember", "GET", "/admin/directory/v1/groups/{}/hasMember/{}"),
    list("members.list", "/admin/directory/v1/groups/{}/members", "members", true),
    one("members.get", "GET", "/admin/directory/v1/groups/{}/members/{}"),
    list("orgunits.list", "/admin/directory/v1/customer/{}/orgunits", "organizationUnits", false),
    one("orgunits.get", "GET", "/admin/directory/v1/customer/{}/orgunits/{*}"),
    list("users.list", "/admin/directory/v1/users", "users", true),
    one("users.watch", "POST", "/admin/directory/v1/users/watch"),
    one("users.get", "GET", "/admin/directory/v1/users/{}"),
    one("users.photos.get", "GET", "/admin/directory/v1/users/{}/photos/thumbnail"),
];

/// The method that a request calls.
pub(crate) fn called(http: &str, path: &str) -> Option<&'static Known> {
    METHODS
        .iter()
        .find(|method| method.http == http && matches(method.path, path))
}

/// The names of all methods.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|method| method.id)
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        match (wanted, parts.next()) {
            ("{*}", part) => return part.is_some(),
            ("{}", Some(part)) if !part.is_empty() => {}
            (wanted, Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let id = |http, path| called(http, path).map(|method| method.id);
        assert_eq!(
            id("GET", "/admin/directory/v1/groups/a%40b/members"),
            Some("members.list")
        );
        assert_eq!(id("GET", "/admin/directory/v1/groups/a@b"), Some("groups.get"));
        assert_eq!(
            id("GET", "/admin/directory/v1/customer/C1/orgunits/A/B"),
            Some("orgunits.get")
        );
        assert_eq!(
            id("GET", "/admin/directory/v1/customer/C1/orgunits"),
            Some("orgunits.list")
        );
        assert_eq!(id("POST", "/admin/directory/v1/users/watch"), Some("users.watch"));
        assert_eq!(
            id("GET", "/admin/directory/v1/users/1/photos/thumbnail"),
            Some("users.photos.get")
        );
        assert_eq!(id("POST", "/admin/directory/v1/groups"), None);
        assert_eq!(id("GET", "/admin/directory/v1/groups/"), None);
    }
}
