//! Caches described in code.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_runtime::backend::{Described, SharedBackend, Site, dummy, memory::Memory};
use cache_runtime::base::error::Result;
use cache_runtime::base::setup::Setup;
use cache_runtime::{Caches, ErrorKind, Timeout, Ttl};

use crate::annotations::describe;

/// A backend that counts how often it is built.
struct Counted(Arc<AtomicU64>);

impl Described for Counted {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.0.fetch_add(1, Ordering::Relaxed);
        dummy::Options::default().build(site.clock())
    }
}

#[test]
fn a_cache_is_built_when_it_is_first_used_and_once() {
    // LL121 LL124
    let builds = Arc::new(AtomicU64::new(0));
    let caches = Caches::builder().add("counted", Setup::over(Counted(Arc::clone(&builds)))).build().unwrap();
    assert_eq!(caches.aliases_in_use().count(), 0);

    caches.get("counted").unwrap();
    caches.get("counted").unwrap();

    assert_eq!(caches.aliases_in_use().collect::<Vec<_>>(), ["counted"]);
    assert_eq!(builds.load(Ordering::Relaxed), 1);
}

#[test]
fn an_alias_names_the_same_cache_each_time() {
    // LL121
    let caches = Caches::builder().build().unwrap();

    caches.get("default").unwrap().blocking().set("key", &1, 60).unwrap();

    assert_eq!(caches.get("default").unwrap().blocking().get("key").unwrap(), Some(1));
}

#[test]
fn aliases_share_a_store_by_its_url_and_are_apart_by_their_prefix() {
    let caches = Caches::builder()
        .add_url("pages", "memory://one?key_prefix=pages&timeout=never")
        .and_then(|builder| builder.add_url("rest", "memory://one?key_prefix=rest"))
        .and_then(cache_runtime::CachesBuilder::build)
        .unwrap();
    let (pages, rest) = (caches.get("pages").unwrap().blocking(), caches.get("rest").unwrap().blocking());

    pages.set("key", &1, Timeout::Default).unwrap();

    assert_eq!((pages.get::<i32>("key").unwrap(), rest.get::<i32>("key").unwrap()), (Some(1), None));
    assert_eq!((pages.ttl("key").unwrap(), rest.stats().entries), (Some(Ttl::Never), Some(1)));
}

#[test]
fn what_is_wrong_with_a_url_names_its_alias_and_not_the_url() {
    let error = Caches::builder().add_url("pages", "rdis://me:hush@host").err().unwrap();

    let text = error.to_string();
    assert!(text.contains("the URL of `pages`") && text.contains("did you mean `redis`?"), "{text}");
    assert!(!text.contains("hush"), "{text}");
}

#[test]
fn an_unknown_alias_is_an_error_that_names_it_and_the_known_ones() {
    // LL122
    let caches = Caches::builder().add("marketing", Memory::new()).build().unwrap();

    let error = caches.get("marketin").err().unwrap();

    assert_eq!(error.kind(), ErrorKind::UnknownAlias);
    let text = error.to_string();
    assert!(text.contains("`marketin`; did you mean `marketing`?"), "{text}");
    assert!(text.contains("`default`, `marketing`"), "{text}");
}

#[test]
fn default_is_there_without_being_added() {
    let caches = Caches::builder().build().unwrap();

    assert_eq!(caches.aliases().collect::<Vec<_>>(), ["default"]);
}

#[test]
fn what_is_added_last_under_an_alias_holds() {
    let caches =
        Caches::builder().add("a", Memory::new()).add("a", Memory::new().timeout(7)).build().unwrap();
    let cache = caches.get("a").unwrap().blocking();

    cache.set("key", &1, cache_runtime::Timeout::Default).unwrap();

    let cache_runtime::Ttl::After(left) = cache.ttl("key").unwrap().unwrap() else { panic!("it is mortal") };
    assert!(left.as_secs() <= 7, "{left:?}");
}

#[test]
fn aliases_and_prefixes_that_cannot_be_used_are_errors() {
    let long = "p".repeat(101);
    for (alias, prefix) in [("two words", ""), ("", ""), ("pages", long.as_str()), ("pages", "a\nb")] {
        let error = Caches::builder().add(alias, Memory::new().key_prefix(prefix)).build().err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(&format!("`{alias}`")), "{error}");
    }
}

#[test]
fn what_is_registered_is_listed() {
    use cache_runtime::cache::registration::Description;
    let report =
        Description::new("shop::report", "default").key("report:{id}").at("src/shop.rs", 12).counts(3, 1);
    describe(report.clone());

    let functions = Caches::builder().build().unwrap().functions();

    assert!(functions.contains(&report), "{functions:?}");
    assert_eq!(report.place(), "src/shop.rs:12");
}

#[test]
fn a_prefix_that_reads_like_another_one_with_its_version_is_refused() {
    let build = |prefix: &str| Caches::builder().add("pages", Memory::new().key_prefix(prefix)).build();

    // The keys of `shop` at version 1 begin with `shop:1:`, and so would those of these.
    for prefix in ["shop:1", "shop:1:de", ":2", "a:b:30"] {
        let error = build(prefix).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Settings, "{prefix}");
        assert!(error.to_string().contains("behind a `:`"), "{error}");
    }
    for prefix in ["", "shop", "1", "shop:de", "shop:v1", "shop-1", "shop:1st", "shop:"] {
        assert!(build(prefix).is_ok(), "{prefix}");
    }
}
