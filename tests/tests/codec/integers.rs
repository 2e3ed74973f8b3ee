//! Plain integers: what `incr` works on.

use std::num::{NonZeroU32, Wrapping};

use cache_runtime::base::event::MissReason;
use cache_runtime::codec::{Opened, as_integer, encode_integer, from_integer, open};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Visits(u64);

#[test]
fn an_integer_that_fits_is_one() {
    assert_eq!(as_integer(&-7_i8), Some(-7));
    assert_eq!(as_integer(&u32::MAX), Some(i64::from(u32::MAX)));
    assert_eq!(as_integer(&(i64::MAX as u64)), Some(i64::MAX));
    assert_eq!(as_integer(&NonZeroU32::MIN), Some(1));
    assert_eq!(as_integer(&Wrapping(3_u8)), Some(3));
}

#[test]
fn what_is_more_or_less_than_an_integer_is_none() {
    assert_eq!(as_integer(&u64::MAX), None);
    assert_eq!(as_integer(&1_u128), None);
    assert_eq!(as_integer(&true), None);
    assert_eq!(as_integer(&'1'), None);
    assert_eq!(as_integer(&1.0_f64), None);
    assert_eq!(as_integer("1"), None);
    assert_eq!(as_integer(&Some(1)), None);
    assert_eq!(as_integer(&(1,)), None);
    assert_eq!(as_integer(&Visits(1)), None);
}

#[test]
fn every_type_that_writes_a_plain_integer_reads_it() {
    macro_rules! check {
        ($($ty:ty)*) => {$(
            for value in [<$ty>::MIN, <$ty>::MAX, 1] {
                if let Some(integer) = as_integer(&value) {
                    assert_eq!(from_integer::<$ty>(integer), Some(value));
                }
            }
        )*};
    }

    check!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
    assert_eq!(from_integer::<NonZeroU32>(1), Some(NonZeroU32::MIN));
    assert_eq!(from_integer::<Wrapping<u8>>(3), Some(Wrapping(3)));
}

#[test]
fn an_integer_is_read_only_as_what_can_hold_it() {
    assert_eq!(from_integer::<u8>(256), None);
    assert_eq!(from_integer::<u64>(-1), None);
    assert_eq!(from_integer::<NonZeroU32>(0), None);
    assert_eq!(from_integer::<bool>(1), None);
    assert_eq!(from_integer::<f64>(1), None);
    assert_eq!(from_integer::<String>(1), None);
    assert_eq!(from_integer::<()>(1), None);
    assert_eq!(from_integer::<Vec<i64>>(1), None);
}

#[test]
fn a_counter_is_read_as_an_option_a_newtype_or_a_json_number() {
    assert_eq!(from_integer::<Option<i64>>(5), Some(Some(5)));
    assert_eq!(from_integer::<Visits>(5), Some(Visits(5)));
    assert_eq!(from_integer::<serde_json::Value>(-5), Some((-5).into()));
}

#[test]
fn a_plain_integer_opens_as_itself() {
    for integer in [0, -1, i64::MIN, i64::MAX] {
        let opened = open(&encode_integer(integer));

        assert!(matches!(opened, Ok(Opened::Integer(found)) if found == integer));
    }
}

#[test]
fn text_that_is_no_canonical_integer_is_undecodable() {
    for text in ["", "-", "+1", "007", " 1", "1.5", "9223372036854775808"] {
        let opened = open(&text.into());

        assert!(matches!(opened, Err(MissReason::Undecodable)), "{text}");
    }
}
