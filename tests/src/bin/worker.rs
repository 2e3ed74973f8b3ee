//! One of several processes that share a store: asks one cached function many times at once.
//!
//! It takes lines and answers by lines, so that a test knows where it stands: after `go` it asks and
//! says `asked`; a body that begins says `body`, and ends after `finish`; at last comes
//! `done <callers> <computations>`.

use std::io::BufRead;
use std::sync::OnceLock;

use cache_runtime::{cached, caches};
use tokio::sync::watch;

/// How many callers each process has.
const CALLERS: usize = 250;

static FINISH: OnceLock<watch::Receiver<bool>> = OnceLock::new();

#[cached(key = "answer:{question}", timeout = 60)]
async fn answer(question: &str) -> String {
    println!("body");
    let mut finish = FINISH.get().expect("set before the first call").clone();
    finish.wait_for(|is_over| *is_over).await.expect("the sender lives as long as the process");
    format!("the answer to {question}")
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

    going.await.expect("the parent says go");
    let calls: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(answer("everything"))).collect();
    tokio::task::yield_now().await;
    println!("asked");
    for call in calls {
        assert_eq!(call.await.expect("no call panics"), "the answer to everything");
    }
    let computations = caches().get("default").expect("the settings are valid").stats().computations;
    println!("done {CALLERS} {computations}");
}
