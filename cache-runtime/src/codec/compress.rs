//! Compression of payloads: one algorithm a section, each behind its feature.

#[cfg(feature = "zstd")]
use std::cell::RefCell;

use super::codecs::Fault;
use super::header::Packed;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::setup::Compression;

/// The largest payload before compression, in bytes; a larger value is not stored.
///
/// An entry that claims to hold more is undecodable.
pub const MAX_PAYLOAD: usize = 256 << 20;

/// The most that one compressed byte can stand for: a block of 128 KiB takes four bytes in zstd,
/// a run takes one byte per 255 in lz4. A header that claims more lies.
const fn most_from_one_byte(compression: Compression) -> u64 {
    match compression {
        Compression::Lz4 => 255,
        Compression::Zstd => (128 << 10) / 4,
    }
}

/// The payload made smaller, if it became smaller.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`], if this compression is not compiled in.
pub(super) fn pack(payload: &[u8], compression: Compression) -> Result<Option<(Packed, Vec<u8>)>> {
    let smaller = shrink(payload, compression)?;
    let raw_length = payload.len() as u64;
    // The raw length takes up to five bytes of the header.
    let worth_it = smaller.len() + size_of::<u32>() + 1 < payload.len();
    Ok(worth_it.then_some((Packed { compression, raw_length }, smaller)))
}

fn shrink(payload: &[u8], compression: Compression) -> Result<Vec<u8>> {
    match compression {
        #[cfg(feature = "lz4")]
        Compression::Lz4 => Ok(lz4_flex::block::compress(payload)),
        #[cfg(feature = "zstd")]
        Compression::Zstd => zstd_pack(payload).map_err(failed),
        #[allow(unreachable_patterns, reason = "which are left depends on the features")]
        _ => Err(absent(compression, payload.len())),
    }
}

/// The payload as it was before [`pack`]; never more than the header says, nor less.
pub(super) fn unpack(packed: Packed, payload: &[u8]) -> Result<Vec<u8>, Fault> {
    let most = (payload.len() as u64).saturating_mul(most_from_one_byte(packed.compression));
    if packed.raw_length > most.min(MAX_PAYLOAD as u64) {
        return Err("the header claims more than the payload can hold".into());
    }
    let length = usize::try_from(packed.raw_length)?;
    let raw = expand(packed.compression, payload, length)?;
    if raw.len() != length {
        return Err("the payload is shorter than the header claims".into());
    }
    Ok(raw)
}

fn expand(compression: Compression, payload: &[u8], length: usize) -> Result<Vec<u8>, Fault> {
    match compression {
        #[cfg(feature = "lz4")]
        Compression::Lz4 => Ok(lz4_flex::block::decompress(payload, length)?),
        #[cfg(feature = "zstd")]
        Compression::Zstd => zstd_unpack(payload, length),
        #[allow(unreachable_patterns, reason = "which are left depends on the features")]
        _ => {
            let _ = payload;
            Err(absent(compression, length).into())
        }
    }
}

#[allow(dead_code, reason = "with every compression compiled in, none is absent")]
fn absent(compression: Compression, bytes: usize) -> Error {
    let name = match compression {
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    };
    let context =
        format!("compression \"{name}\" of {bytes} bytes needs the cargo feature `{name}` of cache-runtime");
    Error::new(ErrorKind::Unsupported, "encode").context(context)
}

#[cfg(feature = "zstd")]
fn failed(fault: std::io::Error) -> Error {
    Error::new(ErrorKind::Unserializable, "encode").context("zstd failed").because(fault)
}

#[cfg(feature = "zstd")]
const ZSTD_LEVEL: i32 = 1;

// Making a context costs more than compressing a page, so every thread keeps its own.
#[cfg(feature = "zstd")]
thread_local! {
    static PACKER: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

#[cfg(feature = "zstd")]
fn zstd_pack(payload: &[u8]) -> std::io::Result<Vec<u8>> {
    PACKER.with_borrow_mut(|kept| {
        let made = kept.take().map_or_else(|| zstd::bulk::Compressor::new(ZSTD_LEVEL), Ok)?;
        kept.insert(made).compress(payload)
    })
}

#[cfg(feature = "zstd")]
fn zstd_unpack(payload: &[u8], length: usize) -> Result<Vec<u8>, Fault> {
    // The decoder skips frames that hold nothing, and reads as many as there are: only one is ours.
    let frame = zstd::zstd_safe::find_frame_compressed_size(payload);
    if frame != Ok(payload.len()) {
        return Err("the payload is no single frame".into());
    }
    UNPACKER.with_borrow_mut(|kept| {
        let made = kept.take().map_or_else(zstd::bulk::Decompressor::new, Ok)?;
        Ok(kept.insert(made).decompress(payload, length)?)
    })
}
