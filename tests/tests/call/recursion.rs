//! A key that is asked for from within its own computation is noticed, and run through.

use std::pin::Pin;

use cache_runtime::call::Function;

use crate::stage::{ALL, KEEPING, Stage, ask, ask_blocking, function};

#[test]
fn a_function_that_asks_for_its_own_key_returns() {
    for alias in ALL {
        let (stage, function) = (Stage::new(), function(alias));

        let value = stage
            .caches
            .clone()
            .scope_blocking(|| ask_blocking(function, "key", || 1 + ask_blocking(function, "key", || 10)));

        assert_eq!(value, 11);
        assert_eq!((stage.stats(alias).bypasses, stage.stats(alias).waits), (1, 0), "{alias}");
    }
}

#[test]
fn an_async_function_that_asks_for_its_own_key_returns() {
    for alias in ALL {
        let (stage, function) = (Stage::new(), function(alias));

        let body = async { 1 + ask(function, "key", async { 10 }).await };
        let value = stage.start(ask(function, "key", body)).now();

        assert_eq!(value, 11);
        assert_eq!((stage.stats(alias).bypasses, stage.stats(alias).waits), (1, 0), "{alias}");
    }
}

#[test]
fn two_keys_that_ask_for_each_other_return() {
    for alias in ALL {
        let (stage, function) = (Stage::new(), function(alias));

        let blocking = stage.caches.clone().scope_blocking(|| {
            ask_blocking(function, "a", || {
                1 + ask_blocking(function, "b", || 10 + ask_blocking(function, "a", || 100))
            })
        });
        let inner = async { 10 + ask(function, "d", async { 100 }).await };
        let outer = async { 1 + ask(function, "c", inner).await };
        let polled = stage.start(ask(function, "d", outer)).now();

        assert_eq!((blocking, polled), (111, 111), "{alias}");
        assert_eq!(stage.flights(alias), 0);
    }
}

#[test]
fn a_synchronous_call_inside_of_an_async_body_notices_its_key() {
    for alias in ALL {
        let (stage, function) = (Stage::new(), function(alias));

        let body = async { 1 + ask_blocking(function, "key", || 10) };

        assert_eq!(stage.start(ask(function, "key", body)).now(), 11, "{alias}");
    }
}

fn fibonacci(function: &'static Function, n: u64) -> u64 {
    let body = || if n < 2 { n } else { fibonacci(function, n - 1) + fibonacci(function, n - 2) };
    ask_blocking(function, &format!("fibonacci:{n}"), body)
}

fn fibonacci_async(function: &'static Function, n: u64) -> Pin<Box<dyn Future<Output = u64>>> {
    Box::pin(async move {
        let body = async {
            if n < 2 {
                return n;
            }
            fibonacci_async(function, n - 1).await + fibonacci_async(function, n - 2).await
        };
        ask(function, &format!("fibonacci:{n}"), body).await
    })
}

#[test]
fn recursion_over_other_keys_is_memoised() {
    for alias in KEEPING {
        let (stage, function) = (Stage::new(), function(alias));

        let value = stage.caches.clone().scope_blocking(|| fibonacci(function, 90));

        assert_eq!(value, 2_880_067_194_370_816_120);
        assert_eq!(stage.stats(alias).computations, 91, "{alias}");
    }
}

#[test]
fn async_recursion_over_other_keys_is_memoised() {
    for alias in KEEPING {
        let (stage, function) = (Stage::new(), function(alias));

        let value = stage.run(fibonacci_async(function, 60));

        assert_eq!(value, 1_548_008_755_920);
        assert_eq!(stage.stats(alias).computations, 61, "{alias}");
    }
}
