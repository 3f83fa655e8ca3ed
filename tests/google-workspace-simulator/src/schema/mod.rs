//! Which fields Google's Directory resources have: `schemas` of the discovery document `admin.directory_v1` (20261104).
//!
//! Used to refuse unknown names in `fields` masks (as Google does) and in seeds and control requests (to catch typing errors).

mod customer;
mod groups;
mod people;
mod shape;

pub(crate) use customer::{
    BUILDINGS, CUSTOMER, DOMAIN, DOMAIN_ALIASES, DOMAINS, ROLE, ROLE_ASSIGNMENT, ROLE_ASSIGNMENTS, ROLES,
    SCHEMA, SCHEMAS, USAGE_REPORTS,
};
pub(crate) use groups::{CHANNEL, GROUP, GROUPS, HAS_MEMBER, MEMBER, MEMBERS, ORG_UNIT, ORG_UNITS};
pub(crate) use people::{ALIASES, PHOTO, USER, USERS};
pub(crate) use shape::{Resource, Shape};
