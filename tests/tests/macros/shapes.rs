//! Free functions: every form of argument and of generics is cached once for each set of arguments.

use std::collections::BTreeMap;
use std::fmt::Display;

use cache_runtime::cached;
use cache_runtime::key::KeyPart;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stage::{Runs, alone, alone_async};

static PLAIN: Runs = Runs::none();

#[cached(key = "square:{n}")]
fn square(n: u64) -> u64 {
    PLAIN.count();
    n * n
}

#[test]
fn a_function_runs_once_for_each_set_of_arguments() {
    let results = alone(|| [square(3), square(3), square(4)]);

    assert_eq!((results, PLAIN.so_far()), ([9, 9, 16], 2));
}

static ASYNC: Runs = Runs::none();

#[cached(key = "greeting:{name}")]
async fn greeting(name: &str) -> String {
    tokio::task::yield_now().await;
    format!("{name} {}", ASYNC.count())
}

#[tokio::test]
async fn an_async_function_runs_once_for_each_set_of_arguments() {
    let results =
        alone_async(async { [greeting("Ada").await, greeting("Ada").await, greeting("Bob").await] }).await;

    assert_eq!(results, ["Ada 1", "Ada 1", "Bob 2"]);
}

#[test]
fn an_async_function_stays_send_and_needs_no_static_arguments() {
    fn check<F: Future + Send>(future: F) -> F {
        future
    }
    let name = String::from("Ada");

    drop(check(greeting(&name)));
}

static BORROWED: Runs = Runs::none();

#[cached(key = "sum:{numbers}:{label}:{pair}")]
fn sum(numbers: &[u32], label: &str, pair: &(u8, bool)) -> u32 {
    BORROWED.count();
    numbers.iter().sum::<u32>() + u32::from(pair.0) + u32::try_from(label.len()).unwrap_or(0)
}

#[test]
fn slices_and_other_borrowed_arguments_are_parts_of_a_key() {
    let results =
        alone(|| [sum(&[1, 2], "a", &(1, true)), sum(&[1, 2], "a", &(1, true)), sum(&[1], "a", &(1, true))]);

    assert_eq!((results, BORROWED.so_far()), ([5, 5, 3], 2));
}

struct Point {
    x: i32,
    y: i32,
    label: &'static str,
}

static PATTERNS: Runs = Runs::none();

#[cached(key = "patterns:{a}:{b}:{x}:{y}:{first}", ignore(c))]
fn patterns(
    (a, mut b): (u8, u8),
    Point { x, y, .. }: Point,
    [first, _]: [u16; 2],
    _: &Point,
    (c, _): &(u8, u8),
) -> i64 {
    let _ = c;
    PATTERNS.count();
    b += 1;
    i64::from(a) + i64::from(b) + i64::from(x) + i64::from(y) + i64::from(first)
}

#[test]
fn patterns_are_taken_apart_in_the_body_and_their_names_stand_in_the_key() {
    let call = |b| {
        patterns((1, b), Point { x: 2, y: 3, label: "p" }, [4, 0], &Point { x: 9, y: 9, label: "q" }, &(7, 8))
    };

    let (results, key) = alone(|| {
        ([call(1), call(1), call(2)], patterns::key((1, 1), Point { x: 2, y: 3, label: "p" }, [4, 0]))
    });

    assert_eq!((results, PATTERNS.so_far()), ([12, 12, 13], 2));
    assert_eq!(key.as_str(), "patterns:1:1:2:3:4");
}

#[cached]
fn derived_patterns((a, Point { label, .. }): (u8, Point), mut n: u32) -> u32 {
    n += u32::from(a);
    n + u32::try_from(label.len()).unwrap_or(0)
}

#[test]
fn a_derived_key_renders_the_names_that_patterns_bind() {
    let key = derived_patterns::key((1, Point { x: 0, y: 0, label: "ab" }), 5);

    assert_eq!(key.as_str(), "macros::shapes::derived_patterns(1,ab,5)");
}

static MUTABLE: Runs = Runs::none();

#[cached(key = "countdown:{n}")]
fn countdown(mut n: u32) -> Vec<u32> {
    MUTABLE.count();
    let mut steps = Vec::new();
    while n > 0 {
        steps.push(n);
        n -= 1;
    }
    steps
}

#[test]
fn a_mutable_argument_is_changed_in_the_body_only() {
    let results = alone(|| [countdown(2), countdown(2)]);

    assert_eq!((results, MUTABLE.so_far()), ([vec![2, 1], vec![2, 1]], 1));
}

static GENERIC: Runs = Runs::none();

#[cached(key = "text:{T}:{value}:{N}", ignore(repeated, U))]
fn text<'a, T: KeyPart + Display, U, const N: usize>(value: &'a T, repeated: &'a [U; N]) -> String
where
    U: Display + KeyPart,
    [U; N]: Sized,
{
    let _ = repeated;
    GENERIC.count();
    format!("{}:{value}", size_of::<T>())
}

#[test]
fn type_and_const_parameters_keep_entries_apart() {
    let results =
        alone(|| [text(&1_u8, &["a"]), text(&1_u8, &["a"]), text(&1_u16, &["a"]), text(&1_u8, &["a", "a"])]);

    assert_eq!(results, ["1:1", "1:1", "2:1", "1:1"]);
    assert_eq!(GENERIC.so_far(), 3);
}

#[cached(key = "parsed:{T}:{text}", outcome = plain)]
fn parsed<T>(text: &str) -> T
where
    T: std::str::FromStr + Default + Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    text.parse().unwrap_or_default()
}

#[test]
fn a_function_may_return_its_type_parameter() {
    let results = alone(|| (parsed::<u8>("7"), parsed::<i64>("-7"), parsed::peek::<u8>("7")));

    assert_eq!((results.0, results.1), (7, -7));
    assert_eq!(results.2.expect("the cache answers"), Some(7));
}

static IMPL: Runs = Runs::none();

#[cached]
fn joined(parts: impl IntoIterator<Item = &'static str> + KeyPart, _: impl Fn() -> u8) -> String {
    IMPL.count();
    parts.into_iter().collect()
}

#[test]
fn impl_trait_stands_for_an_argument() {
    let results = alone(|| [joined(vec!["a", "b"], || 1), joined(vec!["a", "b"], || 2), joined(["c"], || 3)]);

    assert_eq!((results, IMPL.so_far()), (["ab".to_owned(), "ab".to_owned(), "c".to_owned()], 2));
}

#[test]
fn a_function_inside_a_function_is_cached() {
    static RUNS: Runs = Runs::none();
    #[cached]
    fn inner(n: u8) -> u8 {
        RUNS.count();
        n + 1
    }

    let (results, key) = alone(|| ([inner(1), inner(1)], inner::key(1)));

    assert_eq!((results, RUNS.so_far()), ([2, 2], 1));
    assert_eq!(key.as_str(), "macros::shapes::a_function_inside_a_function_is_cached::inner(1)");
}

static EARLY: Runs = Runs::none();

#[cached(key = "early:{text}")]
async fn early(text: &str) -> Result<u32, std::num::ParseIntError> {
    EARLY.count();
    if text.is_empty() {
        return Ok(0);
    }
    let number: u32 = text.parse()?;
    Ok(number)
}

#[tokio::test]
async fn question_marks_and_returns_leave_the_body_alone() {
    let results =
        alone_async(async { [early("").await, early("7").await, early("7").await, early("x").await] }).await;

    assert_eq!(results[..3], [Ok(0), Ok(7), Ok(7)]);
    assert!(results[3].is_err());
    assert_eq!(EARLY.so_far(), 3);
}

static RECURSIVE: Runs = Runs::none();

#[cached(key = "fibonacci:{n}")]
fn fibonacci(n: u64) -> u64 {
    RECURSIVE.count();
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

#[test]
fn recursion_is_memoised() {
    // A level of recursion takes about 30 KiB of stack without optimisation; test threads have 2 MiB only.
    let roomy = std::thread::Builder::new().stack_size(8 << 20);
    let result = roomy.spawn(|| alone(|| fibonacci(90))).unwrap().join().unwrap();

    assert_eq!((result, RECURSIVE.so_far()), (2_880_067_194_370_816_120, 91));
}

static ASYNC_RECURSIVE: Runs = Runs::none();

#[cached(key = "paths:{n}")]
async fn paths(n: u64) -> u64 {
    ASYNC_RECURSIVE.count();
    if n < 2 { 1 } else { Box::pin(paths(n - 1)).await + Box::pin(paths(n - 2)).await }
}

#[tokio::test]
async fn async_recursion_is_memoised() {
    let result = alone_async(paths(30)).await;

    assert_eq!((result, ASYNC_RECURSIVE.so_far()), (1_346_269, 31));
}

#[cached(key = "counted:{words}", companions = false)]
fn counted(words: &[&str]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry((*word).to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn a_free_function_needs_no_companions() {
    let results = alone(|| [counted(&["a", "b", "a"]), counted(&["a", "b", "a"])]);

    assert_eq!(results[0], results[1]);
    assert_eq!(results[0]["a"], 2);
}
