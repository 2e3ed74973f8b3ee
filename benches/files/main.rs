//! Measures the store of files against the bare operations of `std::fs`, and prints the table as Markdown.
//!
//! `cargo bench -p cache-benches --bench files [-- --rounds N]`
//!
//! What blocks its thread is compared as well as what a program with an executor would write, which leaves
//! the same operations to `tokio::task::spawn_blocking`. The folder is in memory where the system has a place
//! for that, so that no disk is measured.

#![expect(clippy::unused_async, reason = "what blocks its thread is measured as what waits is")]

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::filesystem::Options;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_tests::Folder;

const ROUNDS: usize = 21;
const KEYS: usize = 1024;
const MANY: usize = 100;
/// Operations in one turn.
const CALLS: usize = 8192;

/// What is compared: turns of each in every round.
struct Row {
    name: &'static str,
    /// Operations per second, the median.
    ours: f64,
    /// Compared with what blocks the caller's thread, and with what does not: medians of the rounds.
    to_blocking: f64,
    to_spawned: f64,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("the operating system gives two threads");
    let stage = runtime.block_on(Stage::new());
    println!("| 1 kB, callers at once | per second | to `std::fs` | to `std::fs` in `spawn_blocking` |");
    println!("| --- | ---: | ---: | ---: |");
    for row in runtime.block_on(stage.measure(rounds())) {
        let Row { name, ours, to_blocking, to_spawned } = row;
        println!("| {name} | {ours:.0} | {to_blocking:.2} | {to_spawned:.2} |");
    }
}

/// The number after `--rounds`; what else cargo says does not concern us.
fn rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(ROUNDS, |number| number.parse().expect("`--rounds` is followed by a number"))
}

/// The same values in a store and in plain files.
#[derive(Clone)]
struct Stage {
    store: SharedBackend,
    keys: Arc<Vec<String>>,
    plain: Arc<Vec<PathBuf>>,
    value: Bytes,
    _folder: Arc<Folder>,
}

impl Stage {
    async fn new() -> Self {
        let folder = Folder::in_memory();
        let options =
            Options { answer_timeout: Duration::from_secs(30), ..Options::at(folder.file("store")) };
        let store = options.build(&Clock::system()).expect("the options are sound");
        let value = Bytes::from(vec![7; 1000]);
        let (mut keys, mut plain) = (Vec::new(), Vec::new());
        for index in 0..KEYS {
            let (key, path) = (format!("site:1:row:{index}"), folder.file(&format!("{:02x}", index % 256)));
            store.set(&key, value.clone(), Life::Forever).await.expect("the folder can be written");
            fs::create_dir_all(&path).expect("the folder can be written");
            let path = path.join(format!("{index}.plain"));
            fs::write(&path, &value).expect("the folder can be written");
            keys.push(key);
            plain.push(path);
        }
        Self { store, keys: Arc::new(keys), plain: Arc::new(plain), value, _folder: Arc::new(folder) }
    }

    async fn measure(&self, rounds: usize) -> Vec<Row> {
        vec![
            self.compare("get, 1", rounds, 1, Self::get, Self::read, Self::read_spawned).await,
            self.compare("get, 64", rounds, 64, Self::get, Self::read, Self::read_spawned).await,
            self.compare("set, 1", rounds, 1, Self::set, Self::write, Self::write_spawned).await,
            self.compare("set, 64", rounds, 64, Self::set, Self::write, Self::write_spawned).await,
            self.compare(
                "get_many(100), 1",
                rounds,
                1,
                Self::get_many,
                Self::read_many,
                Self::read_many_spawned,
            )
            .await,
        ]
    }

    async fn get(self, index: usize) {
        let found = self.store.get(&self.keys[index]).await.expect("the folder can be read");
        assert_eq!(found.map(|record| record.bytes.len()), Some(1000));
    }

    async fn read(self, index: usize) {
        assert_eq!(fs::read(&self.plain[index]).expect("the file is there").len(), 1000);
    }

    async fn read_spawned(self, index: usize) {
        let read = tokio::task::spawn_blocking(move || fs::read(&self.plain[index]));
        assert_eq!(read.await.expect("it does not panic").expect("the file is there").len(), 1000);
    }

    async fn set(self, index: usize) {
        let set = self.store.set(&self.keys[index], self.value.clone(), Life::Forever);
        set.await.expect("the folder can be written");
    }

    async fn write(self, index: usize) {
        replace(&self.plain[index], &self.value);
    }

    async fn write_spawned(self, index: usize) {
        let write = tokio::task::spawn_blocking(move || replace(&self.plain[index], &self.value));
        write.await.expect("it does not panic");
    }

    async fn get_many(self, index: usize) {
        if index.is_multiple_of(MANY) {
            let keys: Vec<String> = Self::many(index).map(|at| self.keys[at].clone()).collect();
            let found = self.store.get_many(&keys).await.expect("the folder can be read");
            assert!(found.iter().all(Option::is_some));
        }
    }

    async fn read_many(self, index: usize) {
        if index.is_multiple_of(MANY) {
            self.read_all(index);
        }
    }

    async fn read_many_spawned(self, index: usize) {
        if index.is_multiple_of(MANY) {
            tokio::task::spawn_blocking(move || self.read_all(index)).await.expect("it does not panic");
        }
    }

    fn read_all(&self, index: usize) {
        let read: Vec<_> = Self::many(index).map(|at| fs::read(&self.plain[at])).collect();
        assert!(read.iter().all(Result::is_ok));
    }

    fn many(index: usize) -> impl Iterator<Item = usize> {
        (index..index + MANY).map(|at| at % KEYS)
    }

    async fn compare<A, B, C>(
        &self,
        name: &'static str,
        rounds: usize,
        callers: usize,
        ours: impl Fn(Self, usize) -> A + Copy + Send + 'static,
        blocking: impl Fn(Self, usize) -> B + Copy + Send + 'static,
        spawned: impl Fn(Self, usize) -> C + Copy + Send + 'static,
    ) -> Row
    where
        A: Future<Output = ()> + Send + 'static,
        B: Future<Output = ()> + Send + 'static,
        C: Future<Output = ()> + Send + 'static,
    {
        let mut measured: [Vec<f64>; 3] = Default::default();
        for _ in 0..rounds {
            let by_us = self.turn(callers, ours).await;
            measured[0].push(by_us);
            measured[1].push(by_us / self.turn(callers, blocking).await);
            measured[2].push(by_us / self.turn(callers, spawned).await);
        }
        let [ours, to_blocking, to_spawned] = measured.map(median);
        Row { name, ours, to_blocking, to_spawned }
    }

    /// Operations per second of one turn.
    async fn turn<F: Future<Output = ()> + Send + 'static>(
        &self,
        callers: usize,
        act: impl Fn(Self, usize) -> F + Copy + Send + 'static,
    ) -> f64 {
        let each = CALLS / callers;
        let start = Instant::now();
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let stage = self.clone();
                tokio::spawn(async move {
                    for call in 0..each {
                        act(stage.clone(), (caller * 617 + call) % KEYS).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no operation fails");
        }
        #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
        let calls = (each * callers) as f64;
        calls / start.elapsed().as_secs_f64()
    }
}

/// Replaces a file as safely as the store does.
fn replace(path: &Path, value: &[u8]) {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let new = path.with_extension(TURN.fetch_add(1, Ordering::Relaxed).to_string());
    fs::write(&new, value).and_then(|()| fs::rename(&new, path)).expect("the folder can be written");
}

/// The middle one.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
