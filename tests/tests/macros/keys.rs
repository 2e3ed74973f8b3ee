//! Keys: what a template renders, and what the derived key is.

use std::fmt::Debug;

use cache_runtime::key::{digest, display};
use cache_runtime::{KeyPart, cached};

use crate::stage::alone;

mod first {
    #[cache_runtime::cached]
    pub(crate) fn name(n: u32) -> String {
        format!("first {n}")
    }
}

mod second {
    #[cache_runtime::cached]
    pub(crate) fn name(n: u32) -> String {
        format!("second {n}")
    }
}

#[test]
fn two_functions_of_one_name_share_nothing() {
    let results = alone(|| [first::name(1), second::name(1)]);

    assert_eq!(results, ["first 1", "second 1"]);
    assert_eq!(first::name::key(1).as_str(), "macros::keys::first::name(1)");
}

#[cached]
fn derived<T, const N: usize>(text: &str, option: Option<u8>, list: &[T; N]) -> usize
where
    T: KeyPart,
{
    text.len() + list.len() + usize::from(option.unwrap_or(0))
}

#[test]
fn a_derived_key_has_the_path_the_types_and_every_argument() {
    let key = derived::key("a,b", Some(1), &[1_u8, 2]);

    assert_eq!(key.as_str(), "macros::keys::derived<u8,2>(a%2Cb,+1,[1,2])");
}

#[cached(ignore(second, T), force_refresh = fresh)]
fn partly<T>(first: u8, second: &T, fresh: bool) -> u8 {
    let _ = (second, fresh);
    first
}

#[test]
fn a_derived_key_leaves_out_what_is_ignored_and_the_flag() {
    assert_eq!(partly::key(1).as_str(), "macros::keys::partly(1)");
}

struct User {
    id: u64,
    name: String,
}

impl User {
    fn shard(&self) -> u64 {
        self.id % 10
    }
}

#[cached(
    key = "{{user}}:{user.id}/{user.shard()}|{user.name}@{page + 1}:{display(&user.id)}:{digest(&user.name)}"
)]
fn expressions(user: &User, page: u32) -> u64 {
    user.id + u64::from(page)
}

#[test]
fn a_placeholder_takes_any_expression_over_the_arguments() {
    let user = User { id: 42, name: "Ada L.".to_owned() };

    let key = expressions::key(&user, 1);

    assert!(key.as_str().starts_with("{user}:42/2|Ada%20L.@2:42:"), "{key}");
    assert_eq!(key.as_str().len(), "{user}:42/2|Ada%20L.@2:42:".len() + 32);
}

trait Kind {
    const NAME: &'static str;
}

struct Cat;

impl Kind for Cat {
    const NAME: &'static str = "cat";
}

#[cached(key = "animal:{K::NAME}:{n}")]
fn animal<K: Kind>(n: u32) -> String {
    format!("{}{n}", K::NAME)
}

#[test]
fn a_placeholder_may_ask_a_type_parameter() {
    assert_eq!(animal::key::<Cat>(3).as_str(), "animal:cat:3");
}

#[cached(key = "raw:{type}:{r#match}")]
fn raw(r#type: u8, r#match: u8) -> u8 {
    r#type + r#match
}

#[test]
fn raw_names_are_named_without_their_mark() {
    assert_eq!(raw::key(1, 2).as_str(), "raw:1:2");
}

#[cached(key = "braces:{match n { 0 => \"{\", _ => \"}\" }}:{format!(\"{n}-{}\", '}')}")]
fn braces(n: u8) -> u8 {
    n
}

#[test]
fn braces_in_an_expression_do_not_end_a_placeholder() {
    assert_eq!(braces::key(0).as_str(), "braces:%7B:0-%7D");
}

#[cached(key = "two:{a}:{b}")]
fn two(a: &str, b: &str) -> String {
    format!("{a}|{b}")
}

#[test]
fn a_value_cannot_imitate_the_separator() {
    let results = alone(|| [two("a:b", "c"), two("a", "b:c")]);

    assert_eq!(results, ["a:b|c", "a|b:c"]);
}

#[cached]
fn shown(value: impl KeyPart + Debug) -> String {
    format!("{value:?}")
}

#[test]
fn values_of_different_types_do_not_share_a_derived_key() {
    let results = alone(|| [shown("1"), shown(1_u8), shown(1_u8)]);

    assert_eq!(results, ["\"1\"", "1", "1"]);
    let bytes: &[u8; 1] = &[1];
    assert_eq!(shown::key(bytes).as_str(), "macros::keys::shown<%26%5Bu8%3B%201%5D>([1])");
}

#[cached(key = "sized:{T}:{value}")]
fn sized<T: KeyPart>(value: T) -> usize {
    let _ = value;
    size_of::<T>()
}

#[test]
fn a_key_that_names_the_type_keeps_equal_text_apart() {
    let results = alone(|| [sized(1_u8), sized(1_u16)]);

    assert_eq!(results, [1, 2]);
    assert_eq!(sized::key(1_u8).as_str(), "sized:u8:1");
}

#[cached(key = "sum:{list}")]
fn sum<const N: usize>(list: &[u32; N]) -> u32 {
    list.iter().sum()
}

#[test]
fn the_length_of_an_array_in_the_key_is_told_by_its_elements() {
    let results = alone(|| [sum(&[1, 2]), sum(&[1, 2, 3]), sum(&[])]);

    assert_eq!(results, [3, 6, 0]);
}

#[cached(key = "loud:{name.as_ref()}")]
fn loud(name: impl AsRef<str>) -> String {
    name.as_ref().to_uppercase()
}

#[test]
fn an_expression_says_what_matters_of_a_type_without_a_name() {
    let results = alone(|| [loud("ada"), loud(String::from("ada"))]);

    assert_eq!(results, ["ADA", "ADA"]);
    assert_eq!(loud::key("ada").as_str(), "loud:ada");
}

struct Shelf<T>(T);

impl<T: Default> Shelf<T> {
    #[cached(key = "width:{Self}", ignore(self))]
    fn width(&self) -> usize {
        size_of::<T>()
    }
}

#[test]
fn a_key_may_name_the_type_that_a_method_is_of() {
    let results = alone(|| [Shelf(1_u8).width(), Shelf(1_u32).width()]);

    assert_eq!((results, Shelf(1_u8).0), ([1, 4], 1));
}

fn pick(first: bool) -> (String, u32) {
    if first {
        #[cached]
        fn get(n: u32) -> u32 {
            n + 100
        }
        (get::key(1).into_string(), get(1))
    } else {
        #[cached]
        fn get(n: u32) -> u32 {
            n + 200
        }
        (get::key(1).into_string(), get(1))
    }
}

#[test]
fn functions_of_one_name_in_two_blocks_share_nothing() {
    let ((first, one), (second, two)) = alone(|| (pick(true), pick(false)));

    assert_eq!((one, two), (101, 201));
    assert_ne!(first, second);
    for key in [first, second] {
        assert!(key.starts_with("macros::keys::pick::get#") && key.ends_with("(1)"), "{key}");
    }
}

struct Made<const N: u32>;

macro_rules! in_a_constant {
    ($($added:literal)*) => {$(
        const _: () = {
            #[cached]
            fn get(n: u32) -> u32 {
                n + $added
            }

            #[cached(companions = false)]
            fn alone(n: u32) -> u32 {
                n + $added
            }

            impl Made<$added> {
                fn get() -> [u32; 2] {
                    [get(1), alone(1)]
                }
            }
        };
    )*};
}

in_a_constant!(100 200);

#[test]
fn functions_that_one_macro_makes_share_nothing() {
    let results = alone(|| [Made::<100>::get(), Made::<200>::get()]);

    assert_eq!(results, [[101, 101], [201, 201]]);
}

trait Measured {
    fn measure(&self) -> u32;
}

fn measure_in_two_blocks() -> [(u32, u32); 2] {
    let first = {
        struct Local;
        impl Local {
            #[cached(ignore(self))]
            fn own(&self) -> u32 {
                1
            }
        }
        impl Measured for Local {
            #[cached(companions = false, ignore(self))]
            fn measure(&self) -> u32 {
                10
            }
        }
        (Local.own(), Local.measure())
    };
    let second = {
        struct Local;
        impl Local {
            #[cached(ignore(self))]
            fn own(&self) -> u32 {
                2
            }
        }
        impl Measured for Local {
            #[cached(companions = false, ignore(self))]
            fn measure(&self) -> u32 {
                20
            }
        }
        (Local.own(), Local.measure())
    };
    [first, second]
}

#[test]
fn methods_of_types_of_one_name_in_two_blocks_share_nothing() {
    assert_eq!(alone(measure_in_two_blocks), [(1, 10), (2, 20)]);
}

fn nested() -> String {
    #[cached]
    fn inner(n: u32) -> u32 {
        n
    }
    inner::key(1).into_string()
}

#[test]
fn a_function_that_is_alone_at_its_path_has_no_digest() {
    assert_eq!(nested(), "macros::keys::nested::inner(1)");
}

#[cached]
fn brief(n: u8) -> u8 {
    n
}

#[test]
fn a_hit_by_a_derived_key_allocates_nothing() {
    assert_eq!((brief(1), brief(1)), (1, 1));

    let hit = allocation_counter::measure(|| assert_eq!(brief(1), 1));

    assert_eq!(hit.count_total, 0);
}

#[cached]
fn joined(list: &[&str]) -> usize {
    list.len()
}

#[test]
fn an_empty_list_is_not_a_list_of_an_empty_text() {
    let results = alone(|| [joined(&[]), joined(&[""]), joined(&["", ""])]);

    assert_eq!(results, [0, 1, 2]);
}
