//! The shared suite notices every kind of broken store, and says which promise it breaks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Capability, Claim, Operation, Token, memory};
use cache_runtime::base::entry::{Life, Record, Ttl};
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::{Call, Fault, FaultyBackend, TestClock, Time, backend_suite};

/// How a store breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breach {
    ForgetsSetMany,
    DeleteAlwaysTrue,
    NumbersAreNormalised,
    AddOverwrites,
    AddIsTwoSteps,
    IncrIsTwoSteps,
    IncrRenews,
    IncrCreates,
    TouchCreates,
    TouchIsIgnored,
    ClearClearsAll,
    KeysAreSloppy,
    GetManyDropsAbsent,
    TwoHolders,
    AnyoneTakesOver,
    ReleaseByAnyone,
    FillByAnyone,
    SetKeepsLease,
    StampReplaces,
    StampShortens,
}

/// A memory store with one breach.
struct Broken {
    store: Arc<dyn Backend>,
    breach: Breach,
}

impl Broken {
    fn is(&self, breach: Breach) -> bool {
        self.breach == breach
    }
}

impl Backend for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn capability(&self) -> Capability {
        self.store.capability()
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move {
            let record = self.store.get(key).await?;
            if !self.is(Breach::NumbersAreNormalised) {
                return Ok(record);
            }
            Ok(record.map(|Record { bytes }| {
                let number = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<i64>().ok());
                Record { bytes: number.map_or(bytes, |number| number.to_string().into()) }
            }))
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move {
            let mut records = self.store.get_many(keys).await?;
            if self.is(Breach::GetManyDropsAbsent) {
                records.retain(Option::is_some);
            }
            Ok(records)
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            if !self.is(Breach::SetKeepsLease) {
                return self.store.set(key, value, life).await;
            }
            let token = Token(1);
            let held = self.store.acquire(key, token, Duration::from_mins(1), Claim::IfAbsent, None).await?;
            self.store.set(key, value, life).await?;
            if let Acquired::Held(holder) = held {
                self.store.acquire(key, holder, Duration::from_mins(1), Claim::Take, None).await?;
            }
            Ok(())
        })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        let kept = if self.is(Breach::ForgetsSetMany) { &entries[..entries.len().min(1)] } else { entries };
        self.store.set_many(kept, life)
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            match self.breach {
                Breach::AddOverwrites => self.store.set(key, value, life).await.map(|()| true),
                Breach::AddIsTwoSteps => {
                    let is_absent = self.store.get(key).await?.is_none();
                    (0..200).for_each(|_| std::thread::yield_now());
                    if is_absent {
                        self.store.set(key, value, life).await?;
                    }
                    Ok(is_absent)
                }
                _ => self.store.add(key, value, life).await,
            }
        })
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            match self.breach {
                Breach::TouchIsIgnored => Ok(self.store.get(key).await?.is_some()),
                Breach::TouchCreates if !self.store.touch(key, life).await? => {
                    self.store.add(key, Bytes::from_static(b"made"), life).await
                }
                _ => self.store.touch(key, life).await,
            }
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        self.store.ttl(key)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.store.delete(key).await? || self.is(Breach::DeleteAlwaysTrue)) })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        self.store.delete_many(keys)
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move {
            match self.breach {
                Breach::IncrCreates => {
                    self.store.add(key, Bytes::from_static(b"0"), Life::Forever).await?;
                }
                Breach::IncrRenews => {
                    self.store.touch(key, Life::For(Duration::from_mins(5))).await?;
                }
                Breach::IncrIsTwoSteps => {
                    let before = self.store.incr(key, 0).await?;
                    std::thread::yield_now();
                    let sum = before.checked_add(by).unwrap_or_default().to_string();
                    self.store.set(key, sum.clone().into(), Life::Forever).await?;
                    return Ok(sum.parse().unwrap());
                }
                _ => {}
            }
            self.store.incr(key, by).await
        })
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        self.store.clear(if self.is(Breach::ClearClearsAll) { "" } else { prefix })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        let sloppy = prefix.strip_suffix(':').unwrap_or(prefix);
        self.store.keys(if self.is(Breach::KeysAreSloppy) { sloppy } else { prefix })
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(async move {
            match self.breach {
                Breach::StampReplaces => {
                    for (key, _) in records {
                        self.store.delete(key).await?;
                    }
                }
                Breach::StampShortens => {
                    for (key, _) in records {
                        self.store.touch(key, life).await?;
                    }
                }
                _ => {}
            }
            self.store.stamp(records, life).await
        })
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        let claim = match (self.breach, claim) {
            (Breach::TwoHolders, Claim::IfAbsent) | (Breach::AnyoneTakesOver, Claim::TakeFrom(_)) => {
                Claim::Take
            }
            _ => claim,
        };
        self.store.acquire(key, token, life, claim, past)
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            if self.is(Breach::FillByAnyone) {
                return self.store.set(key, value, life).await.map(|()| true);
            }
            self.store.fill(key, token, value, life).await
        })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        self.store.extend(key, token, life)
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        Box::pin(async move {
            if self.is(Breach::ReleaseByAnyone) {
                self.store.acquire(key, token, Duration::from_mins(1), Claim::Take, None).await?;
            }
            self.store.release(key, token).await
        })
    }
}

/// What the suite says about a store; `None` if it passes.
fn complaint(store: &Arc<dyn Backend>, time: Time) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let examined = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(backend_suite(|| Arc::clone(store), time));
    }));
    examined.err().map(|panic| *panic.downcast::<String>().expect("a message with the promise"))
}

#[test]
fn every_breach_is_found_and_named() {
    let breaches = [
        (Breach::ForgetsSetMany, "1. What was set is there"),
        (Breach::NumbersAreNormalised, "1. What was set is there"),
        (Breach::DeleteAlwaysTrue, "1. What was set is there"),
        (Breach::AddOverwrites, "1. What was set is there"),
        (Breach::TouchIsIgnored, "5. `touch` changes"),
        (Breach::TouchCreates, "2. An expired entry is never"),
        (Breach::AddIsTwoSteps, "3. `add` and `incr` are atomic"),
        (Breach::IncrIsTwoSteps, "3. `add` and `incr` are atomic"),
        (Breach::IncrRenews, "4. `incr` keeps"),
        (Breach::IncrCreates, "2. An expired entry is never"),
        (Breach::ClearClearsAll, "6. `clear` and `keys`"),
        (Breach::KeysAreSloppy, "6. `clear` and `keys`"),
        (Breach::GetManyDropsAbsent, "2. An expired entry is never"),
        (Breach::TwoHolders, "9. (`leases`)"),
        (Breach::AnyoneTakesOver, "9. (`leases`)"),
        (Breach::ReleaseByAnyone, "9. (`leases`)"),
        (Breach::FillByAnyone, "9. (`leases`)"),
        (Breach::SetKeepsLease, "10. (`leases`)"),
        (Breach::StampReplaces, "`stamp` reads"),
        (Breach::StampShortens, "`stamp` reads"),
    ];
    for (breach, words) in breaches {
        let clock = TestClock::new();
        let store = memory::Options::default().build(&clock.clock()).unwrap();
        // An entry that is none of the suite's business.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.set("neighbour", Bytes::from_static(b"value"), Life::Forever)).unwrap();

        let broken: Arc<dyn Backend> = Arc::new(Broken { store, breach });
        let found = complaint(&broken, Time::of(&clock));

        let found = found.unwrap_or_else(|| panic!("{breach:?} was not noticed"));
        assert!(found.contains(words), "{breach:?} was called\n{found}");
        assert!(found.contains("`broken` breaks its promise"), "{found}");
    }
}

#[test]
fn a_store_that_never_forgets_is_found() {
    let (clock, standing) = (TestClock::new(), TestClock::new());
    let store = memory::Options::default().build(&standing.clock()).unwrap();

    let found = complaint(&store, Time::of(&clock)).expect("a complaint");

    assert!(found.contains("2. An expired entry is never"), "{found}");
}

#[test]
fn a_store_that_fails_is_found() {
    let clock = TestClock::new();
    for call in Call::ALL {
        let faulty = FaultyBackend::memory(&clock.clock());
        faulty.inject(call, Fault::Fail(ErrorKind::Unavailable));

        let store: Arc<dyn Backend> = Arc::new(faulty);
        let found = complaint(&store, Time::of(&clock));

        let found = found.unwrap_or_else(|| panic!("a failing `{}` was not noticed", call.as_str()));
        assert!(found.contains("breaks its promise"), "{found}");
    }
}
