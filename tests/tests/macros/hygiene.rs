//! Names: the user's own, however they are called, never meet ours.

use ::cache_runtime as renamed;
use ::cache_runtime::cached;

use crate::stage::{Runs, alone, alone_async};

#[cached(key = "{key}:{cache}:{value}:{timeout}:{result}:{self_}:{entry}:{function}", ignore(krate))]
async fn named(
    key: u8,
    cache: u8,
    value: u8,
    timeout: u8,
    result: u8,
    self_: u8,
    entry: u8,
    function: u8,
    krate: u8,
) -> u8 {
    key + cache + value + timeout + result + self_ + entry + function + krate
}

#[tokio::test]
async fn arguments_may_have_any_name() {
    let (value, peeked, set) = alone_async(async {
        let value = named(1, 2, 3, 4, 5, 6, 7, 8, 9).await;
        let peeked = named::peek(1, 2, 3, 4, 5, 6, 7, 8).await.unwrap();
        named::set(1, 2, 3, 4, 5, 6, 7, 8, &99).await.unwrap();
        (value, peeked, named(1, 2, 3, 4, 5, 6, 7, 8, 9).await)
    })
    .await;

    assert_eq!((value, peeked, set), (45, Some(45), 99));
}

#[cached(key = "unused:{n}", ignore(_context))]
fn unused(_context: &str, n: u8) -> u8 {
    n
}

#[test]
fn an_argument_that_is_not_used_may_say_so() {
    assert_eq!(alone(|| unused("x", 1)), 1);
}

macro_rules! make {
    ($name:ident, $template:literal, $argument:ident) => {
        #[cached(key = $template)]
        fn $name($argument: u32, other: u32) -> u32 {
            $argument + other
        }
    };
}

make!(made, "made:{n}:{other}", n);

macro_rules! make_whole {
    ($name:ident) => {
        #[cached(key = "whole:{inside}", timeout = "1m")]
        fn $name(inside: u32) -> u32 {
            inside * 2
        }
    };
}

make_whole!(whole);

#[test]
fn functions_may_come_out_of_macros() {
    let (made, key, whole) = alone(|| (made(1, 2), made::key(1, 2), (whole(4), whole::peek(4).unwrap())));

    assert_eq!((made, key.as_str(), whole), (3, "made:1:2", (8, Some(8))));
}

mod shadowed {
    //! A place where the names of the prelude mean something else.
    #![allow(dead_code, non_camel_case_types)]

    use crate::stage::Runs;

    pub(crate) static RUNS: Runs = Runs::none();

    struct Option;
    struct Some;
    struct Result;
    struct String;
    struct Vec;
    struct Duration;
    struct str_;
    mod std {}
    mod core {}
    mod cache_runtime {}

    #[::cache_runtime::cached(key = "shadowed:{n}", timeout = "1m", unless = |v| *v == 0, tags = ["t:{n}"])]
    pub(crate) fn shadowed(n: u32) -> u64 {
        RUNS.count();
        u64::from(n)
    }
}

#[test]
fn names_of_the_prelude_may_be_shadowed() {
    let results =
        alone(|| (shadowed::shadowed(1), shadowed::shadowed(1), shadowed::shadowed::peek(1).unwrap()));

    assert_eq!((results, shadowed::RUNS.so_far()), ((1, 1, Some(1)), 1));
}

#[renamed::cached(key = "renamed:{n}", crate = renamed, cache_err, tags = ["r"], timeout = |v| u64::from(*v))]
fn through_another_name(n: u32) -> Result<u32, String> {
    Ok(n)
}

#[derive(renamed::KeyPart)]
#[key_part(crate = renamed)]
struct Part(u32);

#[test]
fn the_runtime_may_have_another_name() {
    let value = alone(|| (through_another_name(60), through_another_name::peek(60).unwrap()));
    let mut key = renamed::key::KeyBuf::new();
    key.part(&Part(5));

    assert_eq!((value, key.as_bytes()), ((Ok(60), Some(60)), b"5".as_slice()));
}

static DEFAULT_ARGUMENT: Runs = Runs::none();

#[cached(key = "closure:{n}:{(|n: u32| n + 1)(n)}", unless = |n| *n == 7)]
fn closures_bind_their_own(n: u32) -> u32 {
    DEFAULT_ARGUMENT.count();
    n
}

#[test]
fn a_closure_may_bind_the_name_of_an_argument() {
    let results =
        alone(|| [closures_bind_their_own(7), closures_bind_their_own(7), closures_bind_their_own(8)]);

    assert_eq!((results, DEFAULT_ARGUMENT.so_far()), ([7, 7, 8], 3));
    assert_eq!(closures_bind_their_own::key(1).as_str(), "closure:1:2");
}

#[cached(key = "region:{region}")]
fn region(region: &str) -> usize {
    region.len()
}

#[cached(key = "country:{country}:{r#match}", force_refresh = fresh)]
async fn country(country: &str, r#match: u8, fresh: bool) -> usize {
    let _ = fresh;
    country.len() + usize::from(r#match)
}

#[tokio::test]
async fn an_argument_may_have_the_name_of_its_function() {
    let (called, refreshed) = alone(|| (region("emea"), region::refresh("emea")));
    let awaited =
        alone_async(async { (country("de", 1, false).await, country::refresh("de", 1).await) }).await;

    assert_eq!((called, refreshed, awaited), (4, 4, (3, 3)));
}
