//! Extension numbers: digits as text, where leading zeros count.

use std::fmt;

/// An extension number of 3 to 13 digits. Numbers of different length are different numbers: `0100` is not `100`.
///
/// The count of digits stands above the value, of which 13 digits need 44 bits: an index holds many numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(u64);

const VALUE_BITS: u32 = 56;

impl Number {
    fn new(digits: u32, value: u64) -> Self {
        Self(u64::from(digits) << VALUE_BITS | value)
    }

    fn digits(self) -> u32 {
        // The upper eight bits.
        u32::from(self.0.to_be_bytes()[0])
    }

    fn value(self) -> u64 {
        self.0 & ((1 << VALUE_BITS) - 1)
    }

    /// Reads a number; `None` unless the text is 3 to 13 ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = u32::try_from(text.len())
            .ok()
            .filter(|digits| (3..=13).contains(digits))?;
        text.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        Some(Self::new(digits, text.parse().ok()?))
    }

    /// The number after this one, unless it would need one more digit.
    pub fn next(self) -> Option<Self> {
        (self < self.highest()).then_some(Self(self.0 + 1))
    }

    /// The highest number with as many digits.
    #[must_use]
    pub fn highest(self) -> Self {
        Self::new(self.digits(), 10_u64.pow(self.digits()) - 1)
    }

    /// The last digit, 0 to 9.
    pub fn last_digit(self) -> u8 {
        u8::try_from(self.value() % 10).unwrap_or_default()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = usize::try_from(self.digits()).unwrap_or_default();
        write!(f, "{:0width$}", self.value())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The numbers that an integration may give: from `first` to `last`, both included, all with the same digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Lowest number.
    pub first: Number,
    /// Highest number.
    pub last: Number,
}

impl Range {
    /// Reads a range as `spec.users.numbering` has it; without `end` it goes to the highest number with as many digits.
    /// `None` for a range that the CRD's schema refuses.
    pub fn parse(start: &str, end: Option<&str>) -> Option<Self> {
        let first = Number::parse(start)?;
        let last = match end {
            Some(end) => Number::parse(end)?,
            None => first.highest(),
        };
        (first.digits() == last.digits() && first <= last).then_some(Self { first, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_count() {
        let number = Number::parse("0099").unwrap();
        assert_eq!(number.to_string(), "0099");
        assert_eq!(number.next().unwrap().to_string(), "0100");
        assert_ne!(Number::parse("0100"), Number::parse("100"));
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in [
            "",
            "12",
            "12345678901234",
            "10a1",
            "١٠٠١",
            " 1001",
            "+1001",
            "-101",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn never_grows_a_digit() {
        assert_eq!(Number::parse("999").unwrap().next(), None);
        assert_eq!(Number::parse("9999999999999").unwrap().next(), None);
    }

    #[test]
    fn ranges() {
        assert_eq!(Range::parse("1001", None).unwrap().last.to_string(), "9999");
        assert!(Range::parse("1001", Some("1001")).is_some());
        assert_eq!(Range::parse("1001", Some("1000")), None);
        assert_eq!(Range::parse("1001", Some("19999")), None);
    }
}
