//! Many visitors at once: one run of the handler, and nobody who hangs.

use std::sync::Arc;

use cache_runtime::page::Policy;
use tokio::sync::Semaphore;

use crate::ways::{Script, Way, rows, until};

/// A handler that ends when the gate opens: it tells its language, and the number of its run.
fn gated(gate: &Arc<Semaphore>, headers: &'static [(&'static str, &'static str)]) -> Script {
    let gate = Arc::clone(gate);
    Script::waiting(move |asked| {
        let gate = Arc::clone(&gate);
        async move {
            drop(gate.acquire().await.unwrap());
            let text = format!("{} {}", asked.header("accept-language"), asked.run);
            crate::ways::Said::page(text).with(headers)
        }
    })
}

fn closed() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(0))
}

rows! {
    /// HT080, HT085.
    async fn five_hundred_visitors_of_a_cold_page_run_the_handler_once(way) {
        let gate = closed();
        let site = way.site(|| Policy::seconds(60), gated(&gate, &[])).await;
        let visits: Vec<_> = (0..500).map(|_| site.visit(&[])).collect();
        until(|| site.stage.stats().waits == 499).await;

        gate.add_permits(1000);

        for visit in visits {
            assert_eq!(visit.await.unwrap(), " 1");
        }
        assert_eq!(site.runs(), 1);
        assert_eq!(cache_runtime::call::flights_of(&site.stage.caches.get("default").unwrap()), 0);
    }

    /// HT081: what is not storable is nobody else's, and those who waited run side by side.
    async fn visitors_of_an_unstorable_page_do_not_queue(way) {
        let gate = closed();
        let site = way.site(|| Policy::seconds(60), gated(&gate, &[("cache-control", "private")])).await;
        let leader = site.visit(&[]);
        until(|| site.runs() == 1).await;
        let waiters: Vec<_> = (0..9).map(|_| site.visit(&[])).collect();
        until(|| site.stage.stats().waits == 9).await;

        gate.add_permits(1);
        let mut bodies = vec![leader.await.unwrap()];
        // Nobody but the first has passed the gate: all nine stand before it at once.
        until(|| site.runs() == 10).await;
        gate.add_permits(100);

        for waiter in waiters {
            bodies.push(waiter.await.unwrap());
        }
        bodies.sort_unstable();
        bodies.dedup();
        assert_eq!(bodies.len(), 10);
    }

    /// HT081: a page that was not storable a moment ago makes nobody wait.
    async fn an_unstorable_page_is_remembered_for_a_while(way) {
        let gate = Arc::new(Semaphore::new(1));
        let site = way.site(|| Policy::seconds(60), gated(&gate, &[("cache-control", "private")])).await;
        site.get("/page").await;
        gate.forget_permits(1);

        let visits = [site.visit(&[]), site.visit(&[])];

        until(|| site.runs() == 3).await;
        gate.add_permits(10);
        for visit in visits {
            visit.await.unwrap();
        }
        assert_eq!(site.stage.stats().waits, 0);
    }

    /// HT082: the one that leads goes away.
    async fn a_visitor_who_goes_away_takes_nobody_along(way) {
        let gate = closed();
        let site = way.site(|| Policy::seconds(60), gated(&gate, &[])).await;
        let leader = site.visit(&[]);
        until(|| site.runs() == 1).await;
        let waiters = [site.visit(&[]), site.visit(&[])];
        until(|| site.stage.stats().waits == 2).await;

        leader.abort();
        gate.add_permits(10);

        for waiter in waiters {
            assert_eq!(waiter.await.unwrap(), " 2");
        }
    }

    /// HT083.
    async fn a_panic_of_the_handler_releases_those_who_wait(way) {
        let gate = closed();
        let held = Arc::clone(&gate);
        let script = Script::waiting(move |asked| {
            let gate = Arc::clone(&held);
            async move {
                drop(gate.acquire().await.unwrap());
                assert!(asked.run > 1, "as a handler may");
                asked.told()
            }
        });
        let site = way.site(|| Policy::seconds(60), script).await;
        let leader = site.visit(&[]);
        until(|| site.runs() == 1).await;
        let waiter = site.visit(&[]);
        until(|| site.stage.stats().waits == 1).await;

        gate.add_permits(10);

        assert!(leader.await.unwrap_err().is_panic());
        assert_eq!(waiter.await.unwrap(), "/page run 2");
    }

    /// HT084.
    async fn waiters_of_different_variants_get_their_own(way) {
        let gate = closed();
        let site = way.site(|| Policy::seconds(60), gated(&gate, &[("vary", "Accept-Language")])).await;
        let leader = site.visit(&[("accept-language", "de")]);
        until(|| site.runs() == 1).await;
        let waiters = [
            ("de", site.visit(&[("accept-language", "de")])),
            ("fr", site.visit(&[("accept-language", "fr")])),
            ("fr", site.visit(&[("accept-language", "fr")])),
            ("it", site.visit(&[("accept-language", "it")])),
        ];
        until(|| site.stage.stats().waits == 4).await;

        gate.add_permits(100);

        assert_eq!(leader.await.unwrap(), "de 1");
        for (language, waiter) in waiters {
            assert!(waiter.await.unwrap().starts_with(language));
        }
        assert_eq!(site.runs(), 3);
    }

    /// HT085.
    async fn flights_of_many_cold_pages_end(way) {
        let site = way.site(|| Policy::seconds(60), gated(&Arc::new(Semaphore::new(1)), &[])).await;

        for number in 0..200 {
            site.get(&format!("/page?q={number}")).await;
        }

        assert_eq!(cache_runtime::call::flights_of(&site.stage.caches.get("default").unwrap()), 0);
    }
}
