//! The layers of a program's settings: embedded file, `CACHE_CONFIG`, `CACHE_URL`, `CACHE_<ALIAS>_URL`, code.

use cache_runtime::backend::memory::Memory;
use cache_runtime::cache::registration::{Description, EmbeddedSettings};
use cache_runtime::{Caches, ErrorKind, Timeout, Ttl, cache, caches};
use cache_tests::Folder;

use crate::annotations::{describe, describe_both};
use crate::process::in_its_own_process;

fn embed(path: &'static str, text: &'static str) -> Description {
    Description::new("shop::report", "default").settings(Some(EmbeddedSettings { path, text }))
}

/// Whether the cache keeps anything: memory does, dummy does not.
fn keeps(alias: &str) -> bool {
    let cache = cache(alias).unwrap().blocking();
    cache.set("key", &1, Timeout::Never).unwrap();
    cache.has_key("key").unwrap()
}

fn default_seconds(alias: &str) -> u128 {
    let cache = cache(alias).unwrap().blocking();
    cache.set("key", &1, Timeout::Default).unwrap();
    let Some(Ttl::After(left)) = cache.ttl("key").unwrap() else { panic!("it is mortal") };
    // A moment has passed since: the whole seconds above are those that were stated.
    left.as_millis().div_ceil(1000)
}

/// A file in a folder that is there until the test ends.
fn file(text: &str) -> (Folder, String) {
    let folder = Folder::new();
    let path = folder.file("other.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}

#[test]
fn without_settings_there_is_default_in_memory() {
    in_its_own_process(&[], || {
        assert_eq!(caches().aliases().collect::<Vec<_>>(), ["default"]);
        assert!(keeps("default"));
        assert_eq!(default_seconds("default"), 300);
        assert_eq!(caches().check(), []);
    });
}

#[test]
fn the_embedded_file_is_the_default() {
    in_its_own_process(&[], || {
        describe(embed(
            "cache.toml",
            "[caches.default]\nbackend = \"dummy\"\n[caches.pages]\nbackend = \"memory\"",
        ));

        assert!(!keeps("default"));
        assert!(keeps("pages"));
    });
}

#[test]
fn the_same_file_embedded_twice_is_one() {
    in_its_own_process(&[], || {
        let text = "[caches.default]\nbackend = \"dummy\"";
        describe_both(embed("here/cache.toml", text), embed("there/cache.toml", text));

        assert!(!keeps("default"));
    });
}

#[test]
fn two_different_embedded_files_are_an_error_that_says_how_to_choose() {
    in_its_own_process(&[], || {
        let (first, second) =
            ("[caches.default]\nbackend = \"dummy\"", "[caches.default]\nbackend = \"memory\"");
        describe_both(embed("here/cache.toml", first), embed("there/cache.toml", second));

        let error = cache("default").err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        let text = error.to_string();
        assert!(text.contains("`here/cache.toml`") && text.contains("`there/cache.toml`"), "{text}");
        assert!(text.contains("CACHE_CONFIG") && text.contains("install()"), "{text}");
        assert_eq!(cache("default").err().unwrap().to_string(), text, "the error is the same each time");
        assert_eq!(caches().check().len(), 1);
    });
}

#[test]
fn cache_config_chooses_between_embedded_files() {
    let (_folder, path) = file("[caches.default]\nbackend = \"dummy\"");
    in_its_own_process(&[("CACHE_CONFIG", &path)], || {
        describe_both(embed("a", "[caches.a]\nbackend = \"memory\""), embed("b", ""));

        assert!(!keeps("default"));
        assert_eq!(cache("a").err().unwrap().kind(), ErrorKind::UnknownAlias);
    });
}

#[test]
fn code_that_brings_the_whole_chooses_between_embedded_files() {
    in_its_own_process(&[], || {
        describe_both(embed("a", "[caches.a]\nbackend = \"memory\""), embed("b", ""));

        Caches::from_toml("[caches.default]\nbackend = \"dummy\"").unwrap().install().unwrap();

        assert!(!keeps("default"));
        assert_eq!(cache("a").err().unwrap().kind(), ErrorKind::UnknownAlias);
    });
}

#[test]
fn cache_config_replaces_tables_of_the_embedded_file() {
    let (_folder, path) = file("[caches.pages]\nbackend = \"dummy\"");
    in_its_own_process(&[("CACHE_CONFIG", &path)], || {
        describe(embed(
            "cache.toml",
            "[caches.pages]\nbackend = \"memory\"\n[caches.kept]\nbackend = \"memory\"",
        ));

        assert!(!keeps("pages"));
        assert!(keeps("kept"));
    });
}

#[test]
fn a_cache_config_that_cannot_be_read_is_an_error_that_names_it() {
    in_its_own_process(&[("CACHE_CONFIG", "/nowhere/cache.toml")], || {
        let error = cache("default").err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains("CACHE_CONFIG names `/nowhere/cache.toml`"), "{error}");
    });
}

#[test]
fn cache_url_says_where_default_is() {
    in_its_own_process(&[("CACHE_URL", "dummy://")], || {
        describe(embed("cache.toml", "[caches.default]\nbackend = \"memory\"\nmax_entries = 5"));

        assert!(!keeps("default"));
    });
}

#[test]
fn a_url_keeps_the_settings_that_every_cache_has() {
    let variables = [("CACHE_URL", "memory://"), ("CACHE_MY_PAGES_URL", "memory://?timeout=30s")];
    in_its_own_process(&variables, || {
        let text = "[caches.default]\nbackend = \"dummy\"\ntimeout = 70\n[caches.my-pages]\nbackend = \"dummy\"\ntimeout = 80";
        describe(embed("cache.toml", text));

        assert!(keeps("default") && keeps("my-pages"));
        assert_eq!((default_seconds("default"), default_seconds("my-pages")), (70, 30));
    });
}

#[test]
fn a_url_for_the_same_backend_keeps_its_own_settings() {
    in_its_own_process(&[("CACHE_URL", "memory://elsewhere")], || {
        describe(embed("cache.toml", "[caches.default]\nbackend = \"memory\"\nmax_entries = 40"));
        let cache = cache("default").unwrap().blocking();

        for key in 0..100 {
            cache.set(key.to_string(), &key, 60).unwrap();
        }

        assert_eq!(cache.stats().entries, Some(40));
    });
}

#[test]
fn a_url_makes_a_new_alias() {
    in_its_own_process(&[("CACHE_SESSIONS_URL", "memory://")], || {
        assert!(keeps("sessions"));
    });
}

#[test]
fn a_url_of_something_else_is_left_alone_and_told_of() {
    in_its_own_process(&[("CACHE_CDN_URL", "https://cdn.example"), ("CACHE_URL", "memory://")], || {
        assert_eq!(cache("cdn").err().unwrap().kind(), ErrorKind::UnknownAlias);

        let findings = caches().check();

        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].place, "CACHE_CDN_URL");
    });
}

#[test]
fn a_variable_whose_alias_is_nearly_another_is_told_of() {
    for url in ["memory://", "https://cdn.example"] {
        let variables =
            [("CACHE_MARKETNG_URL", url), ("CACHE_DEFLAUT_URL", url), ("CACHE_SPARE_URL", "memory://")];
        in_its_own_process(&variables, || {
            describe(embed("cache.toml", "[caches.marketing]\nbackend = \"memory\""));

            let found: Vec<_> = caches().check().iter().map(ToString::to_string).collect();

            assert_eq!(found.len(), 2, "{found:?}");
            assert!(found[0].starts_with("warning: CACHE_DEFLAUT_URL: "), "{found:?}");
            assert!(found[0].ends_with("did you mean `CACHE_DEFAULT_URL`?"), "{found:?}");
            assert!(found[1].ends_with("did you mean `CACHE_MARKETING_URL`?"), "{found:?}");
        });
    }
}

#[test]
fn a_wrong_url_of_a_known_alias_is_an_error_that_names_the_variable() {
    in_its_own_process(&[("CACHE_PAGES_URL", "https://host")], || {
        describe(embed("cache.toml", "[caches.pages]\nbackend = \"memory\""));

        let error = cache("pages").err().unwrap().to_string();

        assert!(error.contains("CACHE_PAGES_URL: unknown scheme `https`"), "{error}");
    });
}

#[test]
fn variables_are_filled_in_from_the_environment() {
    in_its_own_process(&[("PAGES_TIMEOUT", "90s"), ("PAGES_PREFIX", "a${b}")], || {
        let text = "[caches.pages]\nbackend = \"memory\"\ntimeout = \"${PAGES_TIMEOUT}\"\nkey_prefix = \"${PAGES_PREFIX}\"";
        describe(embed("cache.toml", text));

        assert_eq!(default_seconds("pages"), 90);
    });
}

#[test]
fn a_missing_variable_is_an_error_that_names_it() {
    in_its_own_process(&[], || {
        describe(embed("cache.toml", "[caches.pages]\nbackend = \"redis\"\nlocation = \"${REDIS_URL}\""));

        let error = cache("pages").err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        let text = error.to_string();
        assert!(
            text.contains(
                "cache.toml [caches.pages]: `location`: the environment variable `REDIS_URL` is not set"
            ),
            "{text}"
        );
    });
}

#[test]
fn one_alias_that_cannot_be_used_keeps_no_other_from_working() {
    in_its_own_process(
        &[("CACHE_CDN_URL", "redis://host?databse=1"), ("CACHE_SPARE_URL", "https://x")],
        || {
            let text = "[caches.default]\nbackend = \"memory\"\n\
            [caches.marketing]\nbackend = \"redis\"\nlocation = \"${REDIS_URL}\"\n\
            [caches.spare]\nbackend = \"memory\"\n\
            [caches.wrong]\nbackend = \"memory\"\nkey_prefix = \"a\\nb\"";
            describe(embed("cache.toml", text));

            assert!(keeps("default"));
            for alias in ["cdn", "marketing", "spare", "wrong"] {
                assert_eq!(cache(alias).err().unwrap().kind(), ErrorKind::Settings, "{alias}");
            }
            let places: Vec<_> = caches().check().into_iter().map(|finding| finding.place).collect();
            assert_eq!(places, ["cache `cdn`", "cache `marketing`", "cache `spare`", "cache `wrong`"]);
            let installed = Caches::builder().add("default", Memory::new()).install();
            assert!(installed.is_err(), "who installs wants to know");
        },
    );
}

#[test]
fn code_comes_last() {
    in_its_own_process(&[("CACHE_URL", "dummy://"), ("CACHE_PAGES_URL", "dummy://")], || {
        describe(embed("cache.toml", "[caches.kept]\nbackend = \"memory\""));

        Caches::builder().add("default", Memory::new()).install().unwrap();

        assert!(keeps("default") && keeps("kept"));
        assert!(!keeps("pages"));
    });
}
