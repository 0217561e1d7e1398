//! What calls with values carry: MessagePack, as the arguments and results of typed methods are.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Payload};

/// A value on its way to whom the words name.
pub(crate) fn written(callee: &str, value: &(impl Serialize + ?Sized)) -> Result<Payload, Error> {
    Payload::to_msgpack(value).map_err(|error| refused(format!("what {callee} is asked cannot be written: {error}")))
}

/// The value that came back. No bytes at all are nothing, as of a function that returns none.
pub(crate) fn read<T: DeserializeOwned>(callee: &str, answer: &Payload) -> Result<T, Error> {
    const NIL: &[u8] = &[0xc0];
    let bytes = if answer.bytes().is_empty() { NIL } else { answer.bytes() };
    let mut rest = bytes;
    let value = T::deserialize(&mut rmp_serde::Deserializer::new(&mut rest))
        .map_err(|error| refused(with_hint(format!("the answer of {callee}{}", told::<T>(bytes, &error)))))?;
    // Whatever its first byte says, a text is no number.
    if !rest.is_empty() {
        let length = bytes.len();
        return Err(refused(format!("the answer of {callee} is {length} bytes, and no value of MessagePack")));
    }
    Ok(value)
}

/// Where in the answer the mistake is, and what was expected there.
fn told<T: DeserializeOwned>(bytes: &[u8], error: &dyn fmt::Display) -> String {
    // What is plain enough to be JSON is told in serde's words, which say what was expected.
    if let Ok(value) = rmp_serde::from_slice::<Value>(bytes)
        && let Err(error) = serde_path_to_error::deserialize::<_, T>(value)
    {
        return placed(&error);
    }
    let mut decoder = rmp_serde::Deserializer::from_read_ref(bytes);
    match serde_path_to_error::deserialize::<_, T>(&mut decoder) {
        Err(error) => placed(&error),
        Ok(_) => format!(": {error}"),
    }
}

fn placed<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> String {
    let inner = error.inner();
    match error.path().to_string().as_str() {
        "." | "?" => format!(": {inner}"),
        path => format!(", at {path}: {inner}"),
    }
}

/// Says why an integer of JavaScript came as a float: it is one that a number does not hold exactly.
pub(crate) fn with_hint(text: String) -> String {
    const SAFE_MAX: f64 = 9_007_199_254_740_991.0;
    let number = text.split_once("floating point `").and_then(|(_, rest)| rest.split_once('`'));
    let (Some((number, expected)), false) = (number, text.contains('\n')) else { return text };
    let wanted = [", expected u64", ", expected i64", ", expected usize", ", expected isize"];
    let is_large = number.parse::<f64>().is_ok_and(|number| number.fract() == 0.0 && number.abs() > SAFE_MAX);
    if !is_large || !wanted.contains(&expected) {
        return text;
    }
    format!("{text}: beyond what a number holds exactly: take a ferrule::Wide in Rust, and pass a bigint")
}

fn refused(text: String) -> Error {
    Error::new(text).with_code("CODEC_ERROR").permanent()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bytes;

    fn answer(value: &impl Serialize) -> Payload {
        written("it", value).unwrap()
    }

    fn refusal<T: DeserializeOwned>(answer: &Payload) -> String {
        let error = read::<T>("function \"price\"", answer).err().expect("it is no such value");
        assert_eq!((error.code(), error.kind()), ("CODEC_ERROR", crate::Kind::Permanent));
        error.to_string()
    }

    #[test]
    fn values_come_back_as_they_went() {
        let value = (u64::MAX, i64::MIN, Bytes::from_static(b"\x00\xff"), Some("text".to_owned()), 0.5_f32);
        assert_eq!(read::<(u64, i64, Bytes, Option<String>, f32)>("it", &answer(&value)).unwrap(), value);
        read::<()>("it", &Payload::empty()).unwrap();
        assert_eq!(read::<Option<u8>>("it", &Payload::empty()).unwrap(), None);
    }

    #[test]
    fn an_answer_of_another_kind_says_where_and_what_was_expected() {
        let text = refusal::<u64>(&answer(&"ten"));
        assert_eq!(text, "the answer of function \"price\": invalid type: string \"ten\", expected u64");
        let text = refusal::<Vec<(String, u8)>>(&answer(&[("a", 1), ("b", 256)]));
        let expected = "the answer of function \"price\", at [1][1]: invalid value: integer `256`, expected u8";
        assert_eq!(text, expected);
        assert!(refusal::<u8>(&Payload::empty()).ends_with("expected u8"));
    }

    #[test]
    fn bytes_that_only_begin_like_a_value_are_none() {
        let text = refusal::<u8>(&Payload::from(b"ten".to_vec()));
        assert_eq!(text, "the answer of function \"price\" is 3 bytes, and no value of MessagePack");
    }

    #[test]
    fn what_cannot_be_written_says_whom_it_was_for() {
        struct Odd;
        impl Serialize for Odd {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("it is odd"))
            }
        }
        let error = written("function \"price\"", &Odd).unwrap_err();
        assert_eq!(error.to_string(), "what function \"price\" is asked cannot be written: it is odd");
    }
}
