//! What fails while a fragment is rendered, and in its cache.

use std::num::ParseIntError;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cache_runtime::testing::Fault;
use cache_runtime::{ErrorKind, fragment};

use crate::stage::{Renders, Stage};

fn page(number: &str) -> Result<String, ParseIntError> {
    let double = fragment!(60, "double", vary = [number], {
        let number: u64 = number.parse()?;
        (number * 2).to_string()
    });
    Ok(format!("<p>{double}</p>"))
}

#[test]
fn a_question_mark_leaves_the_function_and_stores_nothing() {
    let stage = Stage::new();

    let page = stage.run(|| page("four"));

    assert!(page.is_err());
    assert_eq!(stage.entries("default"), 0);
}

#[test]
fn a_block_with_a_question_mark_is_kept_as_any_other() {
    let stage = Stage::new();

    let pages = stage.run(|| [page("4"), page("4")]);

    assert_eq!(pages, [Ok("<p>8</p>".to_owned()), Ok("<p>8</p>".to_owned())]);
    assert_eq!(stage.cache("default").stats().computations, 1);
}

#[test]
fn a_question_mark_inside_of_a_macro_leaves_the_function_too() {
    fn page(number: &str) -> Result<String, ParseIntError> {
        let double = fragment!(60, "inside", format!("{}", number.parse::<u64>()? * 2));
        Ok(double.into())
    }
    let stage = Stage::new();

    assert!(stage.run(|| page("four")).is_err());
    assert_eq!(stage.run(|| page("4")), Ok("8".to_owned()));
}

#[test]
fn a_question_mark_inside_of_a_closure_is_the_closures() {
    let stage = Stage::new();

    let text = stage.run(|| {
        fragment!(60, "closure", {
            let double = |number: &str| Some(number.parse::<u64>().ok()? * 2);
            format!("{:?}", double("4"))
        })
    });

    assert_eq!(text, "Some(8)");
}

#[test]
fn a_block_that_returns_an_error_hands_it_on_and_stores_nothing() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let render = |text: &str| {
        fragment!(60, "result", {
            renders.note();
            text.parse::<u64>()
        })
    };

    let outcomes = stage.run(|| [render("four"), render("4"), render("five")]);

    assert!(outcomes[0].is_err());
    assert_eq!(
        outcomes[1..].iter().flatten().map(cache_runtime::fragment::Fragment::as_str).collect::<Vec<_>>(),
        ["4", "4"]
    );
    assert_eq!(renders.count(), 2);
}

#[test]
fn a_panic_is_the_callers_and_the_next_one_renders() {
    let stage = Stage::new();
    let render = |panics: bool| {
        fragment!(60, "panicking", {
            assert!(!panics, "the block panics");
            "text"
        })
    };

    stage.run(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| render(true))).is_err());
        assert_eq!(render(false), "text");
    });
}

#[test]
fn a_store_that_fails_costs_a_rendering_only() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = || fragment!(60, "failing", cache = "shared", renders.note());

    let texts = stage.run(|| {
        let first = card();
        stage.store.inject_all(&Fault::Fail(ErrorKind::Unavailable));
        [first, card()]
    });

    assert_eq!(texts, ["1", "2"]);
}
