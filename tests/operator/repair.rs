//! Extensions that somebody edited or deleted by hand, and objects that are not ours.
