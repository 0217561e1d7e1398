//! Durations as the Collector's files have them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
/// Nanoseconds, as Go counts them in 64 bits: some 292 years.
const NANOSECONDS_MAX: u128 = i64::MAX as u128;
/// Digits behind the point that make a difference; more would not fit a product of 128 bits.
const FRACTION_DIGITS: usize = 18;
/// Digits before the point: more are too long in any unit.
const WHOLE_DIGITS: usize = 20;

/// A length of time in a configuration: text like `1h30m`, `1.5s` or `100ms`, or a whole number of nanoseconds, as Go
/// reads them. It is never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(time::Duration);

impl Duration {
    /// So many nanoseconds.
    pub const fn from_nanos(nanoseconds: u64) -> Self {
        Self(time::Duration::from_nanos(nanoseconds))
    }

    /// So many milliseconds.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(time::Duration::from_millis(milliseconds))
    }

    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(time::Duration::from_secs(seconds))
    }

    /// For timers.
    pub const fn get(self) -> time::Duration {
        self.0
    }
}

impl From<Duration> for time::Duration {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl From<time::Duration> for Duration {
    fn from(duration: time::Duration) -> Self {
        Self(duration)
    }
}

/// A text that is no duration. It does not show the text: that may be a secret which went astray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseDurationError {
    /// No digits where there must be some, or too long a time.
    #[error("time: invalid duration")]
    Invalid,
    /// A number without a unit.
    #[error("time: missing unit in duration")]
    MissingUnit,
    /// A unit that there is not.
    #[error("time: unknown unit")]
    UnknownUnit,
    /// A time that lies back.
    #[error("time: negative duration")]
    Negative,
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Ok(Self::default());
        }
        if rest.is_empty() {
            return Err(ParseDurationError::Invalid);
        }
        let mut nanoseconds = 0;
        while !rest.is_empty() {
            let (part, after) = take_part(rest)?;
            nanoseconds += part;
            if nanoseconds > NANOSECONDS_MAX {
                return Err(ParseDurationError::Invalid);
            }
            rest = after;
        }
        if negative && nanoseconds > 0 {
            return Err(ParseDurationError::Negative);
        }
        let nanoseconds = u64::try_from(nanoseconds).map_err(|_| ParseDurationError::Invalid)?;
        Ok(Self::from_nanos(nanoseconds))
    }
}

/// One number with its unit, in nanoseconds, and what follows.
fn take_part(text: &str) -> Result<(u128, &str), ParseDurationError> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return Err(ParseDurationError::Invalid);
    }
    let end = rest.find(|sign: char| sign == '.' || sign.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    if unit.is_empty() {
        return Err(ParseDurationError::MissingUnit);
    }
    let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(ParseDurationError::UnknownUnit)?;
    let whole = whole.trim_start_matches('0');
    if whole.len() > WHOLE_DIGITS {
        return Err(ParseDurationError::Invalid);
    }
    let fraction = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    let scale = fraction.bytes().fold(1, |scale: u128, _| scale * 10);
    Ok((number(whole) * size + number(fraction) * size / scale, rest))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len()))
}

fn number(digits: &str) -> u128 {
    digits.bytes().fold(0, |number, digit| number * 10 + u128::from(digit - b'0'))
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.as_nanos();
        match nanoseconds {
            0 => formatter.write_str("0s"),
            1..1_000 => write!(formatter, "{nanoseconds}ns"),
            1_000..1_000_000 => decimal(formatter, nanoseconds, 1_000, "µs"),
            1_000_000..1_000_000_000 => decimal(formatter, nanoseconds, 1_000_000, "ms"),
            _ => {
                let minutes = nanoseconds / 60_000_000_000;
                if minutes >= 60 {
                    write!(formatter, "{}h{}m", minutes / 60, minutes % 60)?;
                } else if minutes > 0 {
                    write!(formatter, "{minutes}m")?;
                }
                decimal(formatter, nanoseconds % 60_000_000_000, 1_000_000_000, "s")
            }
        }
    }
}

fn decimal(formatter: &mut fmt::Formatter<'_>, value: u128, unit: u128, name: &str) -> fmt::Result {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", value % unit);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    write!(formatter, "{}{point}{fraction}{name}", value / unit)
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a duration like 5s, 500ms or 1m30s")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, nanoseconds: u64) -> Result<Duration, E> {
        if u128::from(nanoseconds) > NANOSECONDS_MAX {
            return Err(E::invalid_value(Unexpected::Unsigned(nanoseconds), &self));
        }
        Ok(Duration::from_nanos(nanoseconds))
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "format": "go-duration",
            "anyOf": [
                { "type": "string", "pattern": r"^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$" },
                { "type": "integer", "minimum": 0 },
            ],
        })
    }
}

#[cfg(test)]
mod tests;
