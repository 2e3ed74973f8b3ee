//! Scopes: one test, its own caches.

use cache_runtime::{Cache, Caches, cache, caches};

/// Caches whose `default` says whose it is.
fn of(owner: &str) -> Caches {
    let caches = Caches::builder().build().unwrap();
    caches.get("default").unwrap().blocking().set("owner", &owner.to_owned(), 60).unwrap();
    caches
}

fn owner() -> Option<String> {
    owner_of(&cache("default").unwrap())
}

fn owner_of(cache: &Cache) -> Option<String> {
    cache.blocking().get("owner").unwrap()
}

#[test]
fn a_scope_has_its_own_caches() {
    of("scope").scope_blocking(|| assert_eq!(owner().as_deref(), Some("scope")));

    assert_eq!(owner(), None);
}

#[test]
fn an_inner_scope_gives_back_the_outer_one() {
    of("outer").scope_blocking(|| {
        of("inner").scope_blocking(|| assert_eq!(owner().as_deref(), Some("inner")));
        assert_eq!(owner().as_deref(), Some("outer"));
    });
}

#[test]
fn a_panic_ends_a_scope() {
    let panicked = std::panic::catch_unwind(|| of("scope").scope_blocking(|| panic!("inside")));

    assert!(panicked.is_err());
    assert_eq!(owner(), None);
}

#[tokio::test]
async fn an_async_scope_has_its_own_caches_after_every_await() {
    let found = of("scope").scope(async {
        let before = owner();
        tokio::task::yield_now().await;
        (before, owner())
    });

    assert_eq!(found.await, (Some("scope".to_owned()), Some("scope".to_owned())));
    assert_eq!(owner(), None);
}

#[tokio::test]
async fn scopes_of_tasks_on_one_thread_are_apart() {
    let task = |name: &'static str| {
        of(name).scope(async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
                assert_eq!(owner().as_deref(), Some(name));
            }
        })
    };

    tokio::join!(task("one"), task("two"), async {
        for _ in 0..10 {
            tokio::task::yield_now().await;
            assert_eq!(owner(), None);
        }
    });
}

#[tokio::test]
async fn nested_async_scopes_restore_the_outer_one() {
    of("outer")
        .scope(async {
            of("inner")
                .scope(async {
                    tokio::task::yield_now().await;
                    assert_eq!(owner().as_deref(), Some("inner"));
                })
                .await;
            tokio::task::yield_now().await;
            assert_eq!(owner().as_deref(), Some("outer"));
        })
        .await;
}

#[tokio::test]
async fn a_spawned_task_is_outside_unless_it_enters() {
    let found = of("scope").scope(async {
        let here = caches();
        let outside = tokio::spawn(async { owner() });
        let inside = tokio::spawn(here.scope(async { owner() }));
        (outside.await.unwrap(), inside.await.unwrap())
    });

    assert_eq!(found.await, (None, Some("scope".to_owned())));
}
