//! Two releases on one store, both reading and writing at once: misses, never errors, never wrong values.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::database::{self, Database};
use cache_runtime::backend::{Backend, SharedBackend, filesystem, memcached, redis, tiered};
use cache_runtime::base::clock::Clock;
use cache_runtime::{Cache, Caches};
use cache_tests::{Folder, MemcachedServer, Server, SqlServer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::old_release::OldRelease;
use crate::stage::LONG;

/// How often each release reads; a third as often it writes.
const ROUNDS: u32 = 150;

/// Longer than a busy machine takes for anything here.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the old release stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Old {
    id: u32,
    size: u32,
}

/// What the new one stores under the same key: the same bytes would mean something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct New {
    size: u32,
    id: u32,
}

const OLD: Old = Old { id: 1, size: 2 };
const NEW: New = New { size: 3, id: 4 };

/// What processes share.
struct Place {
    make: Box<dyn Fn() -> SharedBackend + Send + Sync>,
    /// Each process has memory in front of it.
    is_tiered: bool,
    /// A writer waits for another's turn, and not for long: on a busy machine too short.
    has_turns: bool,
    /// Ends with the test.
    _held: Box<dyn Any + Send>,
}

impl Place {
    fn of(
        build: impl Fn(&Clock) -> cache_runtime::Result<SharedBackend> + Send + Sync + 'static,
        held: impl Any + Send,
    ) -> Self {
        let make = Box::new(move || build(&Clock::system()).unwrap());
        Self { make, is_tiered: false, has_turns: false, _held: Box::new(held) }
    }

    fn redis() -> Self {
        let server = Server::redis().start();
        let defaults = redis::Options::at(&server.url());
        let options = redis::Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults };
        Self::of(move |clock| options.build(clock), server)
    }

    fn tiered() -> Self {
        Self { is_tiered: true, ..Self::redis() }
    }

    fn memcached() -> Self {
        let server = MemcachedServer::start();
        let defaults = memcached::Options::at(&server.url());
        let options = memcached::Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults };
        Self::of(move |clock| options.build(clock), server)
    }

    fn files() -> Self {
        let folder = Folder::new();
        let options =
            filesystem::Options { answer_timeout: PATIENCE, ..filesystem::Options::at(folder.path()) };
        Self::of(move |clock| options.build(clock), folder)
    }

    fn sqlite() -> Self {
        let folder = Folder::new();
        let url = format!("sqlite://{}", folder.file("cache.db").display());
        Self { has_turns: true, ..Self::database(&url, folder) }
    }

    fn postgres() -> Self {
        Self::database(&SqlServer::shared_postgres().url(), ())
    }

    fn mariadb() -> Self {
        Self::database(&SqlServer::shared_mariadb().url(), ())
    }

    /// A table of the name that the engine's two tests share: their keys differ.
    fn database(url: &str, held: impl Any + Send) -> Self {
        let defaults = database::Options::at(url);
        let options = database::Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults };
        Database::over(options.clone()).create_table_blocking().unwrap();
        Self::of(move |clock| options.build(clock), held)
    }

    /// A process over `store`.
    fn process_over(&self, store: SharedBackend) -> Cache {
        let caches = if self.is_tiered {
            Caches::builder().add("default", tiered::Tiered::over_store(Custom::new(store)))
        } else {
            Caches::builder().add("default", Custom::new(store))
        };
        caches.build().unwrap().get("default").unwrap()
    }

    /// What the caches have counted of a store that has no turns.
    fn errors(&self, caches: [&Cache; 2]) -> u64 {
        caches.iter().filter(|_| !self.has_turns).map(|cache| cache.stats().errors).sum()
    }

    fn process(&self) -> Cache {
        self.process_over((self.make)())
    }

    /// A process of a release whose entries have another format.
    fn process_of_an_old_release(&self) -> Cache {
        self.process_over(OldRelease::over((self.make)()) as Arc<dyn Backend>)
    }
}

/// Reads and writes as a release whose values are these.
async fn goes_on<T>(cache: Cache, key: &'static str, value: T)
where
    T: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static,
{
    for round in 0..ROUNDS {
        let found = cache.get_or_set(key, LONG, async || value.clone()).await;
        assert_eq!(found, value);
        let found = cache.get::<T>(key).await.unwrap();
        assert!(found.is_none_or(|found| found == value));
        if round % 3 == 0 {
            cache.set(key, &value, LONG).await.unwrap();
        }
    }
}

fn misses(caches: [&Cache; 2], reason: &str) -> u64 {
    caches.map(|cache| cache.stats().misses[reason]).iter().sum()
}

async fn two_layouts_of_a_type_written_at_once_give_misses_and_never_wrong_values(place: Place) {
    let (old, new) = (place.process(), place.process());

    let olds = tokio::spawn(goes_on(old.clone(), "layout", OLD));
    goes_on(new.clone(), "layout", NEW).await;
    olds.await.unwrap();

    assert!(misses([&old, &new], "other layout") > 0);
    assert_eq!(place.errors([&old, &new]), 0);
}

async fn two_formats_of_entries_written_at_once_give_misses_and_never_wrong_values(place: Place) {
    let (old, new) = (place.process_of_an_old_release(), place.process());

    let olds = tokio::spawn(goes_on(old.clone(), "format", "old".to_owned()));
    goes_on(new.clone(), "format", "new".to_owned()).await;
    olds.await.unwrap();

    assert!(misses([&old, &new], "undecodable") > 0);
    assert_eq!(place.errors([&old, &new]), 0);
}

/// What one release has stored serves its own processes, whatever the other has read.
async fn each_release_finds_its_own_values_again(place: Place) {
    let old = [place.process_of_an_old_release(), place.process_of_an_old_release()];
    let new = [place.process(), place.process()];

    old[0].set("own", &OLD, LONG).await.unwrap();
    let foreign = new[0].get::<Old>("own").await.unwrap();
    let own = old[1].get::<Old>("own").await.unwrap();
    new[0].set("own", &NEW, LONG).await.unwrap();

    assert_eq!((foreign, own), (None, Some(OLD)));
    assert_eq!(new[1].get::<New>("own").await.unwrap(), Some(NEW));
}

macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod over {
            on_every_store!(@on redis: $($name),*);
            on_every_store!(@on tiered: $($name),*);
            on_every_store!(@on memcached: $($name),*);
            on_every_store!(@on files: $($name),*);
            on_every_store!(@on sqlite: $($name),*);
            on_every_store!(@on postgres: $($name),*);
            on_every_store!(@on mariadb: $($name),*);
        }
    };
    (@on $place:ident: $($name:ident),*) => {
        mod $place {
            use super::super as tests;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let place = tokio::task::spawn_blocking(tests::Place::$place).await.unwrap();
                    tests::$name(place).await;
                }
            )*
        }
    };
}

on_every_store!(
    two_layouts_of_a_type_written_at_once_give_misses_and_never_wrong_values,
    two_formats_of_entries_written_at_once_give_misses_and_never_wrong_values,
    each_release_finds_its_own_values_again,
);
