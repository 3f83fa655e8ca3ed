//! Google's answers: headers, and the three shapes in which it reports errors.

pub(crate) mod api_error;
pub(crate) mod reasons;
pub(crate) mod response;
pub(crate) mod token_error;

pub(crate) use api_error::ApiError;
pub(crate) use token_error::TokenError;
