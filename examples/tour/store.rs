//! Where the tour caches: memory, or what a URL names.

use cache_examples::{Paint, WIDTH, wrapped};
use cache_runtime::{Caches, Result, cache, caches};

/// What the tour's keys begin with in a store that others may use as well.
const PREFIX: &str = "cache-tour";

/// Makes the cache at `url` the default one, says what it is and whether it answers.
///
/// Without a URL nothing is to be done: `default` is there, in memory.
pub(crate) async fn choose(url: Option<&str>, paint: Paint) -> Result<()> {
    if let Some(url) = url {
        Caches::from_url(&with_prefix(url))?.install()?;
    }
    println!("Cached in {}", url.map_or("memory, the default without any settings".to_owned(), shown));
    for finding in caches().check() {
        for line in wrapped(&finding.to_string(), WIDTH - 4) {
            println!("  {} {line}", paint.yellow("!"));
        }
        println!(
            "  {} The tour goes on: without a store every call computes, and none fails.",
            paint.yellow("!")
        );
    }
    // What an earlier tour left there would not be cold. A store that is down was spoken of above.
    let _ = cache("default")?.clear().await;
    Ok(())
}

/// Leaves the store as it was.
pub(crate) async fn leave() -> Result<()> {
    let cache = cache("default")?;
    let _ = cache.clear().await;
    cache.close().await
}

fn with_prefix(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    if url.contains("key_prefix=") { url.to_owned() } else { format!("{url}{separator}key_prefix={PREFIX}") }
}

/// The URL without what nobody else should read.
fn shown(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}
