//! Declarations.

use proptest::prelude::*;

use super::directory;
use crate::api::integration::{Lifecycle, MobileSource, OnDeleted, Profile, RemovalLimit, WhileInactive};
use crate::sync::desired::Policy;
use crate::sync::number::Range;
use crate::sync::scope::Scope;

pub const TENANT: &str = "acme";
pub const INTEGRATION: &str = "main";

/// What is declared.
#[derive(Clone, Debug)]
pub struct Settings {
    pub lifecycle: Lifecycle,
    pub domain: Option<String>,
    pub profile: Profile,
    pub range: Range,
    pub quarantine_hours: i64,
}

impl Settings {
    /// What a sync makes of it.
    pub fn policy(&self) -> Policy {
        Policy {
            tenant: TENANT.to_owned(),
            integration: INTEGRATION.to_owned(),
            scope: Scope {
                domain: self.domain.clone(),
                ..Scope::default()
            },
            lifecycle: self.lifecycle.clone(),
            profile: self.profile,
        }
    }
}

/// Any declaration. `range` limits how many numbers there may be.
pub fn settings() -> impl Strategy<Value = Settings> {
    let inactive = || {
        prop_oneof![
            2 => Just(WhileInactive::Disable),
            2 => Just(WhileInactive::Delete),
            1 => Just(WhileInactive::Ignore),
        ]
    };
    let on_deleted = prop_oneof![Just(OnDeleted::Disable), Just(OnDeleted::Delete)];
    let domain = prop_oneof![Just(None), Just(Some(directory::DOMAINS[0].to_owned()))];
    let range = prop_oneof![
        4 => Just(("0098", Some("0110"))),
        2 => Just(("1001", None)),
        1 => Just(("1001", Some("1004"))),
    ];
    let mobile = prop_oneof![Just(MobileSource::Mobile), Just(MobileSource::Work)];
    let hours = prop_oneof![4 => Just(720_i64), 1 => Just(24), 1 => Just(0)];
    (inactive(), inactive(), on_deleted, domain, mobile, range, hours).prop_map(
        |(on_suspended, on_archived, on_deleted, domain, mobile, (start, end), quarantine_hours)| Settings {
            lifecycle: Lifecycle {
                on_suspended,
                on_archived,
                on_deleted,
                ..Lifecycle::default()
            },
            domain,
            profile: Profile { mobile, photo: false },
            range: Range::parse(start, end).unwrap(),
            quarantine_hours,
        },
    )
}

/// Limits that bite with a handful of people.
pub fn limit() -> impl Strategy<Value = RemovalLimit> {
    prop_oneof![
        Just(RemovalLimit {
            percent: 0,
            minimum: 0
        }),
        Just(RemovalLimit {
            percent: 0,
            minimum: 1
        }),
        Just(RemovalLimit {
            percent: 50,
            minimum: 0
        }),
        Just(RemovalLimit {
            percent: 100,
            minimum: 0
        }),
    ]
}
