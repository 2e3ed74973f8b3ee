//! What the tests of the codecs share: writing, reading, and entries put together by hand.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::base::entry::{Kind, Life, TagStamp};
use cache_runtime::base::event::MissReason;
use cache_runtime::codec::{Encoding, Entry, Meta, Opened, encode, fingerprint, open};
use cache_runtime::{Cacheable, Codec, Compression, Result};

pub(crate) const CODECS: [Codec; 4] = [Codec::Bincode, Codec::Postcard, Codec::Json, Codec::Msgpack];

pub(crate) const SELF_DESCRIBING: [Codec; 2] = [Codec::Json, Codec::Msgpack];

pub(crate) const POSITIONAL: [Codec; 2] = [Codec::Bincode, Codec::Postcard];

pub(crate) fn meta(tags: &[TagStamp]) -> Meta<'_> {
    Meta { life: Life::For(Duration::from_mins(5)), compute: Duration::from_millis(12), tags }
}

pub(crate) fn plain(codec: Codec) -> Encoding {
    Encoding { codec, compression: None, compress_above: 1024 }
}

pub(crate) fn packed(codec: Codec, compression: Compression) -> Encoding {
    Encoding { codec, compression: Some(compression), compress_above: 0 }
}

pub(crate) fn write<T: Cacheable>(value: &T, codec: Codec) -> Result<Bytes> {
    encode(Kind::Value, value, &meta(&[]), &plain(codec))
}

pub(crate) fn entry(bytes: &Bytes) -> Entry {
    match open(bytes) {
        Ok(Opened::Entry(entry)) => entry,
        other => panic!("{other:?} is no entry"),
    }
}

pub(crate) fn read<T: Cacheable>(bytes: &Bytes) -> Result<T, MissReason> {
    match open(bytes)? {
        Opened::Entry(entry) => entry.decode(),
        Opened::Integer(_) => Err(MissReason::OtherLayout),
    }
}

/// What `value` is after it was in a store.
pub(crate) fn back<T: Cacheable>(value: &T, codec: Codec) -> T {
    read(&write(value, codec).unwrap()).unwrap()
}

/// An entry of a `T`, written byte by byte as the format is documented.
pub(crate) struct ByHand {
    pub(crate) flags: u8,
    pub(crate) codec: u8,
    pub(crate) fingerprint: u64,
    /// Everything between the compute time and the payload.
    pub(crate) rest: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

impl ByHand {
    pub(crate) fn new<T: Cacheable>(codec: Codec, payload: &[u8]) -> Self {
        let (codec, payload) = (id(codec), payload.to_vec());
        Self { flags: 0, codec, fingerprint: fingerprint::<T>(), rest: Vec::new(), payload }
    }

    /// Says that the payload is compressed, and how long it was before.
    pub(crate) fn packed(mut self, compression: Compression, raw_length: u64) -> Self {
        self.flags |= match compression {
            Compression::Lz4 => 1 << 2,
            _ => 2 << 2,
        };
        self.rest = varint(raw_length);
        self
    }

    pub(crate) fn bytes(&self) -> Bytes {
        let start = [0xCA, 0xCE, 1, self.flags, self.codec];
        let (created, compute) = (varint(1_700_000_000_000), varint(12_000));
        let fingerprint = self.fingerprint.to_le_bytes();
        [&start[..], &fingerprint, &created, &compute, &self.rest, &self.payload].concat().into()
    }
}

fn id(codec: Codec) -> u8 {
    match codec {
        Codec::Bincode => 1,
        Codec::Postcard => 2,
        Codec::Json => 3,
        _ => 4,
    }
}

pub(crate) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number /= 0x80;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}
