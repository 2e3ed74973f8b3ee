//! One of several processes that share a store: asks one cached function, or one page, many times at once.
//!
//! It takes lines and answers by lines, so that a test knows where it stands: after `go` it asks and
//! says `asked`; a body that begins says `body`, and ends after `finish`; at last comes
//! `refused <fills>` and `done <callers> <computations>`. With the argument `page`, a page is asked for; with
//! `write`, it writes after `go` until it is killed, and says so after each time.

use std::io::BufRead;
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use cache_runtime::page::CachePage;
use cache_runtime::{cached, caches};
use tokio::sync::watch;
use tower::ServiceExt;

/// How many callers each process has.
const CALLERS: usize = 250;

/// How many visitors each process has.
const VISITORS: usize = 125;

static FINISH: OnceLock<watch::Receiver<bool>> = OnceLock::new();

#[cached(key = "answer:{question}", timeout = 60)]
async fn answer(question: &str) -> String {
    println!("body");
    let mut finish = FINISH.get().expect("set before the first call").clone();
    finish.wait_for(|is_over| *is_over).await.expect("the sender lives as long as the process");
    format!("the answer to {question}")
}

/// The same answer as a page, whose handler says `body` when it begins.
fn pages() -> Router {
    let handler = async || {
        println!("body");
        let mut finish = FINISH.get().expect("set before the first visit").clone();
        finish.wait_for(|is_over| *is_over).await.expect("the sender lives as long as the process");
        "the answer to everything"
    };
    Router::new().route("/everything", get(handler)).layer(CachePage::seconds(60))
}

async fn visit(pages: Router) -> String {
    let request = Request::builder().uri("http://answers.example/everything").body(Body::empty());
    let response = pages.oneshot(request.expect("a request")).await.expect("a router does not fail");
    let body = axum::body::to_bytes(response.into_body(), 100).await.expect("a short body");
    String::from_utf8(body.into()).expect("text")
}

/// Waits for the store: on a machine that is busy, a first connection takes longer than a call waits.
async fn connect() {
    let cache = caches().get("default").expect("the settings are valid");
    while cache.has_key("connected").await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// Writes texts of one letter each, of many lengths, over one another.
async fn write_all() {
    let cache = caches().get("default").expect("the settings are valid");
    for (turn, letter) in ('a'..='z').cycle().enumerate() {
        let text = letter.to_string().repeat(1 + turn * 977 % 20_000);
        cache.set(format!("text {}", turn % 16), &text, 60).await.expect("the store takes it");
        println!("wrote");
    }
}

fn is_asked_to(do_what: &str) -> bool {
    std::env::args().any(|argument| argument == do_what)
}

async fn ask_all() -> usize {
    let calls: Vec<_> = if is_asked_to("page") {
        let pages = pages();
        (0..VISITORS).map(|_| tokio::spawn(visit(pages.clone()))).collect()
    } else {
        (0..CALLERS).map(|_| tokio::spawn(answer("everything"))).collect()
    };
    tokio::task::yield_now().await;
    println!("asked");
    let count = calls.len();
    for call in calls {
        assert_eq!(call.await.expect("no call panics"), "the answer to everything");
    }
    count
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (finish, finished) = watch::channel(false);
    FINISH.set(finished).expect("set once");
    let (go, going) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
        lines.find(|line| line == "go");
        go.send(()).expect("the program waits for it");
        lines.find(|line| line == "finish");
        finish.send_replace(true);
    });

    connect().await;
    going.await.expect("the parent says go");
    if is_asked_to("write") {
        write_all().await;
    }
    let callers = ask_all().await;
    let statistics = caches().get("default").expect("the settings are valid").stats();
    println!("refused {}", statistics.refused_fills);
    println!("done {callers} {}", statistics.computations);
}
