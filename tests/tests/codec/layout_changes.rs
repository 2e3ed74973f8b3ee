//! A type that changed since an entry was written: a clean miss, never another value.

use std::collections::BTreeMap;

use cache_runtime::base::event::MissReason;
use cache_runtime::codec::fingerprint;
use serde::{Deserialize, Serialize};

use crate::common::{CODECS, POSITIONAL, SELF_DESCRIBING, read, write};

/// Declares types of the same name, before a change and after it, and a test that tells them apart.
macro_rules! change {
    ($change:ident: { $($before:tt)* } becomes { $($after:tt)* }) => {
        #[test]
        fn $change() {
            let before = {
                #[derive(Serialize, Deserialize)]
                $($before)*
                fingerprint::<Thing>()
            };
            let after = {
                #[derive(Serialize, Deserialize)]
                $($after)*
                fingerprint::<Thing>()
            };

            assert_ne!(before, after);
        }
    };
}

change! { reordering_fields_of_one_type_changes_the_fingerprint:
    { struct Thing { first: String, last: String } } becomes
    { struct Thing { last: String, first: String } }
}
change! { renaming_a_field_changes_the_fingerprint:
    { struct Thing { count: u32 } } becomes { struct Thing { number: u32 } }
}
change! { adding_a_field_changes_the_fingerprint:
    { struct Thing { a: u8 } } becomes { struct Thing { a: u8, b: u8 } }
}
change! { adding_a_field_with_a_default_changes_the_fingerprint:
    { struct Thing { a: u8 } } becomes { struct Thing { a: u8, #[serde(default)] b: u8 } }
}
change! { removing_a_field_changes_the_fingerprint:
    { struct Thing { a: u8, b: u8 } } becomes { struct Thing { a: u8 } }
}
change! { widening_an_integer_changes_the_fingerprint:
    { struct Thing { count: u32 } } becomes { struct Thing { count: u64 } }
}
change! { giving_an_integer_a_sign_changes_the_fingerprint:
    { struct Thing { count: u32 } } becomes { struct Thing { count: i32 } }
}
change! { making_a_field_optional_changes_the_fingerprint:
    { struct Thing { name: String } } becomes { struct Thing { name: Option<String> } }
}
change! { making_a_field_a_list_changes_the_fingerprint:
    { struct Thing { name: String } } becomes { struct Thing { name: Vec<String> } }
}
change! { turning_text_into_a_date_changes_the_fingerprint:
    { struct Thing { day: String } } becomes { struct Thing { day: chrono::NaiveDate } }
}
change! { turning_a_date_into_a_moment_changes_the_fingerprint:
    { struct Thing { at: chrono::NaiveDate } } becomes { struct Thing { at: chrono::NaiveDateTime } }
}
change! { forbidding_zero_changes_the_fingerprint:
    { struct Thing { n: u32 } } becomes { struct Thing { n: std::num::NonZeroU32 } }
}
change! { swapping_the_parts_of_a_tuple_changes_the_fingerprint:
    { struct Thing(u8, i8); } becomes { struct Thing(i8, u8); }
}
change! { lengthening_an_array_changes_the_fingerprint:
    { struct Thing { a: [u8; 3] } } becomes { struct Thing { a: [u8; 4] } }
}
change! { swapping_key_and_value_of_a_map_changes_the_fingerprint:
    { struct Thing { m: BTreeMap<u8, i8> } } becomes { struct Thing { m: BTreeMap<i8, u8> } }
}
change! { reordering_variants_changes_the_fingerprint:
    { enum Thing { Free, Pro, Admin } } becomes { enum Thing { Admin, Free, Pro } }
}
change! { renaming_a_variant_changes_the_fingerprint:
    { enum Thing { Free, Pro } } becomes { enum Thing { Free, Paid } }
}
change! { appending_a_variant_changes_the_fingerprint:
    { enum Thing { Free, Pro } } becomes { enum Thing { Free, Pro, Admin } }
}
change! { removing_a_variant_changes_the_fingerprint:
    { enum Thing { Free, Pro } } becomes { enum Thing { Free } }
}
change! { giving_a_variant_a_payload_changes_the_fingerprint:
    { enum Thing { Free, Pro } } becomes { enum Thing { Free, Pro(u8) } }
}
change! { retyping_the_payload_of_the_last_variant_changes_the_fingerprint:
    { enum Thing { A, B, C(u8) } } becomes { enum Thing { A, B, C(u16) } }
}
change! { naming_the_parts_of_a_payload_changes_the_fingerprint:
    { enum Thing { A(u8) } } becomes { enum Thing { A { a: u8 } } }
}
change! { retyping_a_field_of_a_variant_changes_the_fingerprint:
    { enum Thing { A { a: u8, b: Vec<u8> } } } becomes { enum Thing { A { a: u8, b: Vec<i8> } } }
}
change! { retyping_behind_a_recursion_changes_the_fingerprint:
    { struct Thing { next: Option<Box<Thing>>, last: u8 } } becomes
    { struct Thing { next: Option<Box<Thing>>, last: u16 } }
}
change! { retyping_behind_a_field_that_takes_no_sample_changes_the_fingerprint:
    { struct Thing { a: Unpleasable, b: u8 } } becomes { struct Thing { a: Unpleasable, b: u16 } }
}

#[test]
fn renaming_a_field_far_below_changes_the_fingerprint() {
    type Thing<T> = BTreeMap<String, Vec<Option<Result<(u8, T), String>>>>;
    let before = {
        #[derive(Serialize, Deserialize)]
        struct Part {
            old: u8,
        }
        fingerprint::<Thing<Part>>()
    };
    let after = {
        #[derive(Serialize, Deserialize)]
        struct Part {
            new: u8,
        }
        fingerprint::<Thing<Part>>()
    };

    assert_ne!(before, after);
}

/// Takes no text at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Unpleasable(String);

impl TryFrom<String> for Unpleasable {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} does not please"))
    }
}

mod old {
    #[derive(Debug, Clone, PartialEq, super::Serialize, super::Deserialize)]
    pub(super) enum Plan {
        Free,
        Admin,
    }
}

mod new {
    #[derive(Debug, Clone, PartialEq, super::Serialize, super::Deserialize)]
    pub(super) enum Plan {
        Admin,
        Free,
    }
}

#[test]
fn an_entry_of_the_old_layout_is_a_miss_under_every_codec() {
    for codec in CODECS {
        let bytes = write(&old::Plan::Free, codec).unwrap();

        assert_eq!(read::<new::Plan>(&bytes), Err(MissReason::OtherLayout), "{codec:?}");
        assert_eq!(read::<old::Plan>(&bytes), Ok(old::Plan::Free), "{codec:?}");
    }
}

#[test]
fn an_entry_of_another_type_is_a_miss() {
    for codec in POSITIONAL {
        let bytes = write(&1_u32, codec).unwrap();

        assert_eq!(read::<i32>(&bytes), Err(MissReason::OtherLayout));
        assert_eq!(read::<Vec<u32>>(&bytes), Err(MissReason::OtherLayout));
    }
}

mod hidden_before {
    #[derive(Debug, Clone, PartialEq, super::Serialize, super::Deserialize)]
    #[serde(tag = "t")]
    pub(super) enum Event {
        Sold { price: u8 },
    }
}

mod hidden_after {
    #[derive(Debug, Clone, PartialEq, super::Serialize, super::Deserialize)]
    #[serde(tag = "t")]
    pub(super) enum Event {
        Sold { cents: u8 },
    }
}

#[test]
fn a_change_that_the_fingerprint_cannot_see_is_a_miss_because_the_codec_names_everything() {
    for codec in SELF_DESCRIBING {
        let bytes = write(&hidden_before::Event::Sold { price: 5 }, codec).unwrap();

        assert_eq!(read::<hidden_after::Event>(&bytes), Err(MissReason::Undecodable), "{codec:?}");
    }
}
