//! What the attribute writes, written by hand: a static, the key, a lookup, and the body.
//!
//! Run it by `cargo run --example by_hand`.

use std::num::ParseIntError;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_runtime::call::{Fallible, Function, Intent, Lookup, Shape, Verdict, Whole};
use cache_runtime::key::KeyBuf;
use cache_runtime::{Timeout, cached};

static BODIES: AtomicU32 = AtomicU32::new(0);

/// The sum of numbers in a text, by the attribute.
#[cached(key = "sum:{text}", timeout = "1m", tags = ["sums"], unless = |sum| *sum < 0)]
fn sum(text: &str) -> Result<i64, ParseIntError> {
    body(text)
}

/// The same function without the attribute.
fn sum_by_hand(text: &str) -> Result<i64, ParseIntError> {
    match SUM.lookup(SHAPE, Intent::USUAL, |key| render(key, text)) {
        Lookup::Hit(sum) => sum,
        Lookup::Miss(miss) => miss
            .tag(|tag| tag.text("sums"))
            .judge(|sum| Verdict::USUAL.unless(*sum < 0))
            .compute(|| body(text)),
    }
}

/// What the attribute says, once for all calls.
static SUM: Function = Function::new("by_hand::sum_by_hand")
    .at(file!(), line!())
    .key("sum-by-hand:{text}")
    .timeout(Timeout::secs(60));

/// What the function returns and how it is kept: `Ok` is stored, `Err` is not.
const SHAPE: Shape<Fallible<i64, ParseIntError>, Whole> = Shape::result();

/// The key, into a buffer on the stack: text as it is, arguments encoded.
fn render(key: &mut KeyBuf, text: &str) {
    key.text("sum-by-hand:");
    key.part(text);
}

fn body(text: &str) -> Result<i64, ParseIntError> {
    BODIES.fetch_add(1, Ordering::Relaxed);
    text.split('+').map(|number| number.trim().parse::<i64>()).sum()
}

/// A companion by hand.
fn invalidate_by_hand(text: &str) -> cache_runtime::Result<bool> {
    SUM.entry(SHAPE, |key| render(key, text)).blocking().invalidate()
}

fn main() -> cache_runtime::Result<()> {
    for (name, sum) in [("#[cached]", sum as fn(&str) -> _), ("by hand", sum_by_hand)] {
        println!("{name}:");
        assert_eq!(bodies_run(|| sum("1 + 2")), 1);
        assert_eq!(bodies_run(|| sum("1 + 2")), 0);
        // An `Err` is returned, not stored; so is what the closure refuses.
        assert_eq!(bodies_run(|| sum("1 + x")), 1);
        assert_eq!(bodies_run(|| sum("1 + x")), 1);
        assert_eq!(bodies_run(|| sum("1 + -2")), 1);
        assert_eq!(bodies_run(|| sum("1 + -2")), 1);
    }

    assert_eq!(sum::key("1 + 2").as_str(), "sum:1%20%2B%202");
    assert_eq!(SUM.entry(SHAPE, |key| render(key, "1 + 2")).key().as_str(), "sum-by-hand:1%20%2B%202");
    assert_eq!((SUM.hits(), SUM.computations()), (1, 5));

    assert!(invalidate_by_hand("1 + 2")?);
    assert!(!invalidate_by_hand("1 + 2")?);
    assert_eq!(bodies_run(|| sum_by_hand("1 + 2")), 1);
    Ok(())
}

/// Calls, shows, and counts the bodies that ran.
fn bodies_run(call: impl FnOnce() -> Result<i64, ParseIntError>) -> u32 {
    let before = BODIES.load(Ordering::Relaxed);
    let answer = call();
    let bodies = BODIES.load(Ordering::Relaxed) - before;
    println!("  {answer:?}, {}", if bodies == 0 { "from the cache" } else { "computed" });
    bodies
}
