//! Entries that earlier releases wrote are read for ever.
//!
//! The files in `tests/golden/entry-v1` hold one entry each. To add one, add a line to `files` and run
//! `CACHE_GOLDEN=write cargo test -p cache-tests --test codec golden`: it writes what is missing, and
//! never changes what is there. A file that cannot be read any more is a defect of the code. If the
//! format has to change, it gets another version, another folder, and both are read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::base::entry::{Kind, Life, TagStamp};
use cache_runtime::codec::{Meta, Opened, encode, encode_integer, encode_nothing, open};
use cache_runtime::{Codec, Compression};
use serde::{Deserialize, Serialize};

use crate::common::{entry, packed, plain};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Report {
    region: String,
    year: u16,
    totals: BTreeMap<String, f64>,
    best: Option<Sale>,
    worst: Option<Sale>,
    id: (u128, i64, char, bool),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Sale {
    Gift,
    Cash(u32),
    Order { number: u64, lines: Vec<(String, i32)> },
}

fn report() -> Report {
    let lines = (0..40).map(|line| (format!("article {line}"), line - 20)).collect();
    Report {
        region: "Zürich".into(),
        year: 2026,
        totals: BTreeMap::from([("net".into(), 0.1 + 0.2), ("tax".into(), -1e300)]),
        best: Some(Sale::Order { number: u64::MAX, lines }),
        worst: Some(Sale::Cash(1)),
        id: (u128::MAX, i64::MIN, 'é', true),
    }
}

const TAGS: [TagStamp; 2] =
    [TagStamp { tag: 0x0123_4567_89AB_CDEF, version: 1 }, TagStamp { tag: 2, version: u64::MAX }];

fn meta(life: Life, tags: &[TagStamp]) -> Meta<'_> {
    Meta { life, compute: Duration::from_micros(123_456), tags }
}

const LIFE: Life = Life::For(Duration::from_millis(900_001));

const NAMED: [(&str, Codec); 4] = [
    ("bincode", Codec::Bincode),
    ("postcard", Codec::Postcard),
    ("json", Codec::Json),
    ("msgpack", Codec::Msgpack),
];

/// The bytes of a golden file; written first, if it is missing and that was asked for.
fn golden(name: &str, write: impl FnOnce() -> Bytes) -> Bytes {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/entry-v1"));
    let path = folder.join(format!("{name}.bin"));
    if !path.exists() && std::env::var_os("CACHE_GOLDEN").is_some_and(|wish| wish == "write") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, write()).unwrap();
    }
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into()
}

fn is_from_our_time(created: u64) -> bool {
    const YEAR: u64 = 365 * 24 * 3600 * 1000;
    (55 * YEAR..100 * YEAR).contains(&created)
}

#[test]
fn values_of_every_codec_are_read() {
    for (name, codec) in NAMED {
        let bytes = golden(name, || encode(Kind::Value, &report(), &meta(LIFE, &[]), &plain(codec)).unwrap());
        let entry = entry(&bytes);

        assert_eq!(entry.decode(), Ok(report()), "{name}");
        assert_eq!((entry.kind, entry.life), (Kind::Value, LIFE), "{name}");
        assert_eq!(entry.compute, Duration::from_micros(123_456), "{name}");
        assert!(is_from_our_time(entry.created), "{name}");
        assert!(entry.tags.is_empty(), "{name}");
    }
}

#[test]
fn values_of_every_codec_and_compression_are_read() {
    for (name, codec) in NAMED {
        for (suffix, compression) in [("lz4", Compression::Lz4), ("zstd", Compression::Zstd)] {
            let name = format!("{name}-{suffix}");
            let bytes = golden(&name, || {
                encode(Kind::Value, &report(), &meta(LIFE, &TAGS), &packed(codec, compression)).unwrap()
            });
            let entry = entry(&bytes);

            assert_eq!(entry.decode(), Ok(report()), "{name}");
            assert_eq!(entry.tags, TAGS, "{name}");
        }
    }
}

#[test]
fn a_failure_is_read() {
    let failure = "no such region".to_owned();

    let bytes = golden("failure", || {
        encode(Kind::Failure, &failure, &meta(LIFE, &TAGS), &plain(Codec::Bincode)).unwrap()
    });

    let entry = entry(&bytes);
    assert_eq!((entry.kind, entry.decode()), (Kind::Failure, Ok(failure)));
    assert_eq!(entry.tags, TAGS);
}

#[test]
fn a_stored_none_is_read() {
    let bytes = golden("nothing", || encode_nothing(&meta(LIFE, &TAGS)));

    let entry = entry(&bytes);
    assert_eq!((entry.kind, entry.life), (Kind::Nothing, LIFE));
    assert_eq!(entry.tags, TAGS);
}

#[test]
fn an_entry_without_an_end_is_read() {
    let meta = meta(Life::Forever, &[]);

    let bytes = golden("forever", || encode(Kind::Value, &true, &meta, &plain(Codec::Bincode)).unwrap());

    let entry = entry(&bytes);
    assert_eq!((entry.life, entry.decode()), (Life::Forever, Ok(true)));
}

#[test]
fn an_integer_is_read() {
    let bytes = golden("integer", || encode_integer(i64::MIN));

    assert!(matches!(open(&bytes), Ok(Opened::Integer(i64::MIN))));
}
