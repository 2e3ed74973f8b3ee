//! Digests of what values serialise, as parts of keys.

use std::collections::{BTreeSet, HashMap};

use cache_runtime::key::{KeyBuf, digest_serialized};
use serde::Serialize;

fn digest_of<T: Serialize + ?Sized>(value: &T) -> String {
    let mut key = KeyBuf::new();
    key.part(&digest_serialized(value));
    key.into_key().into_string()
}

#[derive(Serialize)]
enum Shape {
    Point,
    Circle(f64),
    Box { width: f32, height: f32 },
}

#[test]
fn values_that_differ_have_different_digests() {
    let digests = [
        digest_of(&["ab", "c"]),
        digest_of(&["a", "bc"]),
        digest_of(&["abc"]),
        digest_of(&vec![vec!["abc"]]),
        digest_of(&None::<u8>),
        digest_of(&Some(0_u8)),
        digest_of(&Some(Some(0_u8))),
        digest_of(&0_u8),
        digest_of(&0_u16),
        digest_of(&0.5_f64),
        digest_of(&0.25_f64),
        digest_of(&()),
        digest_of(""),
        digest_of(&Shape::Point),
        digest_of(&Shape::Circle(1.0)),
        digest_of(&Shape::Box { width: 1.0, height: 2.0 }),
        digest_of(&Shape::Box { width: 2.0, height: 1.0 }),
        digest_of(&HashMap::from([("a", "b")])),
        digest_of(&HashMap::from([("b", "a")])),
        digest_of(&HashMap::from([("a", "a"), ("b", "b")])),
    ];

    assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), digests.len());
}

#[test]
fn maps_that_hold_the_same_have_the_same_digest() {
    let entries = || (0..100_u32).map(|number| (number, number.to_string()));
    let (one, other): (HashMap<_, _>, HashMap<_, _>) = (entries().collect(), entries().rev().collect());

    assert_eq!(digest_of(&one), digest_of(&other));
}

#[test]
fn the_digest_of_a_release_is_that_of_the_next() {
    // In a shared store another digest would be a miss of everything that was stored before.
    assert_eq!(digest_of(&(1_u8, "text")), "782e53f716ea6ea58d35f6788ef002ec");
}
