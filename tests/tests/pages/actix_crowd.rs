//! Many visitors of actix at once: one run of the handler, and nobody who hangs.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::{HttpResponse, rt, web};
use cache_runtime::actix::CachePage;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use crate::actix_stage::{Script, Site, behind};
use crate::stage::Stage;

/// Handlers wait here.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

/// A site whose handler ends when the gate opens.
async fn gated(script: &Script) -> (Rc<Site>, Gate) {
    let gate = Gate(Arc::new(Semaphore::new(0)));
    let held = gate.clone();
    let handler = move |script: web::Data<Script>| {
        let gate = held.clone();
        async move {
            let run = script.runs.next();
            drop(gate.0.acquire().await.unwrap());
            let mut response = HttpResponse::Ok();
            for line in script.headers {
                response.append_header(*line);
            }
            response.body(run.to_string())
        }
    };
    (Rc::new(behind!(CachePage::seconds(60), script, handler)), gate)
}

/// A visit as a task of its own.
fn visit(stage: &Stage, site: &Rc<Site>) -> rt::task::JoinHandle<String> {
    let site = Rc::clone(site);
    let visit: std::pin::Pin<Box<dyn Future<Output = String>>> =
        Box::pin(async move { site.get("/page").await.text().to_owned() });
    rt::spawn(stage.caches.clone().scope(visit))
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}

/// HT080, HT085: handlers of actix are not sent to other threads, and share a flight all the same.
#[actix_web::test]
async fn five_hundred_visitors_of_a_cold_page_run_the_handler_once() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let (site, gate) = gated(&script).await;
    let visitors: Vec<_> = (0..500).map(|_| visit(&stage, &site)).collect();
    until(|| stage.stats().waits == 499).await;

    gate.0.add_permits(1000);

    for visitor in visitors {
        assert_eq!(visitor.await.unwrap(), "1");
    }
    assert_eq!(script.runs.count(), 1);
}

/// HT082: the one that leads goes away.
#[actix_web::test]
async fn a_visitor_who_goes_away_takes_nobody_along() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let (site, gate) = gated(&script).await;
    let leader = visit(&stage, &site);
    until(|| script.runs.count() == 1).await;
    let waiters = [visit(&stage, &site), visit(&stage, &site)];
    until(|| stage.stats().waits == 2).await;

    leader.abort();
    gate.0.add_permits(10);

    for waiter in waiters {
        assert_eq!(waiter.await.unwrap(), "2");
    }
}

/// HT081.
#[actix_web::test]
async fn visitors_of_an_unstorable_page_do_not_queue() {
    let (stage, script) = (Stage::new(), Script::new(&[("cache-control", "private")]));
    let (site, gate) = gated(&script).await;
    let leader = visit(&stage, &site);
    until(|| script.runs.count() == 1).await;
    let waiters: Vec<_> = (0..9).map(|_| visit(&stage, &site)).collect();
    until(|| stage.stats().waits == 9).await;

    gate.0.add_permits(1);
    assert_eq!(leader.await.unwrap(), "1");

    until(|| script.runs.count() == 10).await;
    gate.0.add_permits(100);
    for waiter in waiters {
        assert_ne!(waiter.await.unwrap(), "1");
    }
}
