//! Objects to start from, and how to change them.

use serde_json::{Value, json};

/// Which of the two resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integration,
    Extension,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Integration, Self::Extension];

    /// The least that is accepted.
    pub(crate) fn minimal(self) -> Value {
        match self {
            Self::Integration => json!({
                "apiVersion": "dialplane.io/v1alpha1", "kind": "GoogleWorkspaceIntegration",
                "metadata": {"name": "acme"},
                "spec": {
                    "tenant": {"name": "acme"},
                    "google": {"credentials": {"serviceAccount": {"secretRef": {"name": "acme-google-key"}}}},
                },
            }),
            Self::Extension => json!({
                "apiVersion": "dialplane.io/v1alpha1", "kind": "PbxExtension",
                "metadata": {"name": "acme-1001"},
                "spec": {"tenant": "acme", "number": "1001"},
            }),
        }
    }

    /// With every field of the spec, except those that exclude one of these.
    pub(crate) fn full(self) -> Value {
        let mut object = self.minimal();
        object["spec"] = match self {
            Self::Integration => json!({
                "tenant": {"name": "acme", "level": "Tenant"},
                "google": {
                    "customerId": "C01abc234", "domain": "acme.com", "authorizationEpoch": 1,
                    "credentials": {"serviceAccount": {
                        "secretRef": {"name": "acme-google-key", "key": "key.json"}, "subject": "it@acme.com",
                    }},
                },
                "suspend": false, "dryRun": true, "deletionPolicy": "Delete",
                "users": {
                    "enabled": true, "whenDisabled": "Delete", "capacity": 500, "syncMode": "Automatic", "schedule": {"interval": "15m"}, "realtime": true,
                    "scope": {
                        "include": {
                            "users": ["ana@acme.com"], "groups": ["sales@acme.com"], "organizationalUnits": ["/Sales"],
                        },
                        "exclude": {
                            "users": ["bo@acme.com"], "groups": ["robots@acme.com"], "organizationalUnits": ["/Tests"],
                        },
                    },
                    "numbering": {
                        "source": "Property", "start": "1001", "end": "1999", "quarantine": "720h",
                        "property": r#"externalIds.#(type=="organization").value"#, "fallback": "Automatic",
                    },
                    "lifecycle": {
                        "adoptByEmail": true, "onSuspended": "Ignore", "onArchived": "Delete", "onDeleted": "Delete",
                        "onOutOfScope": "Release", "gracePeriod": "168h",
                        "removalLimit": {"percent": 20, "minimum": 3},
                    },
                    "profile": {"mobile": "Work", "photo": true},
                },
            }),
            Self::Extension => json!({
                "tenant": "acme", "number": "1001",
                "enabled": false, "disabledReason": "Suspended", "removeAfter": "2026-12-21T00:00:00Z",
                "user": {
                    "firstName": "Ana", "lastName": "Silva", "displayName": "Ana Silva", "email": "ana@acme.com",
                    "emailAliases": ["ana.silva@acme.com"], "mobile": "+351 910 000 000",
                    "workPhone": "+351 210 000 000", "jobTitle": "Engineer", "department": "R&D", "language": "pt",
                    "photo": {
                        "configMapRef": {"name": "acme-1001-photo", "key": "photo"}, "mimeType": "image/jpeg",
                        "etag": "\"Tz9aBc\"",
                    },
                },
                "google": {"userId": "104497032270219758212", "customerId": "C01abc234", "orgUnitPath": "/Sales"},
                "signIn": {
                    "enabled": true, "subject": "104497032270219758212", "hostedDomain": "acme.com",
                    "role": "Administrator",
                },
                "voicemail": {"enabled": true, "pinSecretRef": {"name": "acme-1001-voicemail", "key": "pin"}},
                "sip": {"credentialsSecretRef": {"name": "acme-1001-sip"}},
            }),
        };
        object
    }

    /// Between them, they have every field of the spec.
    pub(crate) fn samples(self) -> Vec<Value> {
        let mut other = self.full();
        if self == Self::Integration {
            let daily = json!({"at": "02:00:00", "days": ["Monday"], "timeZone": "Europe/Berlin"});
            set(&mut other, "/spec/users/schedule", json!({"daily": daily}));
            let assignment = json!({"user": "ana@acme.com", "number": "2001"});
            set(
                &mut other,
                "/spec/users/numbering",
                json!({
                    "source": "Manual", "start": "1001", "end": "1999", "quarantine": "720h", "fallback": "None",
                    "assignments": [assignment],
                }),
            );
        }
        vec![self.full(), other]
    }

    /// The sample that has this field.
    pub(crate) fn sample_of(self, pointer: &str) -> Value {
        let mut samples = self.samples().into_iter();
        samples
            .find(|sample| sample.pointer(pointer).is_some())
            .unwrap_or_else(|| panic!("{self:?} has no sample of {pointer}"))
    }

    /// Every field of the status.
    pub(crate) fn full_status(self) -> Value {
        let condition = json!({
            "type": "Ready", "status": "True", "reason": "Succeeded", "message": "42 users have been synced.",
            "lastTransitionTime": "2026-11-21T08:00:04Z", "observedGeneration": 1,
        });
        match self {
            Self::Integration => json!({
                "observedGeneration": 1, "connection": "Connected",
                "authorization": {
                    "account": "it@acme.com", "epoch": 1,
                    "scopes": {"required": ["a", "b"], "granted": ["a"], "missing": ["b"]},
                },
                "users": {
                    "lastSyncTime": "2026-11-21T08:00:04Z", "nextSyncTime": "2026-11-21T08:15:04Z",
                    "lastHandledSyncRequest": "now", "message": "42 users have been synced.",
                    "counts": {
                        "read": 50, "inScope": 42, "created": 1, "updated": 1, "unchanged": 40, "disabled": 1,
                        "deleted": 1, "released": 1, "skipped": 1, "conflicts": 1,
                    },
                    "organizationalUnits": [{"path": "/Sales", "id": "id:03ph8a2z1"}],
                    "channels": [{
                        "id": "0a1b2c3d-0000-4000-8000-000000000000", "resourceId": "o3hgv1538sdjfh", "event": "add",
                        "expiration": "2026-11-23T08:00:00Z",
                    }],
                    "problems": [{"user": "bo@acme.com", "reason": "NumbersExhausted", "message": "No number is free."}],
                },
                "plan": {
                    "hash": "9f2c", "counts": {"create": 1, "update": 1, "disable": 7, "delete": 1, "release": 1},
                    "samples": [{
                        "change": "Disable", "extension": "acme-1001", "user": "ana@acme.com", "reason": "Suspended",
                    }],
                },
                "conditions": [condition],
            }),
            Self::Extension => json!({
                "observedGeneration": 1, "profile": "Available", "conditions": [condition],
            }),
        }
    }
}

/// Sets, or removes when `value` is null, what a JSON pointer names. The parents must be there.
pub(crate) fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = object
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("there is no {parent}"));
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        _ if value.is_null() => {
            parent.as_object_mut().unwrap().remove(name);
        }
        _ => parent[name] = value,
    }
}

/// Changed as [`set`] does.
pub(crate) fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    set(&mut object, pointer, value);
    object
}

/// `/spec/users/numbering` as the API server writes it: `spec.users.numbering`, list items as `[0]`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.parse::<usize>().is_ok() {
            path.extend(["[", part, "]"]);
        } else {
            path.extend([if path.is_empty() { "" } else { "." }, part]);
        }
    }
    path
}
