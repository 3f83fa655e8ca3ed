//! Durations as Kubernetes people write them: `90s`, `15m`, `720h`.

use std::borrow::Cow;
use std::time::Duration;

use kube::core::Duration as KubeDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A length of time in Go's notation. The text is kept, so that what people wrote is what they read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GoDuration(String);

impl GoDuration {
    /// From a text such as `15m`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The length; `None` for text that is no duration or a negative one, which the CRD's schema does not let in.
    pub fn get(&self) -> Option<Duration> {
        let parsed: KubeDuration = self.0.parse().ok()?;
        (!parsed.is_negative()).then(|| parsed.into())
    }
}

impl JsonSchema for GoDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 32,
            "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_notation() {
        assert_eq!(GoDuration::new("1h30m").get(), Some(Duration::from_mins(90)));
        assert_eq!(GoDuration::new("720h").get(), Some(Duration::from_hours(720)));
        assert_eq!(GoDuration::new("7 days").get(), None);
        assert_eq!(GoDuration::new("-1s").get(), None);
    }
}
