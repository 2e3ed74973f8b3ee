//! Bytes of any kind are a page, a list or a miss: no panic, no overflow, no memory beyond a bound.
//!
//! The input is taken twice: as what a store returned, and as the payload of an entry of a page (compression chosen by
//! its first byte), which the fuzzer would seldom put a header on.

#![no_main]

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cache_runtime::testing::StoredPage;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    read(&Bytes::copy_from_slice(data));
    if let Some((&choice, payload)) = data.split_first() {
        read(&entry(choice, payload));
    }
});

/// What is read can be looked at and written, and is read again as the same.
fn read(bytes: &Bytes) {
    let Some(stored) = StoredPage::read(bytes) else { return };
    if let Some(page) = stored.page() {
        let _ = (page.status(), page.headers().len(), page.body().len());
        for now in [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)] {
            let _ = page.age(now);
        }
    }
    let again = stored.write().expect("what was an entry can be one again");
    assert!(StoredPage::read(&again) == Some(stored), "a page reads back");
}

/// An entry with this payload, as the format is documented: no codec, and "cachepag" for a fingerprint.
fn entry(choice: u8, payload: &[u8]) -> Bytes {
    let compression = choice % 3;
    let mut bytes = vec![0xCA, 0xCE, 1, compression << 2, 0];
    bytes.extend_from_slice(b"cachepag");
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
