//! Properties that hold for values and bytes of all kinds.

use std::collections::BTreeMap;

use bytes::Bytes;
use cache_runtime::base::entry::{Kind, TagStamp};
use cache_runtime::codec::{as_integer, encode, encode_integer, from_integer, open};
use cache_runtime::{Codec, Compression};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::common::{CODECS, entry, meta, packed, plain, read};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Number(i64),
    Wide(u128, char),
    Text { text: String, float: f64 },
    Maybe(Option<Box<Tree>>),
    Many(Vec<Tree>),
    Named(BTreeMap<String, Tree>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Leaf),
        any::<i64>().prop_map(Tree::Number),
        any::<(u128, char)>().prop_map(|(number, char)| Tree::Wide(number, char)),
        (any::<String>(), proptest::num::f64::NORMAL).prop_map(|(text, float)| Tree::Text { text, float }),
    ];
    leaf.prop_recursive(6, 64, 8, |tree| {
        prop_oneof![
            proptest::option::of(tree.clone().prop_map(Box::new)).prop_map(Tree::Maybe),
            vec(tree.clone(), 0..8).prop_map(Tree::Many),
            btree_map(any::<String>(), tree, 0..8).prop_map(Tree::Named),
        ]
    })
}

fn codec() -> impl Strategy<Value = Codec> {
    proptest::sample::select(CODECS.to_vec())
}

fn compression() -> impl Strategy<Value = Option<Compression>> {
    proptest::sample::select(vec![None, Some(Compression::Lz4), Some(Compression::Zstd)])
}

fn tags() -> impl Strategy<Value = Vec<TagStamp>> {
    vec(any::<(u64, u64)>().prop_map(|(tag, version)| TagStamp { tag, version }), 0..5)
}

fn written(value: &Tree, codec: Codec, compression: Option<Compression>, tags: &[TagStamp]) -> Bytes {
    let encoding = compression.map_or(plain(codec), |compression| packed(codec, compression));
    encode(Kind::Value, value, &meta(tags), &encoding).unwrap()
}

proptest! {
    #[test]
    fn every_value_reads_back(
        value in tree(), codec in codec(), compression in compression(), tags in tags()
    ) {
        let entry = entry(&written(&value, codec, compression, &tags));

        prop_assert_eq!(&entry.tags, &tags);
        prop_assert_eq!(entry.decode::<Tree>(), Ok(value));
    }

    #[test]
    fn every_integer_reads_back(integer in any::<i64>()) {
        let text = String::from_utf8(encode_integer(integer).to_vec()).unwrap();

        prop_assert_eq!(text, integer.to_string());
        prop_assert_eq!(from_integer::<i64>(as_integer(&integer).unwrap()), Some(integer));
    }

    #[test]
    fn bytes_of_any_kind_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = read::<Tree>(&bytes.into());
    }

    #[test]
    fn an_entry_with_changed_bytes_is_read_without_a_panic(
        value in tree(), codec in codec(), compression in compression(), tags in tags(),
        changes in vec(any::<(prop::sample::Index, u8)>(), 1..6)
    ) {
        let mut bytes = written(&value, codec, compression, &tags).to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }

        let _ = read::<Tree>(&bytes.into());
    }

    #[test]
    fn an_entry_that_was_cut_off_holds_no_value(
        value in tree(), codec in codec(), compression in compression(), length in any::<prop::sample::Index>()
    ) {
        let bytes = written(&value, codec, compression, &[]);

        let cut = bytes.slice(..length.index(bytes.len()));

        prop_assert!(read::<Tree>(&cut).is_err());
    }

    #[test]
    fn an_entry_with_bytes_behind_it_holds_no_value(
        value in tree(), codec in codec(), compression in compression(), rest in vec(any::<u8>(), 1..5)
    ) {
        let bytes = [written(&value, codec, compression, &[]).to_vec(), rest].concat();

        prop_assert!(read::<Tree>(&bytes.into()).is_err());
    }

    #[test]
    fn text_is_an_integer_only_if_it_is_written_as_one(text in "[-+ 0-9]{1,22}") {
        let opened = open(&Bytes::from(text.clone()));

        let canonical = text.parse::<i64>().is_ok_and(|integer| integer.to_string() == text);
        prop_assert_eq!(opened.is_ok(), canonical);
    }
}
