//! Who keeps a tenant's extensions: one integration of a namespace. Two would take numbers and people from each other.

use kube::ResourceExt;

use crate::api::GoogleWorkspaceIntegration;

/// The integration that keeps the extensions of the tenant that this one declares, when that is another one: the oldest of those
/// whose users are switched on. `all` are the integrations of the namespace.
pub fn holder<'a>(
    mine: &GoogleWorkspaceIntegration,
    all: impl IntoIterator<Item = &'a GoogleWorkspaceIntegration>,
) -> Option<&'a GoogleWorkspaceIntegration> {
    let is_rival = |other: &&GoogleWorkspaceIntegration| {
        other.spec.tenant.name == mine.spec.tenant.name
            && other.uid() != mine.uid()
            && other.spec.users.as_ref().is_some_and(|users| users.enabled)
            && seniority(other) < seniority(mine)
    };
    all.into_iter()
        .filter(is_rival)
        .min_by_key(|other| seniority(other))
}

/// The older object comes first; of two made in the same second, the one whose name sorts first.
fn seniority(object: &GoogleWorkspaceIntegration) -> (i64, String) {
    (
        object.creation_timestamp().map_or(0, |time| time.0.as_second()),
        object.name_any(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn integration(name: &str, tenant: &str, created: &str, enabled: bool) -> GoogleWorkspaceIntegration {
        let object = json!({
            "apiVersion": "dialplane.io/v1alpha1",
            "kind": "GoogleWorkspaceIntegration",
            "metadata": {"name": name, "uid": format!("uid of {name}"), "creationTimestamp": created},
            "spec": {
                "tenant": {"name": tenant},
                "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "key"}}}},
                "users": {"enabled": enabled, "syncMode": "Manual"},
            },
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn the_oldest_integration_that_is_switched_on_keeps_the_tenant() {
        let mine = integration("m", "acme", "2026-01-01T10:00:02Z", true);
        for (others, expected) in [
            (vec![], None),
            (
                vec![integration("old", "acme", "2026-01-01T10:00:01Z", true)],
                Some("old"),
            ),
            (
                vec![integration("young", "acme", "2026-01-01T10:00:03Z", true)],
                None,
            ),
            (
                vec![integration("old", "acme", "2026-01-01T10:00:01Z", false)],
                None,
            ),
            (
                vec![integration("old", "acme-1", "2026-01-01T10:00:01Z", true)],
                None,
            ),
            // Made in the same second: the name decides.
            (
                vec![integration("a", "acme", "2026-01-01T10:00:02Z", true)],
                Some("a"),
            ),
            (vec![integration("z", "acme", "2026-01-01T10:00:02Z", true)], None),
            (
                vec![
                    integration("second", "acme", "2026-01-01T10:00:00Z", true),
                    integration("first", "acme", "2026-01-01T09:59:59Z", true),
                ],
                Some("first"),
            ),
        ] {
            let all = others.iter().chain([&mine]);
            let found = holder(&mine, all).map(ResourceExt::name_any);
            assert_eq!(found.as_deref(), expected, "{others:?}");
        }
        let mut off = mine.clone();
        off.spec.users = None;
        off.metadata.uid = Some("another".into());
        assert!(holder(&mine, [&off]).is_none(), "it declares no users");
    }
}
