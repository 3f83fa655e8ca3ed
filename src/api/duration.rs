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

    /// A CEL rule: the text is a duration, and not outside these bounds. The number of digits is limited, because CEL
    /// fails, instead of saying no, beyond 292 years.
    pub(crate) fn between(least: &str, most: &str) -> String {
        let text = r"'^([0-9]{1,5}(\\.[0-9]+)?h|[0-9]{1,7}(\\.[0-9]+)?m|[0-9]{1,9}(\\.[0-9]+)?s|[0-9]{1,12}(\\.[0-9]+)?ms)+$'";
        format!(
            "self.matches({text}) && duration(self) >= duration('{least}') && duration(self) <= duration('{most}')"
        )
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
        // What may stand in it is a CEL rule of each field, whose message can say what to write.
        json_schema!({"type": "string", "maxLength": 32})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_notation() {
        assert_eq!(GoDuration::new("1h30m").get(), Some(Duration::from_mins(90)));
        assert_eq!(GoDuration::new("720h").get(), Some(Duration::from_hours(720)));
        assert_eq!(
            GoDuration::new("1.5h0.5m0s250ms").get(),
            Some(Duration::from_millis(5_430_250))
        );
        assert_eq!(GoDuration::new("7 days").get(), None);
        assert_eq!(GoDuration::new("-1s").get(), None);
    }
}
