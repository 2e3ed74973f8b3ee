//! `install()`: the caches of a program, stated once.

use cache_runtime::backend::dummy::Dummy;
use cache_runtime::cache::registration::{Description, EmbeddedSettings};
use cache_runtime::{Caches, ErrorKind, cache};

use crate::annotations::describe;
use crate::process::in_its_own_process;

#[test]
fn install_after_first_use_is_an_error() {
    in_its_own_process(&[], || {
        cache("default").unwrap();

        let error = Caches::builder().install().unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains("before the first use"), "{error}");
    });
}

#[test]
fn a_second_install_is_an_error() {
    in_its_own_process(&[], || {
        Caches::builder().add("first", Dummy::new()).install().unwrap();

        assert!(Caches::builder().add("second", Dummy::new()).install().is_err());
        assert!(cache("first").is_ok());
        assert!(cache("second").is_err());
    });
}

#[test]
fn install_without_an_alias_that_is_left_to_code_is_an_error() {
    in_its_own_process(&[], || {
        let settings = EmbeddedSettings { path: "cache.toml", text: "[caches.mine]\nbackend = \"code\"" };
        describe(Description::new("report", "mine").settings(Some(settings)));

        let error = Caches::builder().add("other", Dummy::new()).install().unwrap_err();
        assert!(error.to_string().contains("`mine`"), "{error}");

        Caches::builder().add("mine", Dummy::new()).install().unwrap();
        assert!(cache("mine").is_ok());
    });
}

#[test]
fn install_over_settings_that_cannot_be_used_is_an_error() {
    in_its_own_process(&[("CACHE_URL", "memry://")], || {
        let error = Caches::builder().add("default", Dummy::new()).install().unwrap_err();

        assert!(error.to_string().contains("CACHE_URL: unknown scheme `memry`"), "{error}");
    });
}
