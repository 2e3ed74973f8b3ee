//! The header of an entry: what is known of a value before its payload is touched.
//!
//! ```text
//! CA CE 01        magic, format version
//! flags           bits 0–1 kind, 2–3 compression, 4 "expires", 5 "has tags"; the others are zero
//! codec           1 byte  ┐ absent for a stored `None`, which has no payload either;
//! fingerprint     8 bytes ┘ zero and a mark for a payload in a form of its own
//! created         varint, milliseconds since the Unix epoch
//! compute         varint, microseconds
//! life            varint, milliseconds; only of an entry that expires
//! tags            varint, then hash and version (8 bytes each) of every tag; only with tags, 128 at most
//! raw length      varint; only of a compressed payload
//! payload         the rest
//! ```
//!
//! Numbers of fixed size are little-endian; a varint is LEB128 of at most 64 bits. No plain integer
//! begins like this, so one byte tells the two forms apart.

use std::time::Duration;

use super::Meta;
use super::codecs::{self, Facts};
use crate::base::clock::unix_millis;
use crate::base::entry::{Kind, Life, TagStamp};
use crate::base::setup::Compression;

const MAGIC: [u8; 2] = [0xCA, 0xCE];
const FORMAT: u8 = 1;

/// What stands where other entries have the id of their codec.
const OWN_FORM: u8 = 0;

/// The most tags of an entry in a store outside of this process: each costs the reader a record.
pub const TAG_LIMIT: usize = 128;

const COMPRESSION_SHIFT: u8 = 2;
const EXPIRES: u8 = 1 << 4;
const TAGGED: u8 = 1 << 5;
const UNKNOWN: u8 = !0b11_1111;

/// Room for a header without tags, so that writing one does not grow its buffer.
pub(super) const ROOM: usize = 64;

/// A header as it is read.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) created: u64,
    pub(super) compute: Duration,
    pub(super) life: Life,
    pub(super) tags: Vec<TagStamp>,
    /// Absent of a stored `None`.
    pub(super) body: Option<Body>,
}

/// How the payload is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    /// `None` for a payload in a form of its own.
    pub(super) codec: Option<&'static Facts>,
    pub(super) fingerprint: u64,
    pub(super) packed: Option<Packed>,
}

/// How the payload is compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    pub(super) compression: Compression,
    pub(super) raw_length: u64,
}

/// Appends a header to `out`.
pub(super) fn write(kind: Kind, meta: &Meta<'_>, body: Option<&Body>, out: &mut Vec<u8>) {
    let packed = body.and_then(|body| body.packed);
    let expires = meta.life.millis();
    out.extend_from_slice(&MAGIC);
    out.push(FORMAT);
    out.push(flags(kind, packed, expires.is_some(), !meta.tags.is_empty()));
    if let Some(body) = body {
        out.push(body.codec.map_or(OWN_FORM, |codec| codec.id));
        out.extend_from_slice(&body.fingerprint.to_le_bytes());
    }
    write_varint(unix_millis(), out);
    write_varint(u64::try_from(meta.compute.as_micros()).unwrap_or(u64::MAX), out);
    if let Some(millis) = expires {
        write_varint(millis, out);
    }
    write_tags(meta.tags, out);
    if let Some(packed) = packed {
        write_varint(packed.raw_length, out);
    }
}

fn flags(kind: Kind, packed: Option<Packed>, expires: bool, tagged: bool) -> u8 {
    let kind = match kind {
        Kind::Value => 0,
        Kind::Nothing => 1,
        Kind::Failure => 2,
    };
    let compression = match packed.map(|packed| packed.compression) {
        None => 0,
        Some(Compression::Lz4) => 1,
        Some(Compression::Zstd) => 2,
    };
    let expires = if expires { EXPIRES } else { 0 };
    let tagged = if tagged { TAGGED } else { 0 };
    kind | compression << COMPRESSION_SHIFT | expires | tagged
}

fn write_tags(tags: &[TagStamp], out: &mut Vec<u8>) {
    if tags.is_empty() {
        return;
    }
    write_varint(tags.len() as u64, out);
    for stamp in tags {
        out.extend_from_slice(&stamp.tag.to_le_bytes());
        out.extend_from_slice(&stamp.version.to_le_bytes());
    }
}

fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("less than 0x80"));
}

/// Reads a header; the second part is the payload. `None` says that these bytes are no entry.
pub(super) fn read(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let mut input = Input(bytes);
    if input.array()? != MAGIC || input.array()? != [FORMAT] {
        return None;
    }
    let [flags] = input.array()?;
    if flags & UNKNOWN != 0 {
        return None;
    }
    let kind = kind(flags)?;
    let compression = compression(flags)?;
    let codec = if kind == Kind::Nothing { None } else { Some(input.codec()?) };
    let created = input.varint()?;
    let compute = Duration::from_micros(input.varint()?);
    let life = if flags & EXPIRES == 0 { Life::Forever } else { input.life()? };
    let tags = if flags & TAGGED == 0 { Vec::new() } else { input.tags()? };
    let packed = match compression {
        None => None,
        Some(compression) => Some(Packed { compression, raw_length: input.varint()? }),
    };
    let body = codec.map(|(codec, fingerprint)| Body { codec, fingerprint, packed });
    if body.is_none() && (packed.is_some() || !input.0.is_empty()) {
        return None;
    }
    Some((Header { kind, created, compute, life, tags, body }, input.0))
}

fn kind(flags: u8) -> Option<Kind> {
    match flags & 0b11 {
        0 => Some(Kind::Value),
        1 => Some(Kind::Nothing),
        2 => Some(Kind::Failure),
        _ => None,
    }
}

/// The outer `None` is an unknown compression, the inner one is none.
#[expect(clippy::option_option, reason = "a helper of one caller, which asks both questions at once")]
fn compression(flags: u8) -> Option<Option<Compression>> {
    match flags >> COMPRESSION_SHIFT & 0b11 {
        0 => Some(None),
        1 => Some(Some(Compression::Lz4)),
        2 => Some(Some(Compression::Zstd)),
        _ => None,
    }
}

/// Bytes that are left to read; every answer is `None` where they do not suffice.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn codec(&mut self) -> Option<(Option<&'static Facts>, u64)> {
        let [id] = self.array()?;
        let codec = if id == OWN_FORM { None } else { Some(codecs::by_id(id)?) };
        Some((codec, u64::from_le_bytes(self.array()?)))
    }

    fn life(&mut self) -> Option<Life> {
        let millis = self.varint().filter(|&millis| millis > 0)?;
        Some(Life::For(Duration::from_millis(millis)))
    }

    /// Their number is bounded before room is made for them, and before a record is read for each.
    fn tags(&mut self) -> Option<Vec<TagStamp>> {
        const SIZE: usize = 16;
        let count = usize::try_from(self.varint()?).ok()?;
        if count == 0 || count > TAG_LIMIT.min(self.0.len() / SIZE) {
            return None;
        }
        let mut tags = Vec::with_capacity(count);
        for _ in 0..count {
            let tag = u64::from_le_bytes(self.array()?);
            let version = u64::from_le_bytes(self.array()?);
            tags.push(TagStamp { tag, version });
        }
        Some(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_varint_of_every_length_reads_back() {
        for number in (0..64).map(|bit| 1 << bit).chain([0, 127, 128, u64::MAX]) {
            let mut bytes = Vec::new();
            write_varint(number, &mut bytes);

            assert_eq!(Input(&bytes).varint(), Some(number));
        }
    }

    #[test]
    fn a_varint_of_more_than_64_bits_is_refused() {
        let too_large = [[0xFF; 9].as_slice(), &[0x02]].concat();
        let too_long = [0x80; 11];

        assert_eq!(Input(&too_large).varint(), None);
        assert_eq!(Input(&too_long).varint(), None);
    }
}
