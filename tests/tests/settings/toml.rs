//! Caches as the text of `cache.toml` describes them.

use std::time::Duration;

use cache_runtime::testing::TestClock;
use cache_runtime::{Caches, ErrorKind, Timeout, Ttl};

fn fault(text: &str) -> String {
    let error = Caches::from_toml(text).err().unwrap_or_else(|| panic!("{text} is no error"));
    assert_eq!(error.kind(), ErrorKind::Settings, "{error}");
    error.to_string()
}

/// What is left of an entry that was just stored in `pages` without a timeout; the clock stands still.
fn default_ttl(text: &str) -> Ttl {
    let caches = Caches::from_toml(text).unwrap().clock(TestClock::new().clock()).build().unwrap();
    let cache = caches.get("pages").unwrap().blocking();
    cache.set("key", &1, Timeout::Default).unwrap();
    cache.ttl("key").unwrap().unwrap()
}

#[test]
fn each_table_is_a_cache() {
    // LL126
    let text = "[caches.default]\nbackend = \"memory\"\n[caches.nothing]\nbackend = \"dummy\"";

    let caches = Caches::from_toml(text).unwrap().build().unwrap();

    assert_eq!(caches.aliases().collect::<Vec<_>>(), ["default", "nothing"]);
    assert_eq!(caches.check(), []);
}

#[test]
fn default_is_memory_without_a_table() {
    let caches = Caches::from_toml("").unwrap().build().unwrap();
    let cache = caches.get("default").unwrap().blocking();

    cache.set("key", &1, 60).unwrap();

    assert_eq!(cache.get("key").unwrap(), Some(1));
}

#[test]
fn a_timeout_is_text_seconds_or_never() {
    for (timeout, millis) in [("\"15m\"", 900_000), ("60", 60_000), ("0.5", 500), ("\"1h 30m\"", 5_400_000)] {
        let ttl = default_ttl(&format!("[caches.pages]\nbackend = \"memory\"\ntimeout = {timeout}"));

        assert_eq!(ttl, Ttl::After(Duration::from_millis(millis)), "{timeout}");
    }
    assert_eq!(default_ttl("[caches.pages]\nbackend = \"memory\"\ntimeout = \"never\""), Ttl::Never);
}

#[test]
fn a_timeout_of_zero_keeps_nothing() {
    let text = "[caches.default]\nbackend = \"memory\"\ntimeout = 0";
    let cache = Caches::from_toml(text).unwrap().build().unwrap().get("default").unwrap().blocking();

    cache.set("key", &1, Timeout::Default).unwrap();

    assert!(!cache.has_key("key").unwrap());
}

#[test]
fn aliases_at_one_location_share_entries_by_prefix_and_version() {
    let table = |alias, more| format!("[caches.{alias}]\nbackend = \"memory\"\nlocation = \"one\"\n{more}\n");
    let text = [
        table("a", "key_prefix = \"site\""),
        table("same", "key_prefix = \"site\""),
        table("later", "key_prefix = \"site\"\nversion = 2"),
    ];
    let caches = Caches::from_toml(&text.concat()).unwrap().build().unwrap();

    caches.get("a").unwrap().blocking().set("key", &1, 60).unwrap();

    assert!(caches.get("same").unwrap().blocking().has_key("key").unwrap());
    assert!(!caches.get("later").unwrap().blocking().has_key("key").unwrap());
    assert!(caches.get("later").unwrap().with_version(1).blocking().has_key("key").unwrap());
}

#[test]
fn memory_takes_its_bounds() {
    let text = "[caches.default]\nbackend = \"memory\"\nmax_entries = 40";
    let cache = Caches::from_toml(text).unwrap().build().unwrap().get("default").unwrap().blocking();

    for key in 0..100 {
        cache.set(key.to_string(), &key, 60).unwrap();
    }

    assert_eq!(cache.stats().entries, Some(40));
}

#[test]
fn an_unknown_field_is_an_error_that_names_the_known_ones() {
    let text = fault("[caches.pages]\nbackend = \"memory\"\ntimeuot = 5");

    assert!(text.contains("cache.toml [caches.pages]"), "{text}");
    assert!(text.contains("`timeuot`; did you mean `timeout`?"), "{text}");
    assert!(text.contains("`max_entries`"), "{text}");
}

#[test]
fn an_unknown_backend_is_an_error_that_names_the_known_ones() {
    let text = fault("[caches.pages]\nbackend = \"memori\"");

    assert!(text.contains("`memori`; did you mean `memory`?"), "{text}");
    assert!(
        text.contains("`memory`, `dummy`, `redis`, `memcached`, `filesystem`, `database`, `tiered`, `code`"),
        "{text}"
    );
}

#[test]
fn a_missing_backend_is_an_error_that_names_the_known_ones() {
    let text = fault("[caches.pages]\ntimeout = 5");

    assert!(
        text.contains(
            "`backend` is missing (known: `memory`, `dummy`, `redis`, `memcached`, `filesystem`, `database`, `tiered`, `code`)"
        ),
        "{text}"
    );
}

#[test]
fn an_unknown_table_is_an_error() {
    let text = fault("[cache.pages]\nbackend = \"memory\"");

    assert!(text.contains("`cache`; did you mean `caches`?"), "{text}");
}

#[test]
fn a_value_where_a_table_belongs_is_an_error_that_names_it() {
    for (text, name) in [("caches = 3", "`caches`"), ("[caches]\npages = \"memory\"", "`caches.pages`")] {
        let fault = fault(text);

        assert!(fault.contains(&format!("cache.toml: {name} is not a table")), "{fault}");
    }
}

#[test]
fn a_bad_duration_is_an_error_that_says_what_is_expected() {
    for value in ["\"soon\"", "-1", "true", "[5]", "\"5 parsecs\""] {
        let text = fault(&format!("[caches.pages]\nbackend = \"memory\"\ntimeout = {value}"));

        assert!(text.contains("[caches.pages]: `timeout` takes seconds, or text such as \"15m\""), "{text}");
    }
}

#[test]
fn what_is_no_toml_is_an_error_with_its_line() {
    let text = fault("[caches.pages]\nbackend = memory");

    assert!(text.contains("cache.toml: ") && text.contains("line 2"), "{text}");
}

#[test]
fn bounds_limits_and_names_that_cannot_be_used_are_found_when_they_are_read() {
    for (table, words) in [
        ("pages]\nbackend = \"memory\"\nmax_entries = 0", "`max_entries` takes a whole number, at least one"),
        ("pages]\nbackend = \"memory\"\nmax_weight = \"0 MiB\"", "`max_weight` takes bytes, at least one"),
        (
            "pages]\nbackend = \"redis\"\nlocation = \"redis://h\"\nanswer_timeout = \"10us\"",
            "at least a millisecond",
        ),
        ("pages]\nbackend = \"memory\"\nkey_prefix = \"site:7\"", "the number `7` behind a `:`"),
        ("\"a b\"]\nbackend = \"memory\"", "the alias `a b`"),
    ] {
        let text = fault(&format!("[caches.{table}"));

        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn bounds_of_code_that_cannot_be_used_are_found_at_first_use() {
    let memory = cache_runtime::backend::memory::Memory::new().max_entries(0);
    let caches = Caches::builder().add("default", memory).build().unwrap();

    let error = caches.get("default").err().unwrap();

    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().contains("`max_entries` is zero"), "{error}");
}

#[test]
fn a_cache_left_to_code_is_an_error_until_code_describes_it() {
    let text = "[caches.mine]\nbackend = \"code\"";
    let caches = Caches::from_toml(text).unwrap().build().unwrap();

    let error = caches.get("mine").err().unwrap();

    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().contains(".add(\"mine\", …)"), "{error}");
    assert!(caches.get("default").is_ok());
}

#[test]
fn code_describes_what_is_left_to_it() {
    use cache_runtime::backend::dummy::Dummy;
    let text = "[caches.mine]\nbackend = \"code\"";

    let caches = Caches::from_toml(text).unwrap().add("mine", Dummy::new()).build().unwrap();

    assert!(caches.get("mine").is_ok());
}
