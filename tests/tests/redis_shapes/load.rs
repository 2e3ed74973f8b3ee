//! Callers that read and write all the time, and what they saw.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cache_runtime::backend::SharedBackend;
use cache_runtime::base::entry::Life;
use tokio::runtime::Builder;

use crate::stage::eventually;

/// How many keys there are for each part of the servers, and for how many parts.
const KEYS: usize = 8;
const PARTS: usize = 3;

/// How many operations count as a while.
const A_WHILE: u64 = 3000;

/// How many failures show a fault.
const SOME_FAILURES: u64 = 20;

/// What callers saw.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Operations.
    pub(crate) asked: u64,
    /// Those that failed.
    pub(crate) failed: u64,
    /// Those on keys of other parts than the first.
    pub(crate) failed_of_others: u64,
    /// Values of another key, or that nobody has written.
    pub(crate) wrong: u64,
    /// Values older than one that was written and acknowledged.
    pub(crate) older: u64,
    /// Callers that panicked.
    pub(crate) panics: u64,
    /// The longest that one operation took.
    pub(crate) longest: Duration,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    asked: AtomicU64,
    failed: AtomicU64,
    /// Operations by part that went well since the last failure of that part.
    sound: [AtomicU64; PARTS],
    figures: Mutex<Figures>,
}

/// Callers on threads of their own.
pub(crate) struct Load {
    shared: Arc<Shared>,
    keys: Vec<Vec<String>>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts a reader and writer for each part of the servers, with a store of its own; `key` makes a key of a part
    /// from a text.
    pub(crate) fn start(store: impl Fn() -> SharedBackend, key: impl Fn(usize, &str) -> String) -> Self {
        let shared = Arc::new(Shared::default());
        let keys_of = |part| (0..KEYS).map(|number| key(part, &format!("load:{number}:"))).collect();
        let keys: Vec<Vec<String>> = (0..PARTS).map(keys_of).collect();
        let threads = (0..PARTS)
            .map(|part| {
                let (shared, keys, store) = (Arc::clone(&shared), keys[part].clone(), store());
                std::thread::spawn(move || {
                    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(read_and_write(&store, &keys, part, &shared));
                })
            })
            .collect();
        Self { shared, keys, threads }
    }

    /// The keys of a part.
    pub(crate) fn keys_of(&self, part: usize) -> Vec<String> {
        self.keys[part].clone()
    }

    /// Waits until many operations were made.
    pub(crate) fn let_it_run(&self) {
        let before = self.shared.asked.load(Ordering::SeqCst);
        eventually("the load goes on", || self.shared.asked.load(Ordering::SeqCst) > before + A_WHILE);
    }

    /// Waits until a fault shows.
    pub(crate) fn let_it_fail(&self) {
        let before = self.shared.failed.load(Ordering::SeqCst);
        eventually("the fault shows", || self.shared.failed.load(Ordering::SeqCst) > before + SOME_FAILURES);
    }

    /// Waits until all parts serve without a failure.
    pub(crate) fn recovered(&self) {
        self.shared.sound.iter().for_each(|sound| sound.store(0, Ordering::SeqCst));
        eventually("all parts serve again", || {
            self.shared.sound.iter().all(|sound| sound.load(Ordering::SeqCst) > 300)
        });
    }

    /// Ends it; what was seen.
    pub(crate) fn end(self) -> Figures {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let panics = self.threads.into_iter().filter_map(|thread| thread.join().err()).count();
        let mut figures = std::mem::take(&mut *self.shared.figures.lock().unwrap());
        figures.panics = panics as u64;
        figures.asked = self.shared.asked.load(Ordering::SeqCst);
        figures.failed = self.shared.failed.load(Ordering::SeqCst);
        figures
    }
}

/// How long it takes until something is so.
pub(crate) fn time_until(what: &str, is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    eventually(what, is_so);
    start.elapsed()
}

/// Prints a row for the table of faults.
pub(crate) fn report(what: &str, figures: &Figures, recovery: Duration) {
    let Figures { asked, failed, wrong, older, panics, longest, .. } = figures;
    println!(
        "| {what} | {asked} | {failed} | {wrong} | {older} | {panics} | {} ms | {} ms |",
        longest.as_millis(),
        recovery.as_millis()
    );
}

/// Writes rising numbers under its keys, and reads them: each is the key's own, and none goes back.
async fn read_and_write(store: &SharedBackend, keys: &[String], part: usize, shared: &Shared) {
    let mut written = BTreeMap::new();
    for number in 1.. {
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        let key = &keys[usize::try_from(number).unwrap() % keys.len()];
        let start = Instant::now();
        let went_well = if (number / keys.len() as u64).is_multiple_of(2) {
            let value = format!("{key}={number}").into();
            let stored = store.set(key, value, Life::For(Duration::from_mins(10))).await;
            // One that has failed may have been carried out.
            let least = written.get(key).map_or(0, |(least, _)| *least);
            written.insert(key.clone(), (if stored.is_ok() { number } else { least }, number));
            stored.is_ok()
        } else {
            match store.get(key).await {
                Ok(found) => {
                    let (least, most) = written.get(key).copied().unwrap_or_default();
                    judge(key, found.as_ref().map(|record| &record.bytes[..]), least, most, shared);
                    true
                }
                Err(_) => false,
            }
        };
        note(shared, part, start.elapsed(), went_well);
    }
}

fn judge(key: &str, found: Option<&[u8]>, least: u64, most: u64, shared: &Shared) {
    let number = match found {
        None => Some(0),
        Some(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| {
            let (of, number) = text.rsplit_once('=')?;
            if of == key { number.parse().ok() } else { None }
        }),
    };
    let mut figures = shared.figures.lock().unwrap();
    match number {
        Some(number) if number > most => figures.wrong += 1,
        Some(number) if number < least => figures.older += 1,
        Some(_) => {}
        None => figures.wrong += 1,
    }
}

fn note(shared: &Shared, part: usize, time: Duration, went_well: bool) {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let mut figures = shared.figures.lock().unwrap();
    figures.longest = figures.longest.max(time);
    if went_well {
        shared.sound[part].fetch_add(1, Ordering::SeqCst);
    } else {
        shared.failed.fetch_add(1, Ordering::SeqCst);
        shared.sound[part].store(0, Ordering::SeqCst);
        figures.failed_of_others += u64::from(part != 0);
    }
}
