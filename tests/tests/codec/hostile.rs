//! Bytes that nobody meant well: each is a miss, none costs more than it is long.

use std::collections::{BTreeMap, HashMap};

use allocation_counter::measure;
use bytes::Bytes;
use cache_runtime::base::event::MissReason;
use cache_runtime::codec::{EMPTY_ELEMENTS, MAX_PAYLOAD, Opened, TAG_LIMIT, encode_nothing, open};
use cache_runtime::{Cacheable, Codec, Compression};
use serde::{Deserialize, Serialize};

use crate::common::{ByHand, CODECS, POSITIONAL, back, meta, read, varint, write};

/// What reading a few bytes may cost, whatever they claim.
const SMALL: u64 = 64 * 1024;

/// Reads an entry, and says what it cost at the most at one time.
fn cost<T: Cacheable>(bytes: &Bytes) -> (Result<T, MissReason>, u64) {
    // The layout of the type is kept for ever; it is not part of the cost.
    let _ = read::<T>(&ByHand::new::<T>(Codec::Bincode, &[]).bytes());
    let mut result = Err(MissReason::Absent);
    let info = measure(|| result = read::<T>(bytes));
    (result, info.bytes_max)
}

fn is_a_cheap_miss<T: Cacheable>(codec: Codec, payload: &[u8]) {
    let (result, cost) = cost::<T>(&ByHand::new::<T>(codec, payload).bytes());

    assert!(matches!(result, Err(MissReason::Undecodable)), "{codec:?} {payload:x?}");
    assert!(cost < SMALL, "{codec:?} {payload:x?}: {cost} bytes");
}

/// Every way in which a codec says that something huge follows.
fn huge(codec: Codec) -> Vec<Vec<u8>> {
    let lengths = [1 << 20, 1 << 31, u64::from(u32::MAX), 1 << 46, i64::MAX as u64, u64::MAX];
    match codec {
        Codec::Bincode => lengths.map(|length| [&[253][..], &length.to_le_bytes()].concat()).into(),
        Codec::Postcard => lengths.map(varint).into(),
        Codec::Json => ["[", "{", "\"", "[[[[[[", "99999999999999999999999999999999", "1e999999999"]
            .map(|text| text.as_bytes().to_vec())
            .into(),
        // str 32, bin 32, array 32, map 32, ext 32
        _ => [0xDB, 0xC6, 0xDD, 0xDF, 0xC9].map(|marker| vec![marker, 0xFF, 0xFF, 0xFF, 0xFF]).into(),
    }
}

#[test]
fn a_huge_length_is_a_miss_that_costs_nothing() {
    for codec in CODECS {
        for length in huge(codec) {
            let payloads = [length.clone(), [&length[..], b"some bytes"].concat()];
            for payload in &payloads {
                is_a_cheap_miss::<String>(codec, payload);
                is_a_cheap_miss::<Vec<u8>>(codec, payload);
                is_a_cheap_miss::<Vec<[u64; 32]>>(codec, payload);
                is_a_cheap_miss::<Vec<Vec<Vec<String>>>>(codec, payload);
                is_a_cheap_miss::<HashMap<u64, [u64; 32]>>(codec, payload);
                is_a_cheap_miss::<BTreeMap<String, String>>(codec, payload);
                is_a_cheap_miss::<std::path::PathBuf>(codec, payload);
                is_a_cheap_miss::<uuid::Uuid>(codec, payload);
            }
        }
    }
}

#[test]
fn a_huge_length_within_a_type_that_takes_anything_costs_nothing() {
    for codec in [Codec::Json, Codec::Msgpack] {
        for payload in huge(codec) {
            let (_, cost) =
                cost::<serde_json::Value>(&ByHand::new::<serde_json::Value>(codec, &payload).bytes());

            assert!(cost < SMALL, "{codec:?} {payload:x?}: {cost} bytes");
        }
    }
}

#[test]
fn elements_without_bytes_are_bounded() {
    for codec in POSITIONAL {
        let most = vec![(); EMPTY_ELEMENTS];
        assert_eq!(back(&most, codec), most);
        assert!(write(&vec![(); EMPTY_ELEMENTS + 100], codec).is_err());

        let claim = &huge(codec)[5];

        is_a_cheap_miss::<Vec<()>>(codec, claim);
        is_a_cheap_miss::<Vec<Vec<()>>>(codec, &[&[2], &claim[..], claim].concat());
    }
}

#[test]
fn many_short_elements_are_not_taken_for_elements_without_bytes() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Sparse(Vec<()>, (), u8);

    for codec in POSITIONAL {
        let value = vec![Sparse(vec![], (), 1); 3 * EMPTY_ELEMENTS];

        assert_eq!(back(&value, codec), value);
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nested(Option<Box<Nested>>);

#[test]
fn nesting_without_end_is_a_miss_and_not_an_overflow_of_the_stack() {
    const DEPTH: usize = 1_000_000;
    let somes = vec![1; DEPTH];
    let arrays = vec![b'['; DEPTH];
    let lists = vec![0x91; DEPTH];

    for codec in POSITIONAL {
        let entry = ByHand::new::<Nested>(codec, &somes).bytes();
        assert_eq!(read::<Nested>(&entry), Err(MissReason::Undecodable));
    }
    for (codec, payload) in [(Codec::Json, &arrays), (Codec::Msgpack, &lists)] {
        let entry = ByHand::new::<serde_json::Value>(codec, payload).bytes();
        assert_eq!(read::<serde_json::Value>(&entry), Err(MissReason::Undecodable));
    }
}

#[test]
fn a_raw_length_that_the_payload_cannot_hold_is_a_miss_that_costs_nothing() {
    for compression in [Compression::Lz4, Compression::Zstd] {
        for raw_length in [1 << 20, MAX_PAYLOAD as u64, MAX_PAYLOAD as u64 + 1, u64::MAX] {
            let entry = ByHand::new::<String>(Codec::Bincode, b"0123456789").packed(compression, raw_length);

            let (result, cost) = cost::<String>(&entry.bytes());

            assert_eq!(result, Err(MissReason::Undecodable));
            assert!(cost < 1 << 20, "{compression:?} {raw_length}: {cost} bytes");
        }
    }
}

#[test]
fn a_payload_that_unpacks_to_another_length_than_it_says_is_a_miss() {
    let text = "a".repeat(100_000);
    let raw = write(&text, Codec::Json).unwrap();
    let raw = &raw[raw.len() - text.len() - 2..];

    for (compression, payload) in [
        (Compression::Lz4, lz4_flex::block::compress(raw)),
        (Compression::Zstd, zstd::bulk::compress(raw, 1).unwrap()),
    ] {
        let claim = |length: usize| {
            let entry = ByHand::new::<String>(Codec::Json, &payload).packed(compression, length as u64);
            read::<String>(&entry.bytes())
        };

        assert_eq!(claim(raw.len()), Ok(text.clone()), "{compression:?}");
        assert_eq!(claim(raw.len() - 1), Err(MissReason::Undecodable), "{compression:?}");
        assert_eq!(claim(raw.len() + 1), Err(MissReason::Undecodable), "{compression:?}");
    }
}

#[test]
fn a_second_frame_behind_the_first_is_a_miss() {
    let frame = zstd::bulk::compress(b"\"text\"", 1).unwrap();
    let empty = zstd::bulk::compress(b"", 1).unwrap();

    let one = ByHand::new::<String>(Codec::Json, &frame).packed(Compression::Zstd, 6);
    let two = ByHand::new::<String>(Codec::Json, &[frame, empty].concat()).packed(Compression::Zstd, 6);

    assert_eq!(read(&one.bytes()), Ok("text".to_owned()));
    assert_eq!(read::<String>(&two.bytes()), Err(MissReason::Undecodable));
}

#[test]
fn white_space_behind_json_is_a_miss() {
    assert_eq!(read(&ByHand::new::<u8>(Codec::Json, b"5").bytes()), Ok(5_u8));
    assert_eq!(read::<u8>(&ByHand::new::<u8>(Codec::Json, b"5\n").bytes()), Err(MissReason::Undecodable));
}

fn is_undecodable(bytes: &[u8]) -> bool {
    matches!(open(&Bytes::copy_from_slice(bytes)), Err(MissReason::Undecodable))
}

#[test]
fn bytes_that_are_no_entry_are_undecodable() {
    for bytes in
        [&b""[..], b"\xCA", b"\xCA\xCE", b"\xCA\xCE\x01", b"hello", b"{\"a\":1}", b"\0\0\0\0", b"\xFF"]
    {
        assert!(is_undecodable(bytes), "{bytes:x?}");
    }
}

#[test]
fn an_entry_of_a_later_format_is_undecodable() {
    let mut bytes = ByHand::new::<u8>(Codec::Bincode, &[1]).bytes().to_vec();
    assert!(!is_undecodable(&bytes));

    bytes[2] = 2;

    assert!(is_undecodable(&bytes));
}

#[test]
fn an_unknown_flag_kind_compression_or_codec_is_undecodable() {
    let valid = || ByHand::new::<u8>(Codec::Bincode, &[1]);

    for flags in [0b11, 0b1100, 1 << 6, 1 << 7] {
        assert!(is_undecodable(&ByHand { flags, ..valid() }.bytes()), "{flags:b}");
    }
    for codec in [5, 255] {
        assert!(is_undecodable(&ByHand { codec, ..valid() }.bytes()), "{codec}");
    }
}

#[test]
fn a_payload_in_a_form_of_its_own_is_no_value_of_a_codec() {
    let entry = ByHand { codec: 0, ..ByHand::new::<u8>(Codec::Bincode, &[1]) }.bytes();

    let Ok(Opened::Entry(entry)) = open(&entry) else { panic!("it is an entry") };

    assert_eq!(entry.decode::<u8>(), Err(MissReason::OtherLayout));
    assert_eq!(entry.form(7), Err(MissReason::OtherLayout));
}

#[test]
fn more_tags_than_there_are_bytes_for_are_undecodable_and_cost_nothing() {
    for count in [0, 3, 1 << 40, u64::MAX] {
        let rest = [varint(count), vec![0; 40]].concat();
        let entry = ByHand { flags: 1 << 5, rest, ..ByHand::new::<u8>(Codec::Bincode, &[]) }.bytes();

        let info = measure(|| assert!(is_undecodable(&entry)));

        assert!(info.bytes_max < SMALL, "{count}");
    }
}

#[test]
fn more_tags_than_an_entry_carries_are_undecodable_however_many_bytes_there_are() {
    let tagged = |count: usize| {
        let rest = [varint(count as u64), vec![7; 16 * count], vec![1]].concat();
        ByHand { flags: 1 << 5, rest, ..ByHand::new::<u8>(Codec::Bincode, &[]) }.bytes()
    };

    assert!(!is_undecodable(&tagged(TAG_LIMIT)));
    assert!(is_undecodable(&tagged(TAG_LIMIT + 1)), "each would cost its reader a record");
    assert!(is_undecodable(&tagged(1_000_000)));
}

#[test]
fn a_life_of_nothing_is_undecodable() {
    let entry = ByHand { flags: 1 << 4, rest: varint(0), ..ByHand::new::<u8>(Codec::Bincode, &[1]) };

    assert!(is_undecodable(&entry.bytes()));
}

#[test]
fn a_stored_none_with_a_payload_is_undecodable() {
    let nothing = encode_nothing(&meta(&[]));

    assert!(!is_undecodable(&nothing));
    assert!(is_undecodable(&[&nothing[..], b"?"].concat()));
}
