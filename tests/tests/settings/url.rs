//! A cache as a URL describes it.

use cache_runtime::{Caches, ErrorKind, Timeout, Ttl};

fn fault(url: &str) -> String {
    let error = Caches::from_url(url).err().unwrap_or_else(|| panic!("{url} is no error"));
    assert_eq!(error.kind(), ErrorKind::Settings, "{error}");
    error.to_string()
}

#[test]
fn the_scheme_names_the_backend() {
    for (url, keeps) in [("memory://", true), ("dummy://", false)] {
        let cache = Caches::from_url(url).unwrap().build().unwrap().get("default").unwrap().blocking();

        cache.set("key", &1, 60).unwrap();

        assert_eq!(cache.has_key("key").unwrap(), keeps, "{url}");
    }
}

#[test]
fn the_query_states_settings() {
    let url = "memory://name?max_entries=40&timeout=1h%2030m&version=3";
    let cache = Caches::from_url(url).unwrap().build().unwrap().get("default").unwrap().blocking();

    for key in 0..100 {
        cache.set(key.to_string(), &key, Timeout::Default).unwrap();
    }

    assert_eq!(cache.stats().entries, Some(40));
    let Ttl::After(left) = cache.ttl("99").unwrap().unwrap() else { panic!("it is mortal") };
    assert!(left.as_secs() > 5000, "{left:?}");
    assert!(cache.with_version(3).has_key("99").unwrap());
}

#[test]
fn an_unknown_scheme_is_an_error_that_names_the_known_ones() {
    let text = fault("memry://");

    assert!(text.contains("`memry`; did you mean `memory`?"), "{text}");
    assert!(text.contains("`redis`, `rediss`, `unix`"), "{text}");
    assert!(!text.contains('+'), "shapes are not listed: {text}");
    assert!(fault("redis+clutser://").contains("did you mean `redis+cluster`?"));
}

#[test]
fn text_without_a_scheme_is_an_error() {
    assert!(fault("localhost:6379").contains("it has no scheme"));
}

#[test]
fn an_unknown_parameter_is_an_error() {
    let text = fault("memory://?max_entires=5");

    assert!(text.contains("`max_entires`; did you mean `max_entries`?"), "{text}");
}

#[test]
fn the_query_cannot_name_another_backend_or_place() {
    for url in ["memory://?backend=dummy", "memory://?location=x"] {
        assert!(fault(url).contains("stands before the query"), "{url}");
    }
}

#[test]
fn a_query_that_is_not_encoded_well_is_an_error() {
    for url in ["memory://?timeout=%", "memory://?timeout=%zz", "memory://?key_prefix=%ff"] {
        assert!(fault(url).contains("percent-encoded"), "{url}");
    }
}

#[test]
fn no_error_shows_a_password() {
    for url in [
        "redis://:secret@host/1?timeuot=5",
        "rdis://:secret@host",
        "redis:secret@host",
        "redis://:secret@host?timeout=%",
    ] {
        assert!(!fault(url).contains("secret"), "{url}");
    }
}
