//! What goes in comes out, with what its header says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cache_runtime::base::entry::{Kind, Life, TagStamp};
use cache_runtime::base::event::MissReason;
use cache_runtime::codec::{Meta, encode, encode_nothing};
use cache_runtime::{Codec, Compression};
use serde::{Deserialize, Serialize};

use crate::common::{CODECS, POSITIONAL, SELF_DESCRIBING, back, entry, meta, packed, plain, read, write};

const TAGS: [TagStamp; 2] = [TagStamp { tag: 1, version: u64::MAX }, TagStamp { tag: u64::MAX, version: 0 }];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line((i8, i8), (i8, i8)),
    Named { name: String, parts: Vec<Shape> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    shapes: Vec<Shape>,
    small: (u8, i16, char, bool),
    large: (u128, i128, u64, i64),
    floats: (f32, f64),
    maybe: [Option<String>; 2],
    result: Result<u8, String>,
    names: BTreeMap<String, u32>,
    numbers: HashMap<i32, HashSet<u8>>,
    shared: Arc<str>,
    nothing: (),
    address: IpAddr,
    waited: Duration,
    at: SystemTime,
    id: uuid::Uuid,
    day: chrono::NaiveDate,
    moment: jiff::Timestamp,
    place: url::Url,
}

fn everything() -> Everything {
    Everything {
        shapes: vec![
            Shape::Point,
            Shape::Circle(0.1 + 0.2),
            Shape::Line((-1, 2), (3, i8::MIN)),
            Shape::Named { name: "Zoë".into(), parts: vec![Shape::Point] },
        ],
        small: (255, -300, 'ß', true),
        large: (u128::MAX, i128::MIN, u64::MAX, i64::MIN),
        floats: (f32::MIN_POSITIVE, 1.0 / 3.0),
        maybe: [None, Some("some".into())],
        result: Err("no".into()),
        names: BTreeMap::from([("one".into(), 1), (String::new(), 0)]),
        numbers: HashMap::from([(-1, HashSet::from([1, 2, 3])), (7, HashSet::new())]),
        shared: "shared".into(),
        nothing: (),
        address: "::1".parse().unwrap(),
        waited: Duration::new(5, 999_999_999),
        at: SystemTime::UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789),
        id: uuid::Uuid::from_u128(0x1234_5678_9abc_def0),
        day: chrono::NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(),
        moment: "2026-02-28T23:59:59.5Z".parse().unwrap(),
        place: "https://example.com/a?b=c".parse().unwrap(),
    }
}

#[test]
fn a_value_of_every_common_shape_reads_back_under_every_codec() {
    for codec in CODECS {
        assert_eq!(back(&everything(), codec), everything(), "{codec:?}");
    }
}

#[test]
fn floats_that_json_lacks_read_back_under_the_other_codecs() {
    for codec in [Codec::Bincode, Codec::Postcard, Codec::Msgpack] {
        let [nan, infinite] = back(&[f64::NAN, f64::NEG_INFINITY], codec);

        assert!(nan.is_nan() && infinite == f64::NEG_INFINITY, "{codec:?}");
    }
}

#[test]
fn an_option_within_an_option_reads_back_under_positional_codecs() {
    for codec in POSITIONAL {
        for value in [None, Some(None), Some(Some(1_u8))] {
            assert_eq!(back(&value, codec), value, "{codec:?}");
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Text { text: String },
    Number { number: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Text(String),
    Number(u32),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Loose {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    skipped: Option<u8>,
    #[serde(flatten)]
    flattened: BTreeMap<String, u32>,
    tagged: Tagged,
    untagged: Vec<Untagged>,
    value: serde_json::Value,
}

#[test]
fn what_only_describes_itself_while_it_is_read_reads_back_under_self_describing_codecs() {
    let value = Loose {
        skipped: None,
        flattened: BTreeMap::from([("more".into(), 1)]),
        tagged: Tagged::Number { number: 5 },
        untagged: vec![Untagged::Number(1), Untagged::Text("t".into())],
        value: serde_json::json!({"a": [1, null, "b", {"c": false}]}),
    };

    for codec in SELF_DESCRIBING {
        assert_eq!(back(&value, codec), value, "{codec:?}");
    }
}

#[test]
fn a_header_says_what_it_was_given() {
    let bytes = encode(Kind::Failure, &"why".to_owned(), &meta(&TAGS), &plain(Codec::Bincode)).unwrap();
    let entry = entry(&bytes);

    assert_eq!(entry.kind, Kind::Failure);
    assert_eq!(entry.tags, TAGS);
    assert_eq!(entry.compute, Duration::from_millis(12));
    assert_eq!(entry.life, Life::For(Duration::from_mins(5)));
    assert_eq!(entry.decode(), Ok("why".to_owned()));
}

#[test]
fn a_header_says_when_it_was_written() {
    let now = || cache_runtime::base::clock::unix_millis();

    let before = now();
    let entry = entry(&write(&1_u8, Codec::Bincode).unwrap());

    assert!((before..=now()).contains(&entry.created));
}

#[test]
fn an_entry_for_ever_says_so() {
    let meta = Meta { life: Life::Forever, ..meta(&[]) };

    let bytes = encode(Kind::Value, &(), &meta, &plain(Codec::Bincode)).unwrap();

    assert_eq!(entry(&bytes).life, Life::Forever);
}

#[test]
fn a_stored_none_is_an_entry_that_holds_no_value() {
    let entry = entry(&encode_nothing(&meta(&TAGS)));

    assert_eq!(entry.kind, Kind::Nothing);
    assert_eq!(entry.tags, TAGS);
    assert_eq!(entry.decode::<u8>(), Err(MissReason::OtherLayout));
}

#[test]
fn a_small_value_costs_less_than_forty_bytes() {
    let bytes = write(&5_u8, Codec::Bincode).unwrap();

    assert!(bytes.len() < 40, "{}", bytes.len());
}

#[test]
fn a_long_payload_becomes_smaller_and_reads_back() {
    let value = "as long as it is repetitive ".repeat(1000);

    for compression in [Compression::Lz4, Compression::Zstd] {
        for codec in CODECS {
            let bytes = encode(Kind::Value, &value, &meta(&TAGS), &packed(codec, compression)).unwrap();

            assert!(bytes.len() < value.len() / 10, "{codec:?} {compression:?}");
            assert_eq!(read(&bytes), Ok(value.clone()), "{codec:?} {compression:?}");
        }
    }
}

#[test]
fn a_payload_below_the_threshold_stays_as_it_is() {
    let value = "a".repeat(1000);
    let mut encoding = packed(Codec::Bincode, Compression::Lz4);

    encoding.compress_above = 2000;
    let below = encode(Kind::Value, &value, &meta(&[]), &encoding).unwrap();
    encoding.compress_above = 1000;
    let above = encode(Kind::Value, &value, &meta(&[]), &encoding).unwrap();

    assert!(below.len() > 1000);
    assert!(above.len() < 100);
}

#[test]
fn a_payload_that_would_not_become_smaller_stays_as_it_is() {
    let random = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()[5];
    let noise: Vec<u8> = (1..2000_u64).map(|n| random(n * n)).collect();
    let plain = write(&noise, Codec::Postcard).unwrap();

    for compression in [Compression::Lz4, Compression::Zstd] {
        let encoding = packed(Codec::Postcard, compression);
        let bytes = encode(Kind::Value, &noise, &meta(&[]), &encoding).unwrap();

        assert_eq!(bytes.len(), plain.len(), "{compression:?}");
        assert_eq!(read(&bytes), Ok(noise.clone()), "{compression:?}");
    }
}
