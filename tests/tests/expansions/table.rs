//! The settings that the macros know are those that the runtime knows.

use cache_runtime::Caches;

use crate::settings::table::{BACKENDS, COMMON};
use crate::settings::{Wish, check_text};

/// Values of every kind, sound for some settings and not for others.
const VALUES: &[&str] = &[
    "5",
    "-5",
    "0",
    "0.5",
    "-0.5",
    "true",
    "[1]",
    "4294967296",
    "\"\"",
    "\"5\"",
    "\"-5\"",
    "\"0.5\"",
    "\"15m\"",
    "\"1h 30m\"",
    "\"15 parsecs\"",
    "\"never\"",
    "\"64 MiB\"",
    "\"64MB\"",
    "\"500 kB\"",
    "\"64 mib\"",
    "\"bincode\"",
    "\"postcard\"",
    "\"json\"",
    "\"msgpack\"",
    "\"zstd\"",
    "\"lz4\"",
    "\"resp2\"",
    "\"resp3\"",
    "\"redis://h/1\"",
    "\"/cache\"",
    "\"/cache/../other\"",
    "\"cache/here\"",
    "\"file:///cache/here\"",
    "\"file:///cache/../other\"",
    "\"file://localhost/cache\"",
    "\"file://elsewhere/cache\"",
    "\"file://\"",
    "\"mysql://h/1\"",
    "\"sqlite://file\"",
    "\"true\"",
    "\"cache entries\"",
    "\"schema.table\"",
    "\"a.b.c\"",
    "\"quo\\\"te\"",
    "\"4294967296\"",
    "\"99999999999999999999\"",
    "[]",
    "[\"h\"]",
    "[\"h:1\", \"[::1]\", \"unix:/s\", \"a,b;c\"]",
    "[\"h\", 1]",
    "[\"h\", \"h:11211\"]",
    "\"memcached://h,[::1]:7;/s\"",
    "\"h,\"",
    "\"h,h\"",
    "\"h:\"",
    "\"h:70000\"",
    "\"::1\"",
    "\"user@h\"",
];

fn toml(backend: &str, setting: &str, value: &str) -> String {
    let location = match backend {
        _ if setting == "location" => "",
        "redis" => "location = \"redis://h\"\n",
        "memcached" => "location = \"h\"\n",
        "filesystem" => "location = \"/cache\"\n",
        "database" => "location = \"postgres://h\"\n",
        _ => "",
    };
    format!("[caches.a]\nbackend = \"{backend}\"\n{location}{setting} = {value}\n")
}

fn at_compile_time(toml: &str) -> bool {
    check_text(toml, &Wish { alias: "a", local: false }).is_ok()
}

#[test]
fn both_know_the_same_backends_and_settings() {
    let ours: Vec<_> = BACKENDS.iter().map(|backend| backend.name).collect();
    let theirs = cache_runtime::backend::BACKENDS.iter();
    let names: Vec<_> = theirs.clone().map(|kind| kind.name).chain(["code"]).collect();

    assert_eq!(ours, names);
    for (backend, kind) in BACKENDS.iter().zip(theirs) {
        for name in kind.settings {
            assert!(
                backend.settings.iter().any(|setting| setting.name == *name),
                "{} of {}",
                name,
                kind.name
            );
        }
    }
}

#[test]
fn both_accept_the_same_values() {
    for backend in BACKENDS {
        for setting in COMMON.iter().chain(backend.settings) {
            for value in VALUES {
                let toml = toml(backend.name, setting.name, value);
                assert_eq!(at_compile_time(&toml), Caches::from_toml(&toml).is_ok(), "{toml}");
            }
        }
    }
}

#[test]
fn both_refuse_the_settings_of_another_backend() {
    for backend in BACKENDS {
        for setting in BACKENDS.iter().flat_map(|other| other.settings) {
            let toml = toml(backend.name, setting.name, "\"5\"");
            assert_eq!(at_compile_time(&toml), Caches::from_toml(&toml).is_ok(), "{toml}");
        }
    }
}

#[test]
fn both_refuse_a_user_or_a_password_of_a_file() {
    for setting in ["username", "password"] {
        let toml =
            format!("[caches.a]\nbackend = \"database\"\nlocation = \"sqlite://f\"\n{setting} = \"x\"\n");

        assert!(!at_compile_time(&toml) && Caches::from_toml(&toml).is_err(), "{toml}");
    }
}

#[test]
fn the_reference_passes_at_compile_time() {
    let reference = include_str!("../../../cache-runtime/reference.toml");

    for alias in ["default", "nothing", "mine", "table"] {
        assert_eq!(check_text(reference, &Wish { alias, local: false }), Ok(()), "{alias}");
    }
}

#[test]
fn both_refuse_a_fallback_that_leads_nowhere_or_in_a_circle() {
    let redis = |alias: &str, fallback: &str| {
        format!(
            "[caches.{alias}]\nbackend = \"redis\"\nlocation = \"redis://h\"\nfallback = \"{fallback}\"\n"
        )
    };
    let memory = "[caches.a]\nbackend = \"memory\"\nfallback = \"default\"\n".to_owned();

    for toml in [redis("a", "b"), redis("a", "a"), redis("a", "b") + &redis("b", "a"), memory] {
        assert!(!at_compile_time(&toml) && Caches::from_toml(&toml).is_err(), "{toml}");
    }
    let chain = redis("a", "b") + &redis("b", "default");
    assert!(at_compile_time(&chain) && Caches::from_toml(&chain).is_ok(), "{chain}");
}
