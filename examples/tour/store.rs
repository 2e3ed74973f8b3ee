//! Where the tour caches: memory, or what a URL names.

use cache_examples::{Paint, WIDTH, wrapped};
use cache_runtime::key::tag;
use cache_runtime::{Caches, Result, cache, caches};

/// What the tour's keys begin with in a store that others may use as well.
const PREFIX: &str = "cache-tour";

/// Whose cities the tour asks for.
const COUNTRIES: [&str; 5] = ["DE", "FR", "IN", "IT", "US"];

/// Makes the cache at `url` the default one, says what it is and whether it answers.
///
/// Without a URL nothing is to be done: `default` is there, in memory.
pub(crate) async fn choose(url: Option<&str>, paint: Paint) -> Result<()> {
    if let Some(url) = url {
        Caches::from_url(&with_prefix(url))?.install()?;
    }
    println!("Cached in {}", url.map_or("memory, the default without any settings".to_owned(), shown));
    for finding in caches().check() {
        warn(&finding.to_string(), paint);
        warn("the tour goes on: without a store every call computes, and none fails", paint);
    }
    // What an earlier tour left there would not be cold. A store that is down was spoken of above.
    let _ = cache("default")?.clear().await;
    Ok(())
}

/// Leaves the store as it was: without the entries, and without the records of their tags, which other
/// versions might share and a clearing therefore leaves.
pub(crate) async fn leave() -> Result<()> {
    let cache = cache("default")?;
    if cache.clear().await.is_ok() {
        for country in COUNTRIES {
            let _ = cache.invalidate_tag(tag("country:").part(country)).await;
        }
    }
    cache.close().await
}

fn warn(text: &str, paint: Paint) {
    for (at, line) in wrapped(text, WIDTH - 4).into_iter().enumerate() {
        let mark = if at == 0 { paint.yellow("!") } else { " ".to_owned() };
        println!("  {mark} {line}");
    }
}

/// The URL with the tour's own prefix, whatever it says of one: the tour clears what it finds there.
fn with_prefix(url: &str) -> String {
    let (location, query) = url.split_once('?').unwrap_or((url, ""));
    let ours = format!("key_prefix={PREFIX}");
    let others =
        query.split('&').filter(|setting| !setting.is_empty() && !setting.starts_with("key_prefix="));
    let settings: Vec<_> = others.chain([ours.as_str()]).collect();
    format!("{location}?{}", settings.join("&"))
}

/// The URL without what nobody else should read.
fn shown(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}
