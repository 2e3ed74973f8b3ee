//! Checks of operations on many keys, of abandoned calls, and of a store that keeps nothing.

use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::stage::{LONG, Stage, record, token};
use crate::backend::{Claim, Operation};
use crate::base::error::ErrorKind;

/// Names that share a beginning, and names that are patterns somewhere.
const NAMES: [&str; 12] =
    ["a:1:x", "a:1:y z", "a:10:x", "a:1", "b:1:x", "a*:x", "aa:x", "a?:x", "a[1]:x", "a_:x", "a%:x", "a\\:x"];

const PREFIXES: [(&str, &[&str]); 8] = [
    ("a:1:", &["a:1:x", "a:1:y z"]),
    ("a:10:", &["a:10:x"]),
    ("a*:", &["a*:x"]),
    ("a?:", &["a?:x"]),
    ("a[1]:", &["a[1]:x"]),
    ("a_:", &["a_:x"]),
    ("a%:", &["a%:x"]),
    ("a\\:", &["a\\:x"]),
];

pub(super) async fn clear_sees_the_prefix_only(stage: &Stage) {
    for (prefix, members) in PREFIXES {
        for name in NAMES {
            stage.set(&stage.key(name), b"value", LONG).await;
        }

        stage.done("clear", stage.backend.clear(&stage.key(prefix)).await);

        for name in NAMES {
            let is_left = stage.get(&stage.key(name)).await.is_some();
            stage.equal(
                &format!("after clear of {prefix:?}, has {name:?}"),
                is_left,
                !members.contains(&name),
            );
        }
    }
    stage.done("clear of nothing", stage.backend.clear(&stage.key("absent:")).await);
}

pub(super) async fn keys_sees_the_prefix_only(stage: &Stage) {
    for name in NAMES {
        stage.set(&stage.key(name), b"value", LONG).await;
    }
    let leased = stage.key("a:1:leased");
    stage.done(
        "acquire",
        stage.backend.acquire(&leased, token(), Duration::from_hours(1), Claim::IfAbsent, None).await,
    );
    let tag = stage.key("a:1:~t:0123456789abcdef");
    stage.done("stamp", stage.backend.stamp(&[(tag, 7)], LONG).await);

    for (prefix, members) in PREFIXES {
        let mut found = stage.done("keys", stage.backend.keys(&stage.key(prefix)).await);
        found.sort_unstable();
        let mut expected: Vec<_> = members.iter().map(|name| stage.key(name)).collect();
        expected.sort_unstable();
        stage.equal(&format!("keys of {prefix:?}"), found, expected);
    }
    let none = stage.done("keys", stage.backend.keys(&stage.key("absent:")).await);
    stage.equal("keys of an absent prefix", none, Vec::new());
}

pub(super) async fn get_many_answers_in_order(stage: &Stage) {
    let [a, b, absent] = ["a", "b", "absent"].map(|name| stage.key(name));
    stage.set(&a, b"A", LONG).await;
    stage.set(&b, b"2", LONG).await;

    let keys = [b.clone(), absent.clone(), a.clone(), b];
    let found = stage.done("get_many", stage.backend.get_many(&keys).await);
    let nothing = stage.done("get_many", stage.backend.get_many(&[]).await);

    let (a, b) = (Some(record(b"A")), Some(record(b"2")));
    stage.equal("get_many", found, vec![b.clone(), None, a, b]);
    stage.equal("get_many of nothing", nothing, Vec::new());
}

pub(super) async fn a_dropped_future_harms_nothing(stage: &Stage) {
    let (key, backend) = (stage.key("key"), &stage.backend);
    let entry = [(key.clone(), Bytes::from_static(b"abandoned"))];
    let keys = [key.clone()];
    for _ in 0..20 {
        abandon(backend.get(&key));
        abandon(backend.get_many(&keys));
        abandon(backend.set(&key, entry[0].1.clone(), LONG));
        abandon(backend.set_many(&entry, LONG));
        abandon(backend.add(&key, entry[0].1.clone(), LONG));
        abandon(backend.incr(&key, 1));
        abandon(backend.delete(&key));
        abandon(backend.keys(&key));
        abandon(backend.clear(&key));
    }

    let other = stage.key("other");
    stage.set(&other, b"value", LONG).await;
    if backend.capability().keeps {
        stage.holds(&other, b"value").await;
    }
}

/// Begins a call and drops it.
fn abandon<T>(mut call: Operation<'_, T>) {
    let mut context = Context::from_waker(Waker::noop());
    let _ = call.as_mut().poll(&mut context);
}

pub(super) async fn nothing_is_kept(stage: &Stage) {
    let (key, backend) = (stage.key("key"), &stage.backend);
    let keys = [key.clone(), stage.key("other")];

    stage.set(&key, b"1", LONG).await;
    stage.done("set_many", backend.set_many(&[(key.clone(), Bytes::from_static(b"1"))], LONG).await);

    for _ in 0..2 {
        let added = stage.done("add", backend.add(&key, Bytes::from_static(b"1"), LONG).await);
        stage.equal("add", added, true);
    }
    stage.lacks(&key).await;
    stage.equal("get_many", stage.done("get_many", backend.get_many(&keys).await), vec![None, None]);
    stage.equal("touch", stage.done("touch", backend.touch(&key, LONG).await), false);
    stage.equal("ttl", stage.done("ttl", backend.ttl(&key).await), None);
    stage.equal("delete", stage.done("delete", backend.delete(&key).await), false);
    stage.equal("delete_many", stage.done("delete_many", backend.delete_many(&keys).await), 0);
    let incremented = backend.incr(&key, 1).await.err().map(|error| error.kind());
    stage.equal("incr", incremented, Some(ErrorKind::NotFound));
    stage.equal("keys", stage.done("keys", backend.keys(&stage.key("")).await), Vec::new());
    stage.equal("stamp", stage.done("stamp", backend.stamp(&[(key, 7)], LONG).await), vec![7]);
}
