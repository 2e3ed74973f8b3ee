//! Values that a codec would not give back are refused when they are written, with words that help.

use std::collections::{BTreeMap, HashMap};

use cache_runtime::base::error::ErrorKind;
use cache_runtime::base::event::MissReason;
use cache_runtime::codec::{MAX_DEPTH, MAX_PAYLOAD, fingerprint};
use cache_runtime::{Cacheable, Codec};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::common::{CODECS, POSITIONAL, SELF_DESCRIBING, back, read, write};

/// The text of the refusal.
fn refusal<T: Cacheable>(value: &T, codec: Codec) -> String {
    let error = write(value, codec).expect_err("the codec cannot carry it");
    assert_eq!(error.kind(), ErrorKind::Unserializable, "{error}");
    error.to_string()
}

fn is_refused_by_positional_codecs<T: Cacheable>(value: &T, name: &str) {
    for codec in POSITIONAL {
        let text = refusal(value, codec);

        assert!(text.contains(name), "{text}");
        assert!(text.contains("codec = \"msgpack\""), "{text}");
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Text(String),
    Number(u32),
}

#[test]
fn an_untagged_enum_is_refused_by_positional_codecs() {
    is_refused_by_positional_codecs(&Untagged::Number(1), "Untagged");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Text { text: String },
}

#[test]
fn an_internally_tagged_enum_is_refused_by_positional_codecs() {
    is_refused_by_positional_codecs(&Tagged::Text { text: "t".into() }, "Tagged");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "content")]
enum Adjacent {
    Text(String),
    Number(u32),
}

#[test]
fn an_adjacently_tagged_enum_of_several_layouts_is_refused_by_positional_codecs() {
    is_refused_by_positional_codecs(&Adjacent::Number(1), "Adjacent");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flattened {
    own: u8,
    #[serde(flatten)]
    others: BTreeMap<String, u8>,
}

#[test]
fn a_flattened_field_is_refused_by_positional_codecs() {
    is_refused_by_positional_codecs(&Flattened { own: 1, others: BTreeMap::new() }, "Flattened");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Document {
    title: String,
    body: serde_json::Value,
}

#[test]
fn a_json_value_is_refused_by_positional_codecs_which_say_where_it_is() {
    let document = Document { title: "t".into(), body: serde_json::json!(1) };

    is_refused_by_positional_codecs(&document, "Document");
    assert!(refusal(&document, Codec::Bincode).contains("`body`"));
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    maybe: Option<u8>,
    rest: u16,
}

#[test]
fn a_value_that_leaves_out_a_field_is_refused_by_positional_codecs() {
    is_refused_by_positional_codecs(&Skipping { maybe: None, rest: 1 }, "Skipping");
}

#[test]
fn a_left_out_field_is_noticed_after_values_that_left_out_nothing() {
    for codec in POSITIONAL {
        let whole = Skipping { maybe: Some(1), rest: 1 };
        assert_eq!(back(&whole, codec), whole);

        assert!(refusal(&Skipping { maybe: None, rest: 1 }, codec).contains("`maybe`"));
    }
}

#[test]
fn a_field_that_is_never_written_is_noticed_in_the_first_value() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct OneWay {
        #[serde(skip_serializing, default)]
        secret: u8,
        public: u8,
    }

    is_refused_by_positional_codecs(&OneWay { secret: 1, public: 2 }, "OneWay");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Newtype<T>(T);

#[test]
fn some_of_none_is_refused_where_it_would_become_none() {
    for codec in SELF_DESCRIBING {
        assert!(refusal(&Some(None::<u8>), codec).contains("codec = \"bincode\""));
        refusal(&vec![Some(Newtype(None::<u8>))], codec);
        refusal(&Some(()), codec);
        refusal(&Some(serde_json::Value::Null), codec);
    }
}

#[test]
fn options_that_stay_apart_are_carried_by_self_describing_codecs() {
    for codec in SELF_DESCRIBING {
        for value in [None, Some(vec![None]), Some(vec![Some(1_u8)])] {
            assert_eq!(back(&value, codec), value);
        }
        assert_eq!(back(&Some(Some(1_u8)), codec), Some(Some(1)));
    }
}

#[test]
fn json_refuses_floats_that_it_has_no_word_for() {
    refusal(&f64::NAN, Codec::Json);
    refusal(&Some(f32::INFINITY), Codec::Json);
}

#[test]
fn json_refuses_keys_that_are_no_text() {
    refusal(&HashMap::from([((1_u8, 2_u8), 3_u8)]), Codec::Json);
}

#[test]
fn a_payload_above_the_limit_is_too_large() {
    let value = "a".repeat(MAX_PAYLOAD);

    // Its length takes some bytes, too.
    let error = write(&value, Codec::Bincode).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

/// A list as nested as it is long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum List {
    End,
    More(Box<List>),
}

fn list(length: usize) -> List {
    (0..length).fold(List::End, |rest, _| List::More(Box::new(rest)))
}

#[test]
fn nesting_is_carried_up_to_its_limit_and_refused_beyond() {
    for codec in CODECS {
        assert_eq!(back(&list(MAX_DEPTH), codec), list(MAX_DEPTH), "{codec:?}");

        refusal(&list(MAX_DEPTH + 1), codec);
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Panics;

impl Serialize for Panics {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("the user's own Serialize panics");
    }
}

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("the user's own Deserialize panics");
    }
}

#[test]
fn a_panic_of_the_users_own_serde_code_is_a_refusal() {
    for codec in CODECS {
        refusal(&Panics, codec);
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PanicsAtSeven(u8);

impl<'de> Deserialize<'de> for PanicsAtSeven {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match u8::deserialize(input)? {
            7 => panic!("the user's own Deserialize panics"),
            number => Ok(Self(number)),
        }
    }
}

#[test]
fn a_panic_while_an_entry_is_read_is_a_miss() {
    for codec in CODECS {
        assert_eq!(back(&PanicsAtSeven(6), codec), PanicsAtSeven(6));

        let bytes = write(&PanicsAtSeven(7), codec).unwrap();

        assert_eq!(read::<PanicsAtSeven>(&bytes), Err(MissReason::Undecodable));
    }
}

#[test]
fn a_type_that_panics_has_a_fingerprint_all_the_same() {
    assert_eq!(fingerprint::<Panics>(), fingerprint::<Panics>());
}
