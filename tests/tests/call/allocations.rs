//! A hit in memory allocates nothing, sync or async.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use cache_runtime::Timeout;
use cache_runtime::call::{Function, Intent, Lookup, Plain, Same, Shape};
use cache_runtime::key::KeyBuf;

static FUNCTION: Function = Function::new("tests::allocations").timeout(Timeout::secs(3600));

const SHAPE: Shape<Plain<Arc<String>>, Same> = Shape::plain::<Arc<String>>().kept();

fn blocking(key: impl FnOnce(&mut KeyBuf)) -> Arc<String> {
    match FUNCTION.lookup(SHAPE, Intent::USUAL, key) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute(|| Arc::new("value".to_owned())),
    }
}

async fn asynchronous(key: impl FnOnce(&mut KeyBuf)) -> Arc<String> {
    match FUNCTION.lookup(SHAPE, Intent::USUAL, key) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute_async(async { Arc::new("value".to_owned()) }).await,
    }
}

fn poll_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a hit does not wait"),
    }
}

fn integer(out: &mut KeyBuf) {
    out.text("report:");
    out.part(&1_234_567_u64);
}

fn text(out: &mut KeyBuf) {
    out.text("report:");
    out.part("emea");
}

fn three(out: &mut KeyBuf) {
    out.text("report:");
    out.part("emea");
    out.text(":");
    out.part(&2026_u16);
    out.text(":");
    out.part(&true);
}

fn long(out: &mut KeyBuf) {
    out.text("report:");
    out.part(&*"x".repeat(100));
}

#[test]
fn a_hit_in_memory_allocates_nothing() {
    for (name, key) in [("integer", integer as fn(&mut KeyBuf)), ("text", text), ("three parts", three)] {
        let first = blocking(key);
        drop((blocking(key), poll_once(asynchronous(key))));

        let sync = measure(|| assert!(Arc::ptr_eq(&blocking(key), &first)));
        let polled = measure(|| assert!(Arc::ptr_eq(&poll_once(asynchronous(key)), &first)));

        assert_eq!((sync.count_total, polled.count_total), (0, 0), "{name}");
    }
}

#[test]
fn a_key_that_is_longer_than_its_buffer_is_still_a_hit() {
    let first = blocking(long);

    let hit = measure(|| assert!(Arc::ptr_eq(&blocking(long), &first)));

    assert!(hit.count_total >= 1, "allocations are counted, and this key does not fit the stack");
}
