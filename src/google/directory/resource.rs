//! What Google sent about one user, kept as it is.

use std::fmt;

use serde_json::value::RawValue;

/// Google bounds the lists of a user to a few times 10 KiB; this is more than all that one path needs.
const RESOURCE_LIMIT: usize = 64 * 1024;

/// A user as Google sent it: JSON text, at most 64 KiB. Not in `Debug`.
#[derive(Clone)]
pub struct Resource(Box<RawValue>);

impl Resource {
    pub(super) fn of(raw: &RawValue) -> Option<Self> {
        (raw.get().len() <= RESOURCE_LIMIT).then(|| Self(raw.to_owned()))
    }

    /// The text of a JSON object, valid in form only: nobody vouches for what is in it.
    pub fn json(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Resource {}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource({} bytes)", self.json().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_bounded_and_not_shown() {
        let raw = RawValue::from_string(r#"{"id":"1","x":"canary"}"#.to_owned()).unwrap();
        let resource = Resource::of(&raw).unwrap();
        assert_eq!(resource.json(), raw.get());
        assert_eq!(format!("{resource:?}"), "Resource(23 bytes)");
        let long = format!("\"{}\"", "x".repeat(RESOURCE_LIMIT));
        assert_eq!(Resource::of(&RawValue::from_string(long).unwrap()), None);
    }
}
