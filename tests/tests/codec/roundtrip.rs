//! What goes in comes out.

use std::time::Duration;

use cache_runtime::base::entry::{Kind, Life, TagStamp};
use cache_runtime::codec::{Encoding, Entry, Meta, Opened, encode, encode_nothing, open};
use cache_runtime::{Cacheable, Codec};

const TAGS: [TagStamp; 2] = [TagStamp { tag: 1, version: u64::MAX }, TagStamp { tag: 2, version: 0 }];

fn meta(tags: &[TagStamp]) -> Meta<'_> {
    Meta { life: Life::For(Duration::from_secs(300)), compute: Duration::from_millis(12), tags }
}

fn entry(bytes: &bytes::Bytes) -> Entry {
    match open(bytes) {
        Ok(Opened::Entry(entry)) => entry,
        other => panic!("{other:?} is no entry"),
    }
}

fn back<T: Cacheable>(value: &T, codec: Codec) -> T {
    let encoding = Encoding { codec, compression: None, compress_above: 1024 };
    let bytes = encode(Kind::Value, value, &meta(&[]), &encoding).unwrap();
    entry(&bytes).decode().unwrap()
}

#[test]
fn a_value_reads_back() {
    let value = (1_u8, "two".to_owned(), Some(3.5_f64), vec![4_i64]);

    assert_eq!(back(&value, Codec::Bincode), value);
}

#[test]
fn a_header_says_what_it_was_given() {
    let entry = entry(&encode_nothing(&meta(&TAGS)));

    assert_eq!(entry.kind, Kind::Nothing);
    assert_eq!(entry.tags, TAGS);
    assert_eq!(entry.compute, Duration::from_millis(12));
    assert_eq!(entry.life, Life::For(Duration::from_secs(300)));
}
