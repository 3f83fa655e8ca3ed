//! Everything that can be wrong with credentials, rights and Google shows as a condition that says what to do.
