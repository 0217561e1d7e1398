//! A call's arguments: a MessagePack array, in the order of the method's parameters.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::{Argument, Incoming, Streams};
use crate::values::with_hint;
use crate::{Error, Payload};

const NIL: &[u8] = &[0xc0];

/// Reads arguments one by one. What is missing at the end reads as nil, which only an `Option` takes.
pub struct Arguments<'a> {
    decoder: rmp_serde::Deserializer<rmp_serde::decode::ReadRefReader<'a, [u8]>>,
    /// After the array's head.
    values: &'a [u8],
    present: usize,
    taken: usize,
    streams: Option<&'a Arc<Streams>>,
}

impl<'a> Arguments<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the payload is no array, or of more than `count` arguments.
    pub fn read(payload: &'a Payload, count: usize) -> Result<Self, Error> {
        let bytes = &payload.bytes()[..];
        let (present, values) = match *bytes {
            [] => (0, bytes),
            [head @ 0x90..=0x9f, ref values @ ..] => (usize::from(head & 0x0f), values),
            [0xdc, high, low, ref values @ ..] => (usize::from(u16::from_be_bytes([high, low])), values),
            _ => return Err(Error::invalid_argument("the arguments of a typed method are an array")),
        };
        if present > count {
            let plural = if count == 1 { "" } else { "s" };
            return Err(Error::invalid_argument(format!("the method takes {count} argument{plural}, got {present}")));
        }
        let decoder = rmp_serde::Deserializer::from_read_ref(values);
        Ok(Self { decoder, values, present, taken: 0, streams: None })
    }

    /// As [`Arguments::read`], for a method that takes an [`Incoming`].
    ///
    /// # Errors
    /// The same.
    pub fn with_streams(payload: &'a Payload, count: usize, streams: &'a Arc<Streams>) -> Result<Self, Error> {
        Ok(Self { streams: Some(streams), ..Self::read(payload, count)? })
    }

    /// The next argument.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the parameter and the place in its value.
    pub fn take<T: Argument>(&mut self, name: &str) -> Result<T, Error> {
        let index = self.taken;
        self.taken += 1;
        if index >= self.present {
            return rmp_serde::from_slice(NIL).map_err(|_| Error::invalid_argument(format!("{name}: it is missing")));
        }
        T::deserialize(&mut self.decoder).map_err(|error| {
            let text = self.explain::<T>(index, name).unwrap_or_else(|| format!("{name}: {error}"));
            Error::invalid_argument(with_hint(text))
        })
    }

    /// The next argument, which TypeScript feeds.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when it is no number, `STREAMS_EXHAUSTED`, `SHUT_DOWN`.
    pub fn incoming<T: Argument>(&mut self, name: &str) -> Result<Incoming<T>, Error> {
        let id: u32 = self.take(name)?;
        let streams = self.streams.ok_or_else(|| Error::invalid_argument(format!("{name}: it takes no iterable")))?;
        Incoming::of(streams, id)
    }

    /// All of the rest, as items of one type: those before the first mistake, and the mistake, which names the item
    /// counted from `first`.
    pub(super) fn take_items<T: DeserializeOwned>(&mut self, first: u64) -> (VecDeque<T>, Option<Error>) {
        let mut items = VecDeque::with_capacity(self.present);
        for index in 0..self.present {
            match T::deserialize(&mut self.decoder) {
                Ok(item) => items.push_back(item),
                Err(error) => {
                    let name = format!("item {}", first + index as u64);
                    let text = self.explain::<T>(index, &name).unwrap_or_else(|| format!("{name}: {error}"));
                    return (items, Some(Error::invalid_argument(text)));
                }
            }
        }
        (items, None)
    }

    /// Reads again, slowly, to say where in the value the mistake is.
    fn explain<T: DeserializeOwned>(&self, index: usize, name: &str) -> Option<String> {
        let mut decoder = rmp_serde::Deserializer::from_read_ref(self.values);
        for _ in 0..index {
            IgnoredAny::deserialize(&mut decoder).ok()?;
        }
        // What is plain enough to be JSON is told in serde's words, which say what was expected.
        if let Ok(value) = Value::deserialize(&mut decoder)
            && let Err(error) = serde_path_to_error::deserialize::<_, T>(value)
        {
            return Some(told(name, &error));
        }
        let mut decoder = rmp_serde::Deserializer::from_read_ref(self.values);
        for _ in 0..index {
            IgnoredAny::deserialize(&mut decoder).ok()?;
        }
        serde_path_to_error::deserialize::<_, T>(&mut decoder).err().map(|error| told(name, &error))
    }
}

fn told<E: std::error::Error>(name: &str, error: &serde_path_to_error::Error<E>) -> String {
    let inner = error.inner();
    match error.path().to_string().as_str() {
        "." | "?" => format!("{name}: {inner}"),
        path if path.starts_with('[') => format!("{name}{path}: {inner}"),
        path => format!("{name}.{path}: {inner}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload<T: serde::Serialize>(value: &T) -> Payload {
        Payload::to_msgpack(value).unwrap()
    }

    #[test]
    fn a_mistake_names_the_parameter_and_the_place() {
        let payload = payload(&("k", vec![1, -1]));
        let mut arguments = Arguments::read(&payload, 2).unwrap();
        assert_eq!(arguments.take::<String>("key").unwrap(), "k");
        let error = arguments.take::<Vec<u32>>("values").unwrap_err();
        assert_eq!(error.code(), "INVALID_ARGUMENT");
        assert!(error.to_string().starts_with("values[1]: invalid value: integer `-1`"), "{error}");
    }

    #[test]
    fn what_is_missing_is_nothing_or_said() {
        let payload = payload(&("k",));
        let mut arguments = Arguments::read(&payload, 3).unwrap();
        arguments.take::<String>("key").unwrap();
        assert_eq!(arguments.take::<Option<u8>>("limit").unwrap(), None);
        assert_eq!(arguments.take::<u8>("depth").unwrap_err().to_string(), "depth: it is missing");
    }

    #[test]
    fn too_many_and_no_array_are_refused() {
        let text = |payload: Payload| Arguments::read(&payload, 1).err().unwrap().to_string();
        assert_eq!(text(payload(&(1, 2))), "the method takes 1 argument, got 2");
        assert_eq!(text(payload(&"x")), "the arguments of a typed method are an array");
        assert!(Arguments::read(&Payload::empty(), 0).is_ok());
    }
}
