use std::cell::Cell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Bytes, Error};

/// What is longer is not copied out of the buffer that it was written to.
const BUFFER_MAX: usize = 4_096;

thread_local! {
    /// Where values are written: of a short one only a copy of its own length is made.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The bytes of a call or of its result: as they are, or a value in one of two encodings. Which of them it is, the
/// [`crate::Method`] says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// No bytes.
    pub const fn empty() -> Self {
        Self(Bytes::new())
    }

    /// The bytes as they are.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The bytes as they are.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Reads a value of a method of form `msgpack`. A call without a payload reads as nil.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the field, when the bytes are not such a value.
    pub fn from_msgpack<T: DeserializeOwned>(&self) -> Result<T, Error> {
        const NIL: &[u8] = &[0xc0];
        let bytes = if self.0.is_empty() { NIL } else { &self.0 };
        let mut decoder = rmp_serde::Deserializer::from_read_ref(bytes);
        serde_path_to_error::deserialize(&mut decoder).map_err(invalid)
    }

    /// Writes a value for a method of form `msgpack`. Structs become maps with their field names.
    ///
    /// # Errors
    /// When the value cannot be written, such as a map whose keys fail to serialize.
    pub fn to_msgpack<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let mut buffer = BUFFER.take(); // a value that writes another inside of its own finds an empty one
        let written = value.serialize(&mut rmp_serde::Serializer::new(&mut buffer).with_struct_map());
        written.map_err(|error| Error::new(error.to_string()).with_source(error))?;
        if buffer.len() > BUFFER_MAX {
            return Ok(buffer.into());
        }
        let payload = Self(Bytes::copy_from_slice(&buffer));
        buffer.clear();
        BUFFER.set(buffer);
        Ok(payload)
    }

    /// Reads a value of a method of form `json`. A call without a payload reads as null.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the field, when the bytes are not such a value.
    pub fn from_json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let bytes = if self.0.is_empty() { b"null" } else { &self.0[..] };
        let mut decoder = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut decoder).map_err(|error| {
            // Where in the text a value of the wrong kind ends helps nobody who wrote a value.
            let place = format!(" at line {} column {}", error.inner().line(), error.inner().column());
            let is_data = error.inner().is_data();
            match invalid(error) {
                error if is_data => Error::invalid_argument(error.to_string().trim_end_matches(&place)),
                error => error,
            }
        })
    }

    /// Writes a value for a method of form `json`.
    ///
    /// # Errors
    /// When the value cannot be written.
    pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(value).map_err(|error| Error::new(error.to_string()).with_source(error))?;
        Ok(bytes.into())
    }
}

fn invalid<E: std::error::Error>(error: serde_path_to_error::Error<E>) -> Error {
    let path = error.path().to_string();
    let inner = error.into_inner();
    Error::invalid_argument(if path == "." { inner.to_string() } else { format!("{path}: {inner}") })
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<bytes::Bytes> for Payload {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(bytes.into())
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_both_encodings() {
        let value = vec![("a".to_owned(), 1_u64), ("b".to_owned(), u64::MAX)];
        assert_eq!(Payload::to_msgpack(&value).unwrap().from_msgpack::<Vec<(String, u64)>>().unwrap(), value);
        assert_eq!(Payload::to_json(&value).unwrap().from_json::<Vec<(String, u64)>>().unwrap(), value);
    }

    #[test]
    fn no_payload_reads_as_nothing() {
        assert_eq!(Payload::empty().from_msgpack::<Option<u8>>().unwrap(), None);
        assert_eq!(Payload::empty().from_json::<Option<u8>>().unwrap(), None);
    }

    #[test]
    fn a_bad_argument_names_its_field() {
        let payload = Payload::from(br#"[["a", "x"]]"#.to_vec());
        let error = payload.from_json::<Vec<(String, u64)>>().unwrap_err();
        assert_eq!(error.code(), "INVALID_ARGUMENT");
        assert_eq!(error.to_string(), "[0][1]: invalid type: string \"x\", expected u64");
        let error = Payload::from(b"[1".to_vec()).from_json::<Vec<u8>>().unwrap_err();
        assert!(error.to_string().ends_with("at line 1 column 2"), "text that is no JSON has a place: {error}");
    }
}
