//! The settings that the macros embedded are those of the program.

use cache_runtime::caches;
use cache_strict::{Db, report, square};

#[test]
fn the_settings_of_the_package_are_those_of_its_functions() {
    let aliases: Vec<String> = caches().aliases().map(str::to_owned).collect();
    let faults: Vec<String> = caches().check().iter().map(ToString::to_string).collect();

    assert_eq!(aliases, ["default", "marketing"]);
    assert_eq!(faults, [""; 0]);
}

#[test]
fn a_function_finds_the_cache_that_its_attribute_was_checked_against() {
    let report = pollster(report(&Db(1), "7", 2026));

    let stored = caches().get("marketing").expect("it is defined").blocking().get::<String>("report:7:2026");

    assert_eq!(report.as_deref(), Ok("720261"));
    assert_eq!(stored.expect("memory answers").as_deref(), Some("720261"));
}

#[test]
fn functions_without_an_alias_use_the_default() {
    assert_eq!((square(7), square::peek(7).expect("memory answers")), (49, Some(49)));
}

/// Runs a future that is ready whenever it is polled.
fn pollster<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::yield_now();
    }
}
