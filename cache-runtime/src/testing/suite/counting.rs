//! Checks of `add` and `incr`: atomic, faithful to the life of an entry, and harmless when they
//! fail.

use bytes::Bytes;

use super::lasting::is_about_an_hour;
use super::stage::{LONG, Stage};
use crate::base::entry::{Life, Ttl};
use crate::base::error::ErrorKind;

pub(super) async fn one_of_many_adds_returns_true(stage: &Stage) {
    for round in 0..8 {
        let key = stage.key(&format!("key {round}"));
        let key = &key;
        let added = stage
            .at_once(64, |index| {
                Box::pin(async move {
                    let value = Bytes::from(format!("value {index}"));
                    stage.done("add", stage.backend.add(key, value, LONG).await)
                })
            })
            .await;

        let winners: Vec<_> = (0..64).filter(|&index| added[index]).collect();
        stage.equal("64 adds at once: those that returned true", winners.len(), 1);
        stage.holds(key, format!("value {}", winners[0]).as_bytes()).await;
    }
}

pub(super) async fn no_increment_is_lost(stage: &Stage) {
    let key = &stage.key("key");
    stage.set(key, b"-100", LONG).await;

    let sums = stage
        .at_once(32, |_| {
            Box::pin(async move {
                let mut sums = Vec::new();
                for _ in 0..8 {
                    sums.push(stage.done("incr", stage.backend.incr(key, 1).await));
                }
                sums
            })
        })
        .await;

    let mut sums: Vec<i64> = sums.into_iter().flatten().collect();
    sums.sort_unstable();
    stage.equal("32 times 8 increments at once: the sums", sums, (-99..=156).collect());
    stage.holds(key, b"156").await;
}

pub(super) async fn incr_keeps_and_creates_nothing(stage: &Stage) {
    let (key, lasting, absent) = (stage.key("key"), stage.key("lasting"), stage.key("absent"));
    stage.set(&key, b"40", LONG).await;
    stage.set(&lasting, b"0", Life::Forever).await;

    stage.equal("incr by 2", stage.done("incr", stage.backend.incr(&key, 2).await), 42);
    stage.equal("incr by -50", stage.done("incr", stage.backend.incr(&key, -50).await), -8);
    stage.equal("incr by 1", stage.done("incr", stage.backend.incr(&lasting, 1).await), 1);
    let ttl = stage.done("ttl", stage.backend.ttl(&key).await);
    stage.expect(is_about_an_hour(ttl), &format!("after incr, ttl of an hour gave {ttl:?}"));
    let ttl = stage.done("ttl", stage.backend.ttl(&lasting).await);
    stage.equal("after incr, ttl", ttl, Some(Ttl::Never));

    stage.equal("incr of an absent key", incr_fault(stage, &absent, 1).await, Some(ErrorKind::NotFound));
    stage.lacks(&absent).await;
}

pub(super) async fn failed_incr_changes_nothing(stage: &Stage) {
    let cases: [(&str, &[u8], i64, ErrorKind); 4] = [
        ("text", b"twelve", 1, ErrorKind::NotANumber),
        ("bytes", &[0xff, 0x00, 0x31], 1, ErrorKind::NotANumber),
        ("top", b"9223372036854775807", 1, ErrorKind::Overflow),
        ("bottom", b"-9223372036854775808", -1, ErrorKind::Overflow),
    ];
    for (name, value, by, expected) in cases {
        let key = stage.key(name);
        stage.set(&key, value, LONG).await;

        let found = incr_fault(stage, &key, by).await;

        stage.equal(&format!("incr of {name}"), found, Some(expected));
        stage.holds(&key, value).await;
    }
}

async fn incr_fault(stage: &Stage, key: &str, by: i64) -> Option<ErrorKind> {
    stage.backend.incr(key, by).await.err().map(|error| error.kind())
}
