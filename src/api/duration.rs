//! Durations in Go notation, as usual in Kubernetes: `90s`, `15m`, `720h`.

use std::borrow::Cow;
use std::time::Duration;

use kube::core::Duration as KubeDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A duration in Go notation. It keeps the original text, so that users read back what they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GoDuration(String);

impl GoDuration {
    /// A duration from text such as `15m`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// CEL rule: the text is a duration within these bounds. The number of digits is limited, because beyond 292 years CEL
    /// raises an error instead of returning false.
    pub(crate) fn between(least: &str, most: &str) -> String {
        let text = r"'^([0-9]{1,5}(\\.[0-9]+)?h|[0-9]{1,7}(\\.[0-9]+)?m|[0-9]{1,9}(\\.[0-9]+)?s|[0-9]{1,12}(\\.[0-9]+)?ms)+$'";
        format!(
            "self.matches({text}) && duration(self) >= duration('{least}') && duration(self) <= duration('{most}')"
        )
    }

    /// The duration; `None` for text that is not a duration or is negative, which the CRD schema rejects.
    pub fn get(&self) -> Option<Duration> {
        // kube's parser panics on what does not fit into a Duration, and on a sign inside. So many digits of any unit do fit.
        const LENGTH: usize = 32;
        const DIGITS: usize = 12;
        let unsigned = self.0.trim_start_matches(['+', '-']);
        let mut numbers = unsigned.split(char::is_alphabetic);
        let whole = |number: &str| number.split('.').next().map_or(0, str::len);
        if self.0.len() > LENGTH
            || unsigned.contains(['+', '-'])
            || numbers.any(|number| whole(number) > DIGITS)
        {
            return None;
        }
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
        // Each field has a CEL rule for the format, because its message can say what to write.
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

    #[test]
    fn what_fits_into_no_duration_is_refused() {
        assert!(GoDuration::new("999999999999ms99999999999h").get().is_some());
        assert!(GoDuration::new("0.0000000000000000001h").get().is_some());
        for text in [
            "9993402209999999h",
            "9999999999999h",
            "1h99999999999999999999s",
            "1h-2h",
            "1h+-2h",
            "-1h-2h",
            &"9".repeat(400),
            &format!("{}h", "9".repeat(400)),
            &"1h".repeat(17),
        ] {
            assert_eq!(GoDuration::new(text).get(), None, "{text}");
        }
    }
}
