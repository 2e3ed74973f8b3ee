//! Every operation of a backend, asked once: what it answers, and how long it takes.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::{Backend, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::{Error, ErrorKind, Result};

/// The limit of one call over a network, and what a busy machine adds to it.
pub const BOUND: Duration = Duration::from_millis(150 + 150);

/// An operation, how long it took, and whether it failed.
pub type Asked = (&'static str, Duration, Result<()>);

/// What each operation answers.
pub async fn every_operation(store: &dyn Backend) -> Vec<Asked> {
    let (key, keys) = ("key", ["key".to_owned(), "other".to_owned()]);
    let (value, life, lease) = (Bytes::from_static(b"1"), Life::Forever, Duration::from_secs(3));
    let entries = [(key.to_owned(), value.clone())];
    let stamps = [("~t:0000000000000001".to_owned(), 1)];
    let mut answers = Vec::new();
    macro_rules! ask {
        ($($name:ident($($argument:expr),*);)*) => {$(
            let start = Instant::now();
            let answer = store.$name($($argument),*).await.map(drop);
            answers.push((stringify!($name), start.elapsed(), answer));
        )*};
    }
    ask! {
        get(key); get_many(&keys); set(key, value.clone(), life); set_many(&entries, life);
        add(key, value.clone(), life); touch(key, life); ttl(key); delete(key); delete_many(&keys);
        incr(key, 1); clear("k"); stamp(&stamps, life);
        acquire(key, Token(1), lease, Claim::IfAbsent, None); fill(key, Token(1), value.clone(), life);
        extend(key, Token(1), lease); release(key, Token(1));
    }
    if store.capability().lists_keys {
        ask! { keys("k"); }
    }
    answers
}

/// Checks that every operation failed in time with one of these kinds.
///
/// # Panics
///
/// Unless it did.
pub fn assert_bounded(answers: Vec<Asked>, kinds: &[ErrorKind]) {
    assert_bounded_by(BOUND, answers, kinds);
}

/// The same for a store with another limit.
///
/// # Panics
///
/// As [`assert_bounded`].
pub fn assert_bounded_by(bound: Duration, answers: Vec<Asked>, kinds: &[ErrorKind]) {
    for (operation, time, answer) in answers {
        assert!(time < bound, "{operation} took {time:?}");
        let error: Error = answer.expect_err(operation);
        assert!(kinds.contains(&error.kind()), "{operation}: {error}");
        assert_eq!(error.operation(), operation);
        assert!(error.is_temporary());
    }
}
