//! Pages around a compressing layer and inside of one, pages that grow stale, and what operators may do.
//!
//! `cargo run --release --example pages` starts a small site on a free port, visits it, and prints what came of each
//! visit. A whole site is the example `site`.

mod site;

mod client;
mod visits;

use std::error::Error;

use axum::Router;
use cache_examples::{Db, Paint};
use cache_runtime::Caches;
use cache_runtime::backend::memory::Memory;
use cache_runtime::testing::TestClock;
use client::Client;
use tokio::net::TcpListener;

/// What operators bring in `Authorization`; a site of your own takes it from its environment.
const SECRET: &str = "only for this example";

/// Visits the site. Its clock is one that the visits move, so that a page grows stale without a wait.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = TestClock::new();
    Caches::builder().clock(clock.clock()).add("default", Memory::new()).install()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = Client::new(listener.local_addr()?);
    tokio::spawn(accept(listener, site::site(Db::load()?)));
    visits::all(&client, &clock, Paint::of_stdout()).await
}

async fn accept(listener: TcpListener, site: Router) {
    axum::serve(listener, site).await.expect("it accepts until the program ends");
}
