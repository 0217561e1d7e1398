//! A moment, as both languages have it: whole milliseconds since 1970.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: a `Date` in TypeScript. In calls it is MessagePack's own timestamp; in JSON, text as `Date` writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    milliseconds: i64,
}

/// What JavaScript's `Date` reaches to, in milliseconds from 1970 in both directions.
const REACH: i64 = 8_640_000_000_000_000;
const DAY: i64 = 86_400_000;

impl Timestamp {
    /// A moment by its milliseconds since 1970; what no `Date` can say is the nearest that one can.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Self { milliseconds: milliseconds.clamp(-REACH, REACH) }
    }

    /// The present.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Milliseconds since 1970.
    pub fn milliseconds(self) -> i64 {
        self.milliseconds
    }
}

/// What is beyond a millisecond is cut off, towards the past.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let whole = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(REACH);
        Self::from_milliseconds(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => whole(after),
            Err(before) => {
                let before = before.duration();
                let cut = i64::from(!before.subsec_nanos().is_multiple_of(1_000_000));
                -whole(before).saturating_add(cut)
            }
        })
    }
}

/// The epoch itself where the system's clock does not reach as far.
impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        let distance = Duration::from_millis(timestamp.milliseconds.unsigned_abs());
        let time = if timestamp.milliseconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

/// As `Date.prototype.toISOString` writes it.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.milliseconds.div_euclid(DAY), self.milliseconds.rem_euclid(DAY));
        let (year, month, day) = date_of(days);
        match year {
            0..=9_999 => write!(formatter, "{year:04}")?,
            _ => write!(formatter, "{}{:06}", if year < 0 { '-' } else { '+' }, year.unsigned_abs())?,
        }
        let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
        let (seconds, milliseconds) = (rest / 1_000 % 60, rest % 1_000);
        write!(formatter, "-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}Z")
    }
}

/// Year, month and day of the proleptic Gregorian calendar, from days since 1970. Years are counted from March, so that
/// the leap day is the last of its year; 400 of them have 146,097 days.
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Reads what [`fmt::Display`] writes; the milliseconds may be missing.
fn parse(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (date, time) = text.split_once('T')?;
    let number = |part: &str, length: usize| -> Option<i64> {
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse().ok() } else { None }
    };
    let (sign, date) = match (date.strip_prefix('-'), date.strip_prefix('+')) {
        (Some(rest), _) => (Some(-1), rest),
        (_, Some(rest)) => (Some(1), rest),
        _ => (None, date),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, if sign.is_some() { 6 } else { 4 })? * sign.unwrap_or(1);
    let (month, day) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let days = days_of(year, month, day);
    if parts.next().is_some() || date_of(days) != (year, month, day) {
        return None;
    }
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "000"));
    let mut parts = clock.split(':');
    let (hours, minutes) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let (seconds, milliseconds) = (number(parts.next()?, 2)?, number(fraction, 3)?);
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let milliseconds = days * DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + milliseconds;
    (milliseconds.abs() <= REACH).then_some(Timestamp { milliseconds })
}

/// MessagePack's type for timestamps.
const EXTENSION: i8 = -1;

/// The bytes of an extension, which rmp takes from a newtype of this name.
#[derive(Serialize, Deserialize)]
#[serde(rename = "_ExtStruct")]
struct Extension((i8, crate::Bytes));

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let seconds = self.milliseconds.div_euclid(1_000);
        let nanoseconds = self.milliseconds.rem_euclid(1_000) * 1_000_000;
        let bytes = match (u32::try_from(seconds), nanoseconds) {
            (Ok(seconds), 0) => seconds.to_be_bytes().to_vec(),
            _ => [&(nanoseconds as u32).to_be_bytes()[..], &seconds.to_be_bytes()].concat(),
        };
        Extension((EXTENSION, bytes.into())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            return parse(&text)
                .ok_or_else(|| D::Error::custom(format!("\"{text}\" is no date as in \"1970-01-01T00:00:00Z\"")));
        }
        struct ExtensionVisitor;
        impl<'de> Visitor<'de> for ExtensionVisitor {
            type Value = Timestamp;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a date")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
                deserializer.deserialize_any(self)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Timestamp, A::Error> {
                let kind: i8 = parts.next_element()?.ok_or_else(|| A::Error::custom("an extension has a type"))?;
                let bytes: crate::Bytes = parts.next_element()?.ok_or_else(|| A::Error::custom("a date has bytes"))?;
                if kind != EXTENSION {
                    return Err(A::Error::custom(format!("extension {kind} is no date")));
                }
                moment(&bytes).ok_or_else(|| A::Error::custom("an invalid date"))
            }
        }
        deserializer.deserialize_newtype_struct("_ExtStruct", ExtensionVisitor)
    }
}

/// MessagePack's three forms: seconds; 30 bits of nanoseconds and 34 of seconds; both in full.
fn moment(bytes: &[u8]) -> Option<Timestamp> {
    let (seconds, nanoseconds) = match *bytes {
        [a, b, c, d] => (i64::from(u32::from_be_bytes([a, b, c, d])), 0),
        [a, b, c, d, e, f, g, h] => {
            let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            (i64::try_from(both & 0x3_ffff_ffff).ok()?, u32::try_from(both >> 34).ok()?)
        }
        [a, b, c, d, ref seconds @ ..] => {
            (i64::from_be_bytes(seconds.try_into().ok()?), u32::from_be_bytes([a, b, c, d]))
        }
        _ => return None,
    };
    let milliseconds = seconds.checked_mul(1_000)?.checked_add(i64::from(nanoseconds / 1_000_000))?;
    (milliseconds.abs() <= REACH).then_some(Timestamp { milliseconds })
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "timestamp" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_javascript_writes_them() {
        let text = |milliseconds| Timestamp::from_milliseconds(milliseconds).to_string();
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(text(REACH), "+275760-09-13T00:00:00.000Z");
        assert_eq!(text(i64::MIN), "-271821-04-20T00:00:00.000Z");
    }

    #[test]
    fn what_is_written_is_read_in_both_encodings() {
        for milliseconds in [0, 1, -1, 999, -62_167_219_200_001, 1_700_000_000_000, REACH, -REACH, 4_294_967_296_000] {
            let timestamp = Timestamp::from_milliseconds(milliseconds);
            let json = serde_json::to_string(&timestamp).unwrap();
            assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), timestamp, "{json}");
            let bytes = rmp_serde::to_vec_named(&(timestamp, 1)).unwrap();
            assert_eq!(rmp_serde::from_slice::<(Timestamp, u8)>(&bytes).unwrap(), (timestamp, 1));
            if milliseconds.abs() < 10_i64.pow(15) {
                assert_eq!(Timestamp::from(SystemTime::from(timestamp)), timestamp);
            }
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["2001-02-29T00:00:00Z", "2001-02-28T24:00:00Z", "2001-2-28T00:00:00Z", "2001-02-28", "", "Z", "TZ"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
