//! Checks of leases: one holder, a bounded life, and no fill but the holder's.

use std::time::Duration;

use bytes::Bytes;

use super::stage::{LONG, SHORT, Stage, record, token};
use crate::backend::{Acquired, Claim, Token};
use crate::base::entry::Life;

const HOUR: Duration = Duration::from_hours(1);

pub(super) async fn one_of_many_is_granted(stage: &Stage) {
    let key = &stage.key("key");
    let tokens: Vec<_> = (0..64).map(|_| token()).collect();
    let tokens = &tokens;

    let answers =
        stage.at_once(64, |index| Box::pin(claim(stage, key, tokens[index], HOUR, Claim::IfAbsent))).await;

    let granted: Vec<_> = (0..64).filter(|&index| answers[index] == Acquired::Granted).collect();
    stage.equal("64 claims at once: those granted", granted.len(), 1);
    let holder = tokens[granted[0]];
    let others = answers.iter().filter(|&answer| *answer == Acquired::Held(holder)).count();
    stage.equal("64 claims at once: those told the holder's token", others, 63);

    stage.equal("fill by the holder", fill(stage, key, holder, b"value").await, true);
    let found = claim(stage, key, token(), HOUR, Claim::IfAbsent).await;
    stage.equal("claim of a filled key", found, Acquired::Found(record(b"value")));
}

pub(super) async fn what_cannot_be_used_counts_as_absent(stage: &Stage) {
    let key = &stage.key("key");
    let [first, second] = [token(), token()];
    let old = Bytes::from_static(b"old");
    stage.set(key, &old, LONG).await;

    let past_another = claim_past(stage, key, first, Claim::IfAbsent, &Bytes::from_static(b"other")).await;
    stage.equal("claim past another value", past_another, Acquired::Found(record(&old)));
    let past_it = claim_past(stage, key, first, Claim::IfAbsent, &old).await;
    stage.equal("claim past the value", past_it, Acquired::Granted);
    let late = claim_past(stage, key, second, Claim::IfAbsent, &old).await;
    stage.equal("a second claim past the value", late, Acquired::Held(first));
    let taken = claim_past(stage, key, second, Claim::TakeFrom(first), &old).await;
    stage.equal("a takeover past the value", taken, Acquired::Granted);
    stage.equal("fill past the value", fill(stage, key, second, b"new").await, true);
    let found = claim_past(stage, key, first, Claim::IfAbsent, &old).await;
    stage.equal("claim past a value that was replaced", found, Acquired::Found(record(b"new")));
}

pub(super) async fn a_lease_ends_when_it_should(stage: &Stage) {
    let [released, expired, taken] = ["released", "expired", "taken"].map(|name| stage.key(name));
    let [first, second] = [token(), token()];
    for key in [&released, &expired, &taken] {
        granted(stage, key, first, HOUR, Claim::IfAbsent).await;
    }

    release(stage, &released, second).await;
    let held = claim(stage, &released, second, HOUR, Claim::IfAbsent).await;
    stage.equal("claim after a stranger's release", held, Acquired::Held(first));
    release(stage, &released, first).await;
    granted(stage, &released, second, HOUR, Claim::IfAbsent).await;

    let Life::For(short) = SHORT else { unreachable!("a short life ends") };
    stage.equal("extend by a stranger", extend(stage, &expired, second, short).await, false);
    stage.equal("extend by the holder", extend(stage, &expired, first, short).await, true);
    stage
        .until("a lease outlived its life", || async {
            claim(stage, &expired, second, HOUR, Claim::IfAbsent).await == Acquired::Granted
        })
        .await;
    stage.equal("extend of an expired lease", extend(stage, &expired, first, HOUR).await, false);
    stage.equal("fill with an expired lease", fill(stage, &expired, first, b"old").await, false);
    stage.equal("fill with the lease after it", fill(stage, &expired, second, b"new").await, true);

    granted(stage, &taken, second, HOUR, Claim::Take).await;
    stage.equal("extend of a lease that was taken", extend(stage, &taken, first, HOUR).await, false);
    release(stage, &taken, first).await;
    stage.equal("fill with a lease that was taken", fill(stage, &taken, first, b"old").await, false);
    stage.equal("fill with the taken lease", fill(stage, &taken, second, b"new").await, true);
    granted(stage, &taken, first, HOUR, Claim::Take).await;
    stage.holds(&taken, b"new").await;
}

pub(super) async fn one_of_many_takes_over(stage: &Stage) {
    let (key, holder) = (&stage.key("key"), token());
    granted(stage, key, holder, HOUR, Claim::IfAbsent).await;
    let tokens: Vec<_> = (0..32).map(|_| token()).collect();
    let tokens = &tokens;

    let answers = stage
        .at_once(32, |index| Box::pin(claim(stage, key, tokens[index], HOUR, Claim::TakeFrom(holder))))
        .await;

    let granted: Vec<_> = (0..32).filter(|&index| answers[index] == Acquired::Granted).collect();
    stage.equal("32 takeovers at once: those granted", granted.len(), 1);
    let successor = tokens[granted[0]];
    let others = answers.iter().filter(|&answer| *answer == Acquired::Held(successor)).count();
    stage.equal("32 takeovers at once: those told the successor's token", others, 31);
    stage.equal("fill by the one before", fill(stage, key, holder, b"old").await, false);
    stage.equal("fill by the successor", fill(stage, key, successor, b"new").await, true);
    let found = claim(stage, key, token(), HOUR, Claim::TakeFrom(successor)).await;
    stage.equal("takeover of a filled key", found, Acquired::Found(record(b"new")));
    let free = claim(stage, &stage.key("free"), token(), HOUR, Claim::TakeFrom(holder)).await;
    stage.equal("takeover where nobody holds", free, Acquired::Granted);
}

pub(super) async fn only_the_holder_fills(stage: &Stage) {
    let (key, holder) = (stage.key("key"), token());
    stage.equal("fill without a lease", fill(stage, &key, holder, b"stray").await, false);
    stage.lacks(&key).await;
    granted(stage, &key, holder, HOUR, Claim::IfAbsent).await;

    stage.equal("fill by a stranger", fill(stage, &key, token(), b"stray").await, false);
    stage.lacks(&key).await;
    stage.equal("fill by the holder", fill(stage, &key, holder, b"value").await, true);
    stage.equal("a second fill", fill(stage, &key, holder, b"again").await, false);
    stage.holds(&key, b"value").await;
    stage.equal("extend after the fill", extend(stage, &key, holder, HOUR).await, false);

    granted(stage, &key, holder, HOUR, Claim::Take).await;
    stage.equal("fill over a value", fill(stage, &key, holder, b"refreshed").await, true);
    stage.holds(&key, b"refreshed").await;
}

pub(super) async fn every_write_ends_the_lease(stage: &Stage) {
    let backend = &stage.backend;
    for write in ["set", "set_many", "add", "delete", "delete_many", "clear"] {
        let (key, holder) = (stage.key(&format!("{write}:key")), token());
        granted(stage, &key, holder, HOUR, Claim::IfAbsent).await;

        let value = Bytes::from_static(b"written");
        match write {
            "set" => stage.done(write, backend.set(&key, value, LONG).await),
            "set_many" => stage.done(write, backend.set_many(&[(key.clone(), value)], LONG).await),
            "add" => stage.equal(write, stage.done(write, backend.add(&key, value, LONG).await), true),
            "delete" => stage.equal(write, stage.done(write, backend.delete(&key).await), false),
            "delete_many" => {
                let deleted = stage.done(write, backend.delete_many(std::slice::from_ref(&key)).await);
                stage.equal(write, deleted, 0);
            }
            _ => stage.done(write, backend.clear(&stage.key(&format!("{write}:"))).await),
        }

        let filled = fill(stage, &key, holder, b"stale").await;
        stage.equal(&format!("fill after {write}"), filled, false);
        let expected = ["set", "set_many", "add"].contains(&write).then_some(&b"written"[..]);
        stage.equal(&format!("get after {write}"), stage.get(&key).await.as_deref(), expected);
    }
}

pub(super) async fn none_are_kept(stage: &Stage) {
    let key = stage.key("key");
    for mode in [Claim::IfAbsent, Claim::Take, Claim::TakeFrom(token())] {
        granted(stage, &key, token(), HOUR, mode).await;
    }
    stage.equal("extend", extend(stage, &key, token(), HOUR).await, true);
    stage.equal("fill", fill(stage, &key, token(), b"value").await, true);
    release(stage, &key, token()).await;
    if stage.backend.capability().keeps {
        stage.holds(&key, b"value").await;
    }
}

async fn claim_past(stage: &Stage, key: &str, token: Token, claim: Claim, past: &Bytes) -> Acquired {
    stage.done("acquire", stage.backend.acquire(key, token, HOUR, claim, Some(past)).await)
}

async fn claim(stage: &Stage, key: &str, token: Token, life: Duration, claim: Claim) -> Acquired {
    stage.done("acquire", stage.backend.acquire(key, token, life, claim, None).await)
}

async fn granted(stage: &Stage, key: &str, token: Token, life: Duration, mode: Claim) {
    let answer = claim(stage, key, token, life, mode).await;
    stage.equal(&format!("claim {mode:?}"), answer, Acquired::Granted);
}

async fn fill(stage: &Stage, key: &str, token: Token, value: &'static [u8]) -> bool {
    stage.done("fill", stage.backend.fill(key, token, Bytes::from_static(value), LONG).await)
}

async fn extend(stage: &Stage, key: &str, token: Token, life: Duration) -> bool {
    stage.done("extend", stage.backend.extend(key, token, life).await)
}

async fn release(stage: &Stage, key: &str, token: Token) {
    stage.done("release", stage.backend.release(key, token).await);
}
