//! Keys of fragments: a readable name, and a digest that is kept for ever.

use std::collections::{BTreeMap, HashSet};

use cache_runtime::fragment::{Vary, keyed, make_fragment_key};
use cache_runtime::key;
use proptest::prelude::*;

/// The digest in a key.
fn digest(name: &str, vary: &[&dyn Vary]) -> String {
    let key = make_fragment_key(name, vary).into_string();
    key.strip_prefix(&format!("fragment:{name}:")).expect("a key begins with its name").to_owned()
}

#[test]
fn fr001_without_vary_values_it_is_the_name_and_the_digest_of_nothing() {
    let key = make_fragment_key("a.fragment", &[]);

    // The first half of SHA-256 of no bytes.
    assert_eq!(key, "fragment:a.fragment:e3b0c44298fc1c149afbf4c8996fb924");
}

#[test]
fn fr002_one_text_has_a_digest_that_is_known() {
    // printf 's\x03\0\0\0\0\0\0\0abc' | sha256sum | cut -c 1-32
    assert_eq!(digest("foo", &[&"abc"]), "738cc6a4aeca85404f503c399ed1bf53");
}

#[test]
fn fr003_two_texts_have_a_digest_that_is_known() {
    assert_eq!(digest("bar", &[&"abc", &"def"]), "7af4cc493d18201a70521230c7fbf1d9");
}

#[test]
fn fr004_separators_in_values_need_no_escaping() {
    assert_eq!(digest("spam", &[&"abc:def%"]), "0774e72efd6e0bc4b257c1d9f81e848f");
}

#[test]
fn fr005_numbers_go_in_as_their_text() {
    assert_eq!(digest("foo", &[&1, &2, &3, &4, &5]), "8e5db2e3ff43586c8e9107d67e53035d");
}

#[test]
fn fr008_values_are_delimited_by_their_length() {
    let left = make_fragment_key("card", &[&"a:b", &"c"]);
    let right = make_fragment_key("card", &[&"a", &"b:c"]);

    assert_ne!(left, right);
}

#[test]
fn values_of_every_kind_differ_from_all_others() {
    let (none, some) = (None::<u8>, [1_u8]);
    let map = BTreeMap::from([("a", 1)]);
    let values: &[&[&dyn Vary]] = &[
        &[],
        &[&1],
        &[&"1"],
        &[&1.0],
        &[&true],
        &[&"true"],
        &[&'t'],
        &[&none],
        &[&""],
        &[&some],
        &[&[[1_u8]]],
        &[&[1_u8, 2]],
        &[&1, &2],
        &[&Vec::<u8>::new()],
        &[&map],
        &[&-1],
        &[&keyed(&1)],
    ];

    let digests: HashSet<_> = values.iter().map(|vary| digest("card", vary)).collect();

    assert_eq!(digests.len(), values.len());
}

#[test]
fn integers_of_all_sizes_are_one_type() {
    let expected = digest("card", &[&7_u64]);

    let all: [&dyn Vary; 12] =
        [&7_u8, &7_u16, &7_u32, &7_u128, &7_usize, &7_i8, &7_i16, &7_i32, &7_i64, &7_i128, &7_isize, &&7_u64];
    for integer in all {
        assert_eq!(digest("card", &[integer]), expected);
    }
}

#[test]
fn an_option_is_its_value_or_nothing() {
    assert_eq!(digest("card", &[&Some(7)]), digest("card", &[&7]));
    assert_ne!(digest("card", &[&None::<u8>]), digest("card", &[]));
}

#[test]
fn text_is_text_whatever_owns_it() {
    let expected = digest("card", &[&"Ada"]);

    let all: [&dyn Vary; 4] = [
        &"Ada".to_owned(),
        &std::borrow::Cow::Borrowed("Ada"),
        &Box::<str>::from("Ada"),
        &std::sync::Arc::<str>::from("Ada"),
    ];
    for text in all {
        assert_eq!(digest("card", &[text]), expected);
    }
}

#[test]
fn other_types_vary_by_their_text_in_keys() {
    let date = chrono::NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();

    assert_ne!(digest("card", &[&keyed(&date)]), digest("card", &[&keyed(&date.succ_opt().unwrap())]));
    assert_ne!(digest("card", &[&key::display(&1.5)]), digest("card", &[&key::display(&2.5)]));
}

#[test]
fn names_of_any_form_make_keys_of_bounded_length() {
    let key = make_fragment_key(&"long name: ".repeat(100), &[&1]);

    assert!(key.as_str().len() <= key::KEY_LIMIT);
    assert_ne!(key, make_fragment_key(&"long name: ".repeat(100), &[&2]));
}

proptest! {
    #[test]
    fn different_lists_of_texts_have_different_keys(left: Vec<String>, right: Vec<String>) {
        fn key(texts: &[String]) -> String {
            let values: Vec<&dyn Vary> = texts.iter().map(|text| text as &dyn Vary).collect();
            digest("card", &values)
        }

        prop_assert_eq!(left == right, key(&left) == key(&right));
    }
}
