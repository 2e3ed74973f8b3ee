//! Answers of the server → what was asked for; `None` for an answer of another form.

use redis::Value;

use crate::backend::{Acquired, Token};
use crate::base::entry::Record;

pub(super) fn text_of(value: Value) -> Option<String> {
    let Value::BulkString(bytes) = value else { return None };
    String::from_utf8(bytes).ok()
}

pub(super) fn number_in(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

pub(super) fn version_of(value: &Value) -> Option<u64> {
    let Value::BulkString(bytes) = value else { return None };
    Some(u64::from_le_bytes(bytes.as_slice().try_into().ok()?))
}

pub(super) fn acquired(answer: Value) -> Option<Acquired> {
    let Value::Array(answer) = answer else { return None };
    let mut answer = answer.into_iter();
    let (Some(Value::BulkString(what)), second) = (answer.next(), answer.next()) else { return None };
    match (&what[..], second) {
        (b"granted", None) => Some(Acquired::Granted),
        (b"found", Some(Value::BulkString(bytes))) => Some(Acquired::Found(Record { bytes: bytes.into() })),
        (b"held", Some(Value::BulkString(token))) => {
            let token = u128::from_str_radix(std::str::from_utf8(&token).ok()?, 16).ok()?;
            Some(Acquired::Held(Token(token)))
        }
        _ => None,
    }
}
