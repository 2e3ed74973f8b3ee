//! Serves one site until whoever started it goes away, and prints where.
//!
//! `page_server SITE`; `REDIS_URL` says where the cache `shared` is.

use std::io::Read;

use axum::serve::ListenerExt;
use cache_benches::page::site;
use cache_runtime::Caches;
use cache_runtime::backend::redis::Redis;
use tokio::net::TcpListener;

fn main() -> std::io::Result<()> {
    let name = std::env::args().nth(1).expect("usage: page_server SITE");
    let site = site(&name).expect("such a site");
    if let Ok(url) = std::env::var("REDIS_URL") {
        let redis = Redis::url(&url).expect("a URL of Redis");
        Caches::builder().add("shared", redis).install().expect("no cache was used yet");
    }
    std::thread::spawn(leave_with_parent);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|connection| {
            // Without it the end of a large page waits for a confirmation.
            let _ = connection.set_nodelay(true);
        });
        axum::serve(listener, (site.router)()).await
    })
}

/// The other end of the input closes when the parent ends, however it ends.
fn leave_with_parent() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(0);
}
