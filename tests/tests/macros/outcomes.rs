//! What is stored: `Ok` and `Some`, whatever the type is called; `Err` and `None` where it is said.

use std::sync::Arc;

use cache_runtime::cached;
use serde::{Deserialize, Serialize};

use crate::stage::{Runs, alone, in_time};

macro_rules! runs_of_failures {
    ($($name:ident: $(#[$options:meta])* $returned:ty, $failure:expr, $runs:literal;)*) => {$(
        #[test]
        fn $name() {
            static RUNS: Runs = Runs::none();
            $(#[$options])*
            fn failing(n: u32) -> $returned {
                RUNS.count();
                let _ = n;
                $failure
            }

            alone(|| { let _ = (failing(1), failing(1)); });

            assert_eq!(RUNS.so_far(), $runs);
        }
    )*};
}

type Mine<T> = Result<T, String>;
type Maybe = Option<u32>;

runs_of_failures! {
    an_error_is_not_stored: #[cached(key = "a:{n}")] Result<u32, String>, Err(String::new()), 2;
    an_io_error_is_not_stored: #[cached(key = "b:{n}")] std::io::Result<u32>, Err(std::io::Error::other("no")), 2;
    an_anyhow_error_is_not_stored: #[cached(key = "c:{n}")] anyhow::Result<u32>, Err(anyhow::anyhow!("no")), 2;
    an_error_behind_an_alias_is_not_stored: #[cached(key = "d:{n}")] Mine<u32>, Err(String::new()), 2;
    none_is_not_stored: #[cached(key = "e:{n}")] Option<u32>, None, 2;
    none_behind_an_alias_is_not_stored: #[cached(key = "f:{n}")] Maybe, None, 2;
    an_error_is_stored_where_it_is_said: #[cached(key = "g:{n}", cache_err)] Mine<u32>, Err(String::new()), 1;
    none_is_stored_where_it_is_said: #[cached(key = "h:{n}", cache_none)] Maybe, None, 1;
    ok_of_none_is_a_value: #[cached(key = "i:{n}")] Mine<Option<u32>>, Ok(None), 1;
    a_result_of_another_kind_is_a_value: #[cached(key = "j:{n}")] other::Result, other::Result(1), 1;
    a_stated_outcome_is_believed: #[cached(key = "k:{n}", outcome = plain)] Maybe, None, 1;
    a_local_error_is_stored_where_it_is_said: #[cached(key = "l:{n}", local, cache_err)] Result<u32, Bare>, Err(Bare), 1;
}

/// Neither serde nor anything but `Clone`.
#[derive(Clone, PartialEq, Debug)]
struct Bare;

mod other {
    #[derive(Clone, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Result(pub(crate) u32);
}

#[cached(key = "times:{n}", cache_none = "30s", timeout = 60)]
fn times(n: u32) -> Option<u32> {
    TIMES.count();
    n.checked_sub(1)
}

static TIMES: Runs = Runs::none();

#[test]
fn a_stored_none_has_a_time_of_its_own() {
    let runs = in_time(|advance| {
        let _ = (times(0), times(1));
        advance(31);
        let _ = (times(0), times(1));
        TIMES.so_far()
    });

    assert_eq!(runs, 3);
}

#[cached(key = "arc:{n}")]
fn arc(n: u32) -> Arc<String> {
    Arc::new(n.to_string())
}

#[test]
fn a_returned_arc_is_kept_as_it_is() {
    let (first, second) = alone(|| (arc(1), arc(1)));

    assert!(Arc::ptr_eq(&first, &second));
}

#[cached(key = "unsized:{n}")]
fn unsized_arc(n: u32) -> Arc<str> {
    n.to_string().into()
}

#[cached(key = "inside:{n}")]
fn arc_inside(n: u32) -> Result<Arc<String>, String> {
    Ok(Arc::new(n.to_string()))
}

#[test]
fn an_arc_of_an_unsized_value_or_in_a_result_is_kept() {
    let (texts, inside) = alone(|| ([unsized_arc(1), unsized_arc(1)], (arc_inside(1), arc_inside(1))));

    assert_eq!(&*texts[1], "1");
    assert!(Arc::ptr_eq(&inside.0.unwrap(), &inside.1.unwrap()));
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Own {
    text: String,
}

#[cached(key = "own:{n}")]
fn own(n: u32) -> Own {
    Own { text: n.to_string() }
}

#[test]
fn a_type_of_ones_own_is_a_value() {
    let results = alone(|| [own(1), own(1)]);

    assert_eq!(results[1], Own { text: "1".to_owned() });
}

static LOCAL: Runs = Runs::none();

#[cached(key = "local:{n}", local)]
fn local(n: u32) -> Option<Bare> {
    LOCAL.count();
    (n > 0).then_some(Bare)
}

#[cached(key = "static:{n}", local)]
fn borrowed_for_ever(n: u32) -> &'static str {
    if n == 0 { "none" } else { "some" }
}

#[test]
fn a_local_value_needs_no_serde() {
    let results = alone(|| [local(1), local(1)]);
    let text = alone(|| (borrowed_for_ever(1), borrowed_for_ever(1)));

    assert_eq!((results, LOCAL.so_far(), text.1), ([Some(Bare), Some(Bare)], 1, "some"));
}
