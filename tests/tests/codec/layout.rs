//! What the fingerprint of a type covers, and that it is the same everywhere.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use allocation_counter::measure;
use cache_runtime::Codec;
use cache_runtime::codec::{fingerprint, layout};
use serde::{Deserialize, Serialize};

use crate::common::{entry, write};

#[derive(Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: Option<String>,
    plan: Plan,
}

#[derive(Clone, Serialize, Deserialize)]
enum Plan {
    Free,
    Paid(u32, u32),
    Trial { days: u8 },
}

#[derive(Clone, Serialize, Deserialize)]
enum Term {
    Sum(Box<Term>, Box<Term>),
    Call { name: String, arguments: Vec<Term> },
    Number(i64),
}

#[derive(Clone, Serialize, Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<Box<Page<T>>>,
}

#[test]
fn the_layout_names_every_field_and_variant_in_order() {
    let expected = "struct 4:User { 2:id u64, 4:name option{text,}, 4:plan enum 4:Plan { 4:Free nothing, \
                    4:Paid tuple variant*2{u32,u32,}, 5:Trial struct variant{ 4:days u8,},},}";

    assert_eq!(layout::<User>(), expected);
}

#[test]
fn recursion_is_named_by_number_and_comes_to_an_end() {
    let expected = "enum 4:Term { 3:Sum tuple variant*2{@0,@0,}, 4:Call struct variant{ 4:name text, \
                    9:arguments sequence{@0,},}, 6:Number newtype variant{i64,},}";

    assert_eq!(layout::<Term>(), expected);
}

#[test]
fn generic_types_differ_by_their_arguments_at_any_depth() {
    assert_ne!(fingerprint::<Page<u8>>(), fingerprint::<Page<i8>>());
    assert_ne!(fingerprint::<Page<Page<u8>>>(), fingerprint::<Page<Page<i8>>>());
    assert_ne!(fingerprint::<Page<u8>>(), fingerprint::<Page<Page<u8>>>());
}

/// Fingerprints of earlier releases: entries that were written by them are read by this one.
#[test]
fn fingerprints_are_the_same_in_every_process_and_build() {
    let found = [
        fingerprint::<u64>(),
        fingerprint::<String>(),
        fingerprint::<User>(),
        fingerprint::<Term>(),
        fingerprint::<Page<User>>(),
        fingerprint::<HashMap<String, Vec<Option<f64>>>>(),
        fingerprint::<Result<IpAddr, String>>(),
        fingerprint::<(Duration, SystemTime)>(),
        fingerprint::<serde_json::Value>(),
    ];

    assert_eq!(found, GOLDEN, "{found:#018x?}");
}

const GOLDEN: [u64; 9] = [
    0xa248_1493_b936_2ff3,
    0x4769_fd1c_60e8_a611,
    0x78a0_be9a_b363_b6a2,
    0x6192_221a_af5b_a31c,
    0xb963_b956_a9ca_112c,
    0xbdf7_b197_552b_4378,
    0x4d62_717f_b8c6_b2c7,
    0xd2b6_6cc2_d6a0_5382,
    0x2848_8c95_31aa_3ebb,
];

#[test]
fn what_is_the_same_on_the_wire_has_one_fingerprint() {
    assert_eq!(fingerprint::<Arc<User>>(), fingerprint::<User>());
    assert_eq!(fingerprint::<Rc<str>>(), fingerprint::<String>());
    assert_eq!(fingerprint::<VecDeque<u8>>(), fingerprint::<Vec<u8>>());
    assert_eq!(fingerprint::<HashSet<u8>>(), fingerprint::<BTreeSet<u8>>());
    assert_eq!(fingerprint::<HashMap<u8, i8>>(), fingerprint::<BTreeMap<u8, i8>>());
}

/// Every part was seen: nothing is unknown, nothing was refused.
fn is_complete(layout: &str) -> bool {
    !layout.contains(['?', '!', '…']) && !layout.contains("#none") && !layout.contains("anything")
}

#[test]
fn types_that_validate_their_input_are_seen_by_samples() {
    for layout in [
        layout::<NonZeroU32>(),
        layout::<IpAddr>(),
        layout::<SocketAddr>(),
        layout::<Duration>(),
        layout::<SystemTime>(),
        layout::<Result<u8, std::ops::Bound<char>>>(),
        layout::<uuid::Uuid>(),
        layout::<url::Url>(),
        layout::<chrono::DateTime<chrono::Utc>>(),
        layout::<chrono::NaiveDate>(),
        layout::<chrono::NaiveTime>(),
        layout::<chrono::NaiveDateTime>(),
        layout::<chrono::Weekday>(),
        layout::<chrono::Month>(),
        layout::<jiff::Timestamp>(),
        layout::<jiff::Zoned>(),
        layout::<jiff::Span>(),
        layout::<jiff::SignedDuration>(),
        layout::<jiff::civil::Date>(),
        layout::<jiff::civil::Time>(),
        layout::<jiff::civil::DateTime>(),
    ] {
        assert!(is_complete(layout), "{layout}");
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Bounds")]
struct Range {
    low: u8,
    high: u8,
}

#[derive(Serialize, Deserialize)]
struct Bounds {
    low: u8,
    high: u8,
}

impl TryFrom<Bounds> for Range {
    type Error = &'static str;

    fn try_from(Bounds { low, high }: Bounds) -> Result<Self, Self::Error> {
        if low < high { Ok(Self { low, high }) } else { Err("an empty range") }
    }
}

#[test]
fn a_struct_that_validates_its_parts_together_does_not_hide_what_follows() {
    assert!(is_complete(layout::<(Range, u8)>()), "{}", layout::<(Range, u8)>());
}

#[derive(Clone, Serialize, Deserialize)]
struct Renamed {
    #[serde(alias = "old", alias = "older")]
    new: u8,
    other: u16,
}

#[test]
fn other_names_of_a_field_do_not_hide_it() {
    let layout = layout::<Renamed>();

    assert!(is_complete(layout) && layout.contains("u8") && layout.contains("u16"), "{layout}");
}

macro_rules! many {
    ($($variant:ident)*) => {
        #[derive(Clone, Serialize, Deserialize)]
        enum Many { $($variant(u8),)* Last(Plan) }
    };
}

many! {
    A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 C0 C1 C2 C3 C4 C5 C6 C7 C8 C9
    D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 F0 F1 F2 F3 F4 F5 F6 F7 F8 F9
}

#[test]
fn every_variant_of_a_large_enum_is_seen() {
    let layout = layout::<(Vec<Many>, Option<Many>)>();

    assert!(is_complete(layout), "{layout}");
    assert!(layout.contains("5:Trial struct variant{ 4:days u8,}"), "{layout}");
}

#[test]
fn a_layout_is_examined_once_and_then_found_without_an_allocation() {
    let first = measure(|| _ = fingerprint::<[Page<Term>; 5]>());
    let again = measure(|| _ = fingerprint::<[Page<Term>; 5]>());

    assert!(first.count_total > 0);
    assert_eq!(again.count_total, 0);
}

#[test]
fn two_threads_agree_on_a_fingerprint() {
    let other = std::thread::spawn(fingerprint::<Page<Plan>>).join().unwrap();

    assert_eq!(other, fingerprint::<Page<Plan>>());
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deep<T> {
    one: Vec<T>,
    two: Option<T>,
}

#[test]
fn a_type_that_contains_itself_many_times_over_is_examined_in_bounded_time() {
    type D4<T> = Deep<Deep<Deep<Deep<T>>>>;
    type D16 = D4<D4<D4<D4<u8>>>>;

    assert!(is_complete(layout::<D16>()));
}

#[test]
fn the_first_value_of_a_type_is_read_back_and_later_ones_are_not() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Fresh(Vec<u64>);
    let value = Fresh((0..1000).collect());

    let first = measure(|| _ = write(&value, Codec::Postcard).unwrap());
    let second = measure(|| _ = write(&value, Codec::Postcard).unwrap());

    assert_eq!(entry(&write(&value, Codec::Postcard).unwrap()).decode(), Ok(value));
    assert!(second.bytes_total * 2 < first.bytes_total, "{} {}", second.bytes_total, first.bytes_total);
}
