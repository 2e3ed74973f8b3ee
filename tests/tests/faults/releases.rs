//! Two releases on one Redis, both reading and writing at once: misses, never errors, never wrong values.

use cache_runtime::{Cache, Caches};
use cache_tests::Server;
use serde::{Deserialize, Serialize};

use crate::stage::LONG;

const ROUNDS: u32 = 300;

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

fn release(server: &Server) -> Cache {
    Caches::from_url(&server.url()).unwrap().build().unwrap().get("default").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_layouts_of_a_type_written_at_once_give_misses_and_never_wrong_values() {
    let server = Server::redis().start();
    let (old, new) = (release(&server), release(&server));

    let olds = tokio::spawn({
        let cache = old.clone();
        async move {
            for round in 0..ROUNDS {
                let value = cache.get_or_set("key", LONG, || async { Old { id: 1, size: 2 } }).await;
                assert_eq!(value, Old { id: 1, size: 2 });
                if round % 3 == 0 {
                    cache.set("key", &Old { id: 1, size: 2 }, LONG).await.unwrap();
                }
            }
        }
    });
    for round in 0..ROUNDS {
        let value = new.get_or_set("key", LONG, || async { New { size: 3, id: 4 } }).await;
        assert_eq!(value, New { size: 3, id: 4 });
        if round % 3 == 0 {
            new.set("key", &New { size: 3, id: 4 }, LONG).await.unwrap();
        }
    }
    olds.await.unwrap();

    let other_layouts = |cache: &Cache| cache.stats().misses["other layout"];
    assert!(other_layouts(&old) + other_layouts(&new) > 0);
    assert_eq!((old.stats().errors, new.stats().errors), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_another_format_version_written_meanwhile_are_misses_that_are_filled_anew() {
    let server = Server::redis().start();
    let cache = release(&server);

    let mut foreign = 0;
    for _ in 0..ROUNDS {
        cache.set("key", &"ours".to_owned(), LONG).await.unwrap();
        // The version stands behind the two bytes of the magic.
        let _: u32 = server.command(&["SETRANGE", ":1:key", "2", "\u{2}"]);
        foreign += u32::from(cache.get::<String>("key").await.unwrap().is_none());
        let computed = cache.get_or_set("key", LONG, || async { "computed".to_owned() }).await;
        assert_eq!(computed, "computed");
        assert_eq!(cache.get("key").await.unwrap(), Some("computed".to_owned()));
    }

    assert_eq!(foreign, ROUNDS);
    assert_eq!(cache.stats().errors, 0);
}
