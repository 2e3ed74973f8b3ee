//! A master behind sentinels: found by its name, and found again when another has become it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_tests::{Sentinels, Server, Signal};

use crate::load::{Load, report, time_until};
use crate::stage::{store, store_at};

/// The limit of one call, and what a busy machine adds to it.
const BOUND: Duration = Duration::from_millis(150 + 350);

#[test]
fn the_death_of_a_master_costs_its_callers_until_another_is_chosen() {
    let mut sentinels = Sentinels::start(&Server::redis(), None);
    let load = Load::start(|| store_at(&sentinels.url()), |part, text| format!("{text}{part}"));
    load.let_it_run();

    sentinels.server_mut(0).kill();
    let recovery = time_until("another is the master", || sentinels.master_but(&[0]).is_some());
    load.recovered();
    let figures = load.end();

    report("sentinels: the master is killed", &figures, recovery);
    assert_eq!((figures.wrong, figures.panics), (0, 0));
    assert!(figures.longest < BOUND, "{figures:?}");
}

#[test]
fn a_master_that_stood_still_and_goes_on_as_a_replica_is_left() {
    let sentinels = Sentinels::start(&Server::redis(), None);
    let load = Load::start(|| store_at(&sentinels.url()), |part, text| format!("{text}{part}"));
    load.let_it_run();

    sentinels.server(0).pause();
    let recovery = time_until("another is the master", || sentinels.master_but(&[0]).is_some());
    load.recovered();
    sentinels.server(0).resume();
    time_until("the old one follows", || sentinels.server(0).info("role") == "slave");
    load.recovered();
    let figures = load.end();

    report("sentinels: the master stands still, and goes on as a replica", &figures, recovery);
    assert_eq!((figures.wrong, figures.panics), (0, 0));
    assert!(figures.longest < BOUND, "{figures:?}");
}

#[tokio::test]
async fn sentinels_that_stand_still_or_are_not_there_do_not_matter_while_one_answers() {
    let sentinels = Sentinels::start(&Server::redis(), None);
    sentinels.sentinel(0).signal(Signal::Stop);
    sentinels.sentinel(1).signal(Signal::Stop);
    let url = sentinels.url().replacen("sentinel://", "sentinel://127.0.0.1:1,", 1);

    let start = Instant::now();
    let stored = store_at(&url).set("key", Bytes::from_static(b"1"), Life::Forever).await;

    assert!(stored.is_ok(), "{stored:?}");
    assert!(start.elapsed() < BOUND);
}

#[tokio::test]
async fn a_name_that_no_sentinel_knows_is_reported() {
    let sentinels = Sentinels::start(&Server::redis(), None);
    let url = sentinels.url().replace("/mymaster", "/another");

    let error = store_at(&url).get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("no sentinel knows"), "{error}");
}

#[tokio::test]
async fn passwords_of_sentinels_and_of_the_master_are_two_things() {
    let sentinels = Sentinels::start(&Server::redis().acl("alice", "right"), Some("watch"));
    let with = |password: Option<&str>| Options {
        sentinel_password: password.map(str::to_owned),
        ..Options::at(&sentinels.url())
    };

    assert_eq!(store(&with(Some("watch"))).get("key").await.unwrap(), None);
    for wrong in [None, Some("wrong"), Some("right")] {
        let error = store(&with(wrong)).get("key").await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(!error.to_string().contains("right") && !error.to_string().contains("watch"), "{error}");
    }
}

#[tokio::test]
async fn sentinels_none_of_which_answers_cost_no_more_than_the_limit() {
    let sentinels = Sentinels::start(&Server::redis(), None);
    let store = store_at(&sentinels.url());
    for sentinel in 0..3 {
        sentinels.sentinel(sentinel).signal(Signal::Stop);
    }

    for _ in 0..3 {
        let start = Instant::now();
        let error = store.get("key").await.unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    }
}
