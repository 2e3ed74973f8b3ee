//! One of several processes with a front over a store that they share: does what lines ask, and answers by lines.
//!
//! `set`, `delete`, `invalidate`, `refresh`, `tag` and `clear` change something and say `done`; `watch` asks for the
//! texts again and again, and says so whenever one has another value, or cannot be had, and `keeps` when all are in
//! front for the first time. The settings are in `CACHE_URL`.

use std::future::Future;
use std::io::BufRead;
use std::pin::pin;
use std::task::{Context, Waker};

use cache_runtime::{cached, caches};
use tokio::sync::mpsc;

#[cached(key = "tagged", timeout = 60, tags = ["names"])]
async fn tagged() -> String {
    source().await
}

#[cached(key = "called", timeout = 60)]
async fn called() -> String {
    source().await
}

/// The truth, which is not cached in front: a plain integer.
async fn source() -> String {
    let cache = caches().get("default").expect("the settings are valid");
    match cache.get::<i64>("truth").await {
        Ok(truth) => truth.unwrap_or_default().to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

async fn change(words: &[&str]) {
    let cache = caches().get("default").expect("the settings are valid");
    let done = match words {
        ["truth", number] => cache.set("truth", &number.parse::<i64>().expect("a number"), 60).await,
        ["set", value] => cache.set("key", *value, 60).await,
        ["delete"] => cache.delete("key").await.map(drop),
        ["invalidate"] => called::invalidate().await.map(drop),
        ["tag"] => cache.invalidate_tag("names").await,
        ["clear"] => cache.clear().await,
        ["refresh"] => {
            called::refresh().await;
            Ok(())
        }
        other => panic!("unexpected: {other:?}"),
    };
    done.expect("the store takes it");
    println!("done");
}

/// Whether a lookup is answered at once: by the front.
fn is_in_front(lookup: impl Future) -> bool {
    pin!(lookup).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Says what is seen, whenever it is another than before.
async fn watch() {
    let cache = caches().get("default").expect("the settings are valid");
    let (mut before, mut keeps) = (String::new(), false);
    loop {
        if !keeps && is_in_front(cache.get::<String>("key")) && is_in_front(called()) && is_in_front(tagged())
        {
            println!("keeps");
            keeps = true;
        }
        let key = match cache.get::<String>("key").await {
            Ok(value) => value.unwrap_or_else(|| "nothing".to_owned()),
            Err(_) => "unreachable".to_owned(),
        };
        let seen = match key.as_str() {
            "unreachable" => key,
            _ => format!("{key} {} {}", called().await, tagged().await),
        };
        if seen != before {
            println!("sees {seen}");
            before = seen;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, mut lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let cache = caches().get("default").expect("the settings are valid");
    while cache.has_key("connected").await.is_err() {
        tokio::task::yield_now().await;
    }
    println!("ready");
    while let Some(line) = lines.recv().await {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["watch"] => watch().await,
            ref words => change(words).await,
        }
    }
}
