//! From an unhappy HTTP answer to an [`Error`](super::error::Error).
//!
//! Order of trust: HTTP status, `details[].reason`, `errors[0].reason`, `status`, and a substring of the
//! message only last, to tell apart what carries the same code and reason.

mod api;
mod body;
#[cfg(test)]
mod tests;
mod token;

pub(super) use api::{Asked, api, says_gone, says_no_domain, says_no_member_key, says_no_user};
pub(super) use token::token;
