//! `#[derive(KeyPart)]`: values that differ have keys that differ.

use std::collections::HashSet;

use cache_runtime::KeyPart;
use cache_runtime::key::KeyBuf;
use proptest::prelude::*;

fn text(part: &impl KeyPart) -> String {
    let mut key = KeyBuf::new();
    key.part(part);
    String::from_utf8(key.as_bytes().to_vec()).expect("a key is text")
}

#[derive(KeyPart)]
struct Unit;

#[derive(KeyPart)]
struct Id(u64);

#[derive(KeyPart)]
struct Pair(String, Option<u8>);

#[derive(KeyPart)]
struct Page<'a, T, const N: usize>
where
    T: Clone,
{
    title: &'a str,
    parts: [T; N],
}

#[derive(KeyPart)]
#[allow(dead_code, reason = "`Never` has no value")]
enum Never {}

#[derive(KeyPart, Clone, Debug, PartialEq, Eq, Hash)]
enum Plan {
    Free,
    Paid(u32),
    Team { seats: u16, owner: String },
    Nested(Box<Plan>, Vec<Plan>),
    r#Raw,
}

#[test]
fn a_struct_of_one_field_is_that_field() {
    assert_eq!(text(&Id(7)), "7");
}

#[test]
fn fields_stand_in_parentheses() {
    assert_eq!(text(&Unit), "()");
    assert_eq!(text(&Pair("a,b".to_owned(), None)), "(a%2Cb,!,)");
    assert_eq!(text(&Page { title: "t", parts: [Id(1), Id(2)].map(|id| id.0) }), "(t,[1,2],)");
}

#[test]
fn a_variant_begins_with_its_name() {
    assert_eq!(text(&Plan::Free), "Free");
    assert_eq!(text(&Plan::Raw), "Raw");
    assert_eq!(text(&Plan::Paid(3)), "Paid(3,)");
    assert_eq!(text(&Plan::Team { seats: 2, owner: "a)".to_owned() }), "Team(2,a%29,)");
}

#[test]
fn a_type_without_values_is_a_part() {
    fn is_part<T: KeyPart>() {}

    is_part::<Never>();
}

fn plans() -> impl Strategy<Value = Plan> {
    let leaf = prop_oneof![
        Just(Plan::Free),
        Just(Plan::Raw),
        (0..4_u32).prop_map(Plan::Paid),
        (0..3_u16, "[a,()]{0,3}").prop_map(|(seats, owner)| Plan::Team { seats, owner }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..3))
            .prop_map(|(one, more)| Plan::Nested(Box::new(one), more))
    })
}

proptest! {
    #[test]
    fn values_and_keys_are_one_to_one(plans in prop::collection::vec(plans(), 2..40)) {
        let values: HashSet<_> = plans.iter().cloned().collect();
        let keys: HashSet<_> = plans.iter().map(text).collect();

        prop_assert_eq!(values.len(), keys.len());
    }
}
