//! Four ways to ask for a fresh value: a flag, an expression, a companion, a scope.
//!
//! Run it by `cargo run --example force_refresh`.

use std::sync::atomic::{AtomicU32, Ordering};

use cache_runtime::{cached, force_refresh_blocking};

/// A rate that changes with every look at it.
static RATE: AtomicU32 = AtomicU32::new(100);

fn look() -> u32 {
    RATE.fetch_add(1, Ordering::Relaxed)
}

/// A flag argument of this name is never part of the key.
#[cached(key = "rate:{currency}", timeout = 3000, force_refresh)]
fn rate(currency: &str, force_refresh: bool) -> String {
    format!("{} {currency}, computed with the flag {force_refresh}", look())
}

/// What a caller may wish for.
struct Wishes {
    no_cache: bool,
}

/// Any `bool` expression over the arguments does as well.
#[cached(key = "quote:{currency}", force_refresh = wishes.no_cache, ignore(wishes))]
fn quote(currency: &str, wishes: &Wishes) -> u32 {
    let _ = (currency, wishes);
    look()
}

fn main() -> cache_runtime::Result<()> {
    assert_eq!(show("first call", &rate("EUR", false)), "100 EUR, computed with the flag false");
    assert_eq!(show("from the cache", &rate("EUR", false)), "100 EUR, computed with the flag false");

    assert_eq!(show("the flag", &rate("EUR", true)), "101 EUR, computed with the flag true");
    assert_eq!(show("what it stored", &rate("EUR", false)), "101 EUR, computed with the flag true");
    assert_eq!(rate::key("EUR").as_str(), "rate:EUR");

    let (usual, fresh) = (Wishes { no_cache: false }, Wishes { no_cache: true });
    assert_eq!((quote("EUR", &usual), quote("EUR", &usual)), (102, 102));
    assert_eq!(quote("EUR", &fresh), 103);
    show("an expression", &quote("EUR", &usual).to_string());

    // The companion drops the flag, and passes `true`.
    assert_eq!(show("the companion", &rate::refresh("EUR")), "104 EUR, computed with the flag true");

    // Every cached call inside computes, and stores what it computed.
    let inside = force_refresh_blocking(|| (rate("EUR", false), quote("EUR", &usual)));
    assert_eq!(inside, ("105 EUR, computed with the flag false".to_owned(), 106));
    assert_eq!(show("after the scope", &rate("EUR", false)), inside.0);
    assert_eq!(quote::peek("EUR")?, Some(106));
    Ok(())
}

fn show(what: &str, value: &str) -> String {
    println!("{what:>16}  {value}");
    value.to_owned()
}
