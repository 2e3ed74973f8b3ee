//! Checks of lives: what was set is there, what has expired is not, and `touch` changes which.

use std::time::Duration;

use bytes::Bytes;

use super::stage::{LONG, MEDIUM, SHORT, Stage};
use crate::backend::Capability;
use crate::base::entry::{Life, Ttl};
use crate::base::error::ErrorKind;

/// A value of half a megabyte: every store takes it.
const LARGE: usize = 512 * 1024;

pub(super) async fn what_was_set_is_there(stage: &Stage) {
    let (key, other) = (stage.key("one"), stage.key("other"));

    stage.lacks(&key).await;
    stage.set(&key, b"first", LONG).await;
    stage.holds(&key, b"first").await;
    stage.set(&key, b"second", Life::Forever).await;
    stage.holds(&key, b"second").await;
    stage.lacks(&other).await;

    let entries = [(key.clone(), Bytes::from_static(b"third")), (other.clone(), Bytes::from_static(b"1"))];
    stage.done("set_many", stage.backend.set_many(&entries, LONG).await);
    stage.holds(&key, b"third").await;
    stage.holds(&other, b"1").await;

    let added = stage.done("add", stage.backend.add(&key, Bytes::from_static(b"fourth"), LONG).await);
    stage.equal("add of a live key", added, false);
    stage.holds(&key, b"third").await;
    stage.done("set_many of nothing", stage.backend.set_many(&[], LONG).await);
}

pub(super) async fn any_bytes_under_any_key_are_there(stage: &Stage) {
    let longest = stage.key(&"k".repeat(250 - stage.key("").len()));
    let names =
        [" ", "two words", "ключ-キー-🔑", "a\tb\r\nc\u{0}d\u{7f}", "100%", "a*b?[c]\\", "'\";--", "{a}b"];
    for key in names.map(|name| stage.key(name)).into_iter().chain([longest]) {
        stage.set(&key, key.as_bytes(), LONG).await;
        stage.holds(&key, key.as_bytes()).await;
    }

    let every_byte: Vec<u8> = (0..=255).collect();
    let large = vec![0xa5; LARGE];
    let texts =
        ["0", "-1", "007", "+1", "-0", " 1", "9223372036854775807", "9223372036854775808", "null", "\u{0}"];
    let values = texts.iter().map(|text| text.as_bytes()).chain([&every_byte[..], &large[..]]);
    for (index, value) in values.enumerate() {
        let key = stage.key(&format!("value {index}"));
        stage.set(&key, value, LONG).await;
        stage.holds(&key, value).await;
    }
}

pub(super) async fn what_was_deleted_is_gone(stage: &Stage) {
    let keys = ["a", "b", "c"].map(|name| stage.key(name));
    for key in &keys {
        stage.set(key, b"value", LONG).await;
    }

    let deleted = stage.done("delete", stage.backend.delete(&keys[0]).await);
    let again = stage.done("delete", stage.backend.delete(&keys[0]).await);
    let rest = stage.done("delete_many", stage.backend.delete_many(&keys).await);
    let none = stage.done("delete_many", stage.backend.delete_many(&[]).await);

    stage.equal("delete of a live entry", deleted, true);
    stage.equal("delete of an absent entry", again, false);
    stage.equal("delete_many of two live entries and an absent one", rest, 2);
    stage.equal("delete_many of nothing", none, 0);
    for key in &keys {
        stage.lacks(key).await;
    }
}

pub(super) async fn expired_is_gone(stage: &Stage) {
    let keys = ["a", "b", "c", "d", "e"].map(|name| stage.key(name));
    for key in &keys {
        stage.set(key, b"1", SHORT).await;
    }
    stage.set(&stage.key("f"), b"1", Life::For(Duration::from_millis(1))).await;
    let last = &keys[4];
    stage.until("an entry outlived its life", || async { stage.get(last).await.is_none() }).await;

    stage.lacks(&stage.key("f")).await;
    let many = stage.done("get_many", stage.backend.get_many(&keys).await);
    stage.equal("get_many of expired entries", many, vec![None; keys.len()]);
    stage.equal("touch", stage.done("touch", stage.backend.touch(&keys[0], LONG).await), false);
    stage.lacks(&keys[0]).await;
    stage.equal("ttl", stage.done("ttl", stage.backend.ttl(&keys[0]).await), None);
    let incremented = stage.backend.incr(&keys[1], 1).await.map_err(|error| error.kind()).err();
    stage.equal("incr", incremented, Some(ErrorKind::NotFound));
    stage.equal("delete", stage.done("delete", stage.backend.delete(&keys[2]).await), false);
    stage.equal("delete_many", stage.done("delete_many", stage.backend.delete_many(&keys[..3]).await), 0);
    if let Capability { lists_keys: true, .. } = stage.backend.capability() {
        let listed = stage.done("keys", stage.backend.keys(&stage.key("")).await);
        stage.equal("keys", listed, Vec::new());
    }
    let added = stage.done("add", stage.backend.add(&keys[3], Bytes::from_static(b"new"), LONG).await);
    stage.equal("add over an expired entry", added, true);
    stage.holds(&keys[3], b"new").await;
}

pub(super) async fn touch_changes_a_live_entry_only(stage: &Stage) {
    let (key, brief, absent) = (stage.key("key"), stage.key("brief"), stage.key("absent"));
    stage.set(&key, b"value", MEDIUM).await;
    stage.set(&brief, b"value", LONG).await;

    let lengthened = stage.done("touch", stage.backend.touch(&key, LONG).await);
    let shortened = stage.done("touch", stage.backend.touch(&brief, SHORT).await);
    let created = stage.done("touch", stage.backend.touch(&absent, LONG).await);
    stage.until("a shortened life did not end", || async { stage.get(&brief).await.is_none() }).await;

    stage.equal("touch of live entries", (lengthened, shortened), (true, true));
    stage.equal("touch of an absent entry", created, false);
    stage.lacks(&absent).await;
    stage.holds(&key, b"value").await;
    stage.equal("touch for ever", stage.done("touch", stage.backend.touch(&key, Life::Forever).await), true);
    stage.equal("ttl", stage.done("ttl", stage.backend.ttl(&key).await), Some(Ttl::Never));
    stage.done("touch", stage.backend.touch(&key, LONG).await);
    let ttl = stage.done("ttl", stage.backend.ttl(&key).await);
    stage.expect(is_about_an_hour(ttl), &format!("ttl of an hour gave {ttl:?}"));
}

/// Whether this is what is left of [`LONG`] shortly after.
pub(super) fn is_about_an_hour(ttl: Option<Ttl>) -> bool {
    let hour = Duration::from_hours(1);
    matches!(ttl, Some(Ttl::After(left)) if left <= hour && left > Duration::from_mins(59))
}
