//! Removals above the limit wait for an approval of exactly that plan; a dry run writes nothing.
