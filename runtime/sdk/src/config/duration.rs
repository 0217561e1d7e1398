//! Durations as the Collector's files have them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::time;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Nanoseconds, as Go counts them in 64 bits: some 292 years.
const NANOSECONDS_MAX: u128 = i64::MAX as u128;
/// Digits behind the point that make a difference; more would not fit a product of 128 bits.
const FRACTION_DIGITS: usize = 18;
/// Digits before the point: more are too long in any unit.
const WHOLE_DIGITS: usize = 20;

/// A length of time in a configuration: text like `1h30m`, `1.5s` or `100ms`, or a whole number of nanoseconds, as Go
/// reads them: a bare number is nanoseconds, and `2000` is two microseconds. It is never negative, and is written as text.
///
/// A `std::time::Duration` is none: serde writes it as `{ secs, nanos }`.
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

    /// From text that stands in the program: `Duration::literal("1m30s")`. In a constant, a mistake does not compile.
    ///
    /// # Panics
    /// When it is no duration.
    pub const fn literal(text: &str) -> Self {
        match parse(text.as_bytes()) {
            Ok(nanoseconds) => Self::from_nanos(nanoseconds),
            Err(_) => panic!("this is no duration: write it like \"5s\", \"500ms\" or \"1m30s\""),
        }
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

impl PartialEq<time::Duration> for Duration {
    fn eq(&self, other: &time::Duration) -> bool {
        self.0 == *other
    }
}

impl PartialEq<Duration> for time::Duration {
    fn eq(&self, other: &Duration) -> bool {
        *self == other.0
    }
}

impl PartialOrd<time::Duration> for Duration {
    fn partial_cmp(&self, other: &time::Duration) -> Option<Ordering> {
        self.0.partial_cmp(other)
    }
}

impl PartialOrd<Duration> for time::Duration {
    fn partial_cmp(&self, other: &Duration) -> Option<Ordering> {
        self.partial_cmp(&other.0)
    }
}

/// A text that is no duration. It does not show the text: that may be a secret which went astray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseDurationError {
    /// No digits where there must be some, or too long a time.
    #[error("time: invalid duration")]
    Invalid,
    /// A number without a unit.
    #[error("time: missing unit in duration, which is one of ns, us, ms, s, m, h")]
    MissingUnit,
    /// A unit that there is not.
    #[error("time: unknown unit, it is one of ns, us, ms, s, m, h")]
    UnknownUnit,
    /// A time that lies back.
    #[error("time: negative duration")]
    Negative,
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        parse(text.as_bytes()).map(Self::from_nanos)
    }
}

/// In nanoseconds. Constant, so that a mistake in a program's text is found when it is compiled.
const fn parse(text: &[u8]) -> Result<u64, ParseDurationError> {
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if matches!(rest, [b'0']) {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(ParseDurationError::Invalid);
    }
    let mut nanoseconds = 0;
    while !rest.is_empty() {
        let (part, after) = match take_part(rest) {
            Ok(taken) => taken,
            Err(error) => return Err(error),
        };
        nanoseconds += part;
        if nanoseconds > NANOSECONDS_MAX {
            return Err(ParseDurationError::Invalid);
        }
        rest = after;
    }
    if negative && nanoseconds > 0 {
        return Err(ParseDurationError::Negative);
    }
    Ok(nanoseconds as u64) // at most NANOSECONDS_MAX
}

/// One number with its unit, in nanoseconds, and what follows.
const fn take_part(text: &[u8]) -> Result<(u128, &[u8]), ParseDurationError> {
    let (mut whole, rest) = digits(text);
    let (mut fraction, rest) = match rest {
        [b'.', rest @ ..] => digits(rest),
        rest => (b"".as_slice(), rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(ParseDurationError::Invalid);
    }
    let (unit, rest) = unit(rest);
    let size: u128 = match unit {
        b"" => return Err(ParseDurationError::MissingUnit),
        b"ns" => 1,
        // The second and the third are the two letters that look like µ.
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return Err(ParseDurationError::UnknownUnit),
    };
    while let [b'0', after @ ..] = whole {
        whole = after;
    }
    if whole.len() > WHOLE_DIGITS {
        return Err(ParseDurationError::Invalid);
    }
    if fraction.len() > FRACTION_DIGITS {
        fraction = fraction.split_at(FRACTION_DIGITS).0;
    }
    let scale = 10_u128.pow(fraction.len() as u32);
    Ok((number(whole) * size + number(fraction) * size / scale, rest))
}

const fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    while end < text.len() && text[end].is_ascii_digit() {
        end += 1;
    }
    text.split_at(end)
}

/// Up to where the next number begins.
const fn unit(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    while end < text.len() && !text[end].is_ascii_digit() && text[end] != b'.' {
        end += 1;
    }
    text.split_at(end)
}

const fn number(mut digits: &[u8]) -> u128 {
    let mut number = 0;
    while let [digit, rest @ ..] = digits {
        number = number * 10 + (*digit - b'0') as u128;
        digits = rest;
    }
    number
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

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return json_schema!({ "type": "string", "format": "go-duration" });
        }
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
