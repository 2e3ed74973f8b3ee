//! Leases die with their time and with their owner.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::backend::{Acquired, Backend, Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::testing::TestClock;
use cache_tests::Folder;

use crate::stage::{LEASE, PATIENCE, patient, store_in, value};

async fn claim(store: &Arc<dyn Backend>, token: u128) -> Acquired {
    store.acquire("key", Token(token), LEASE, Claim::IfAbsent, None).await.unwrap()
}

/// A store that is dropped stands for a process that ends: the operating system closes its files.
#[tokio::test]
async fn a_lease_ends_at_once_with_its_owner() {
    let folder = Folder::new();
    let (one, two) = (store_in(folder.path()), store_in(folder.path()));
    assert_eq!(claim(&one, 1).await, Acquired::Granted);
    assert_eq!(claim(&two, 2).await, Acquired::Held(Token(1)));

    drop(one);

    // The thread that has served it last may still be at its end.
    let dropped = Instant::now();
    while claim(&two, 2).await != Acquired::Granted {
        assert!(dropped.elapsed() < PATIENCE, "the lease has outlived its owner");
    }
}

#[tokio::test]
async fn a_lease_whose_owner_nobody_knows_ends_with_its_time() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let [one, two] = [1, 2].map(|_| patient(folder.path()).build(&clock.clock()).unwrap());
    let life = Duration::from_secs(3);
    one.acquire("key", Token(1), life, Claim::IfAbsent, None).await.unwrap();
    std::fs::remove_dir_all(folder.path().join(".owners")).unwrap();

    assert_eq!(claim(&two, 2).await, Acquired::Held(Token(1)));
    clock.advance(life);
    assert_eq!(claim(&two, 2).await, Acquired::Granted);
}

#[tokio::test]
async fn an_invalidation_by_another_process_refuses_a_late_fill() {
    let folder = Folder::new();
    let (one, two) = (store_in(folder.path()), store_in(folder.path()));
    assert_eq!(claim(&one, 1).await, Acquired::Granted);

    assert!(!two.delete("key").await.unwrap());

    assert!(!one.fill("key", Token(1), value(), Life::Forever).await.unwrap());
    assert_eq!(two.get("key").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_claims_in_several_stores_one_is_granted() {
    let folder = Folder::new();
    let stores: Vec<_> = (0..4).map(|_| store_in(folder.path())).collect();
    for round in 0..20_u128 {
        let claims: Vec<_> = (0..16)
            .map(|caller| {
                let store = Arc::clone(&stores[caller % 4]);
                let (key, token) = (format!("key {round}"), Token(caller as u128));
                tokio::spawn(async move {
                    store.acquire(&key, token, LEASE, Claim::IfAbsent, None).await.unwrap()
                })
            })
            .collect();

        let mut granted = 0;
        for claim in claims {
            granted += usize::from(claim.await.unwrap() == Acquired::Granted);
        }

        assert_eq!(granted, 1, "round {round}");
    }
}
