//! Durations, tried against what Go reads and writes.

use super::*;

#[test]
fn texts_are_read_as_go_reads_them() {
    for (text, nanoseconds) in [
        ("0", 0),
        ("+0", 0),
        ("-0s", 0),
        ("5s", 5_000_000_000),
        ("+5s", 5_000_000_000),
        ("1h30m", 5_400_000_000_000),
        ("1.5s", 1_500_000_000),
        (".5s", 500_000_000),
        ("1.s", 1_000_000_000),
        ("1h1h", 7_200_000_000_000),
        ("100us", 100_000),
        ("100µs", 100_000),
        ("100μs", 100_000),
        ("1.0000000000000000000001s", 1_000_000_000),
        ("00000000000000000000000001s", 1_000_000_000),
        ("9223372036854775807ns", u64::MAX / 2),
    ] {
        assert_eq!(text.parse(), Ok(Duration::from_nanos(nanoseconds)), "{text}");
    }
}

#[test]
fn what_is_none_is_refused_without_its_text() {
    for (text, why) in [
        ("", ParseDurationError::Invalid),
        ("-", ParseDurationError::Invalid),
        ("s", ParseDurationError::Invalid),
        (".s", ParseDurationError::Invalid),
        ("5", ParseDurationError::MissingUnit),
        ("5s3", ParseDurationError::MissingUnit),
        ("5 s", ParseDurationError::UnknownUnit),
        ("5d", ParseDurationError::UnknownUnit),
        ("-5s", ParseDurationError::Negative),
        ("9223372036854775808ns", ParseDurationError::Invalid),
        ("99999999999999999999999999999999999999999h", ParseDurationError::Invalid),
    ] {
        assert_eq!(text.parse::<Duration>(), Err(why), "{text}");
    }
    let error = serde_json::from_str::<Duration>(r#""hunter2""#).unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn they_are_written_as_go_writes_them_and_read_back() {
    for (nanoseconds, text) in [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (3_300_000_000, "3.3s"),
        (90_000_000_000, "1m30s"),
        (3_600_000_000_000, "1h0m0s"),
        (5_400_000_000_001, "1h30m0.000000001s"),
    ] {
        let duration = Duration::from_nanos(nanoseconds);
        assert_eq!(duration.to_string(), text);
        assert_eq!(text.parse(), Ok(duration));
    }
}

#[test]
fn numbers_are_nanoseconds() {
    assert_eq!(serde_json::from_str::<Duration>("5").unwrap(), Duration::from_nanos(5));
    for json in ["-5", "1.5", "true", "null", "9223372036854775808"] {
        assert!(serde_json::from_str::<Duration>(json).is_err(), "{json}");
    }
    assert_eq!(serde_json::to_string(&Duration::from_millis(1_500)).unwrap(), r#""1.5s""#);
}
