//! Bytes of any kind are an entry, an integer or a miss: no panic, no overflow, no memory beyond a bound.
//!
//! The input is taken twice: as what a store returned, and as the payload of an entry of this type
//! (codec and compression chosen by its first byte), which the fuzzer would seldom put a header on.

#![no_main]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::base::entry::{Kind, Life};
use cache_runtime::codec::{Encoding, Meta, Opened, encode, fingerprint, open};
use cache_runtime::{Cacheable, Codec};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

/// One of everything that a codec reads in its own way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Value {
    Nothing,
    Number(i64, u128, char, bool),
    Text { text: String, bytes: Vec<u8> },
    Maybe(Option<Box<Value>>),
    Many(Vec<Value>),
    Empty(Vec<()>),
    Named(BTreeMap<String, Value>),
    Waited(Duration),
    Result(Result<u8, String>),
}

fuzz_target!(|data: &[u8]| {
    read::<Value>(&Bytes::copy_from_slice(data));
    if let Some((&choice, payload)) = data.split_first() {
        read::<Value>(&entry::<Value>(choice, payload));
        read::<serde_json::Value>(&entry::<serde_json::Value>(choice, payload));
    }
});

/// What is read can be written, and is read again as the same.
fn read<T: Cacheable + PartialEq>(bytes: &Bytes) {
    let Ok(Opened::Entry(opened)) = open(bytes) else { return };
    let Ok(value) = opened.decode::<T>() else { return };
    let meta = Meta { life: Life::Forever, compute: opened.compute, tags: &opened.tags };
    let encoding = Encoding { codec: Codec::Msgpack, compression: None, compress_above: 0 };
    // Some values have no form that reads back as themselves; those are refused.
    let Ok(again) = encode(Kind::Value, &value, &meta, &encoding) else { return };
    let Ok(Opened::Entry(again)) = open(&again) else { panic!("an entry opens as one") };
    assert!(again.decode::<T>() == Ok(value), "a value reads back");
    assert!(again.tags == opened.tags, "tags read back");
}

/// An entry with this payload, as the format is documented.
fn entry<T: Cacheable>(choice: u8, payload: &[u8]) -> Bytes {
    let codec = choice % 4 + 1;
    let compression = choice / 4 % 3;
    let mut bytes = vec![0xCA, 0xCE, 1, compression << 2, codec];
    bytes.extend_from_slice(&fingerprint::<T>().to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    let (raw_length, payload) = match (compression, payload.split_first()) {
        (0, _) | (_, None) => (&[][..], payload),
        // Short raw lengths are met often, longer ones by a continued varint.
        (_, Some((_, rest))) => (&payload[..1], rest),
    };
    bytes.extend_from_slice(raw_length);
    bytes.extend_from_slice(payload);
    bytes.into()
}
