//! The settings that the macros know are those that the runtime knows.

use cache_runtime::Caches;
use cache_runtime::backend::Kind;

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
    "\"redis+cluster://h\"",
    "\"redis+sentinel://h/name\"",
    "\"leader\"",
    "\"replicas\"",
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
    "0.0005",
    "\"0\"",
    "\"0s\"",
    "\"999us\"",
    "\"1ms\"",
    "\"0 MiB\"",
    "\"site:1\"",
    "\"site:v1:x\"",
    "\"bell\\u0007\"",
    "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
];

fn toml(backend: &str, setting: &str, value: &str) -> String {
    let location = match backend {
        _ if setting == "location" => "",
        "redis" | "tiered" => "location = \"redis://h\"\n",
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
fn both_refuse_a_bound_that_keeps_nothing_and_a_prefix_that_cannot_be() {
    for (setting, word) in [
        ("max_entries = 0", "at least one"),
        ("max_weight = \"0 MiB\"", "at least one"),
        ("key_prefix = \"site:7\"", "behind a `:`"),
    ] {
        let toml = format!("[caches.a]\nbackend = \"memory\"\n{setting}\n");
        let early = check_text(&toml, &Wish { alias: "a", local: false }).unwrap_err();
        let late = Caches::from_toml(&toml).err().unwrap_or_else(|| panic!("taken: {toml}")).to_string();

        assert!(early.contains(word), "{toml}{early}");
        assert!(late.contains(word), "{toml}{late}");
    }
}

#[test]
fn both_refuse_an_alias_of_other_letters() {
    let toml = "[caches.\"a b\"]\nbackend = \"memory\"\n";

    let early = check_text(toml, &Wish { alias: "a b", local: false });

    assert!(early.unwrap_err().contains("letters, digits, `_` and `-`"));
    assert!(Caches::from_toml(toml).is_err());
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

/// Settings of Redis that contradict each other, and what both say of them.
const CONTRADICTIONS: &[(&str, &[&str], &str)] = &[
    ("redis+cluster://h", &["replicas = \"a\""], "single server"),
    ("redis+sentinel://h/name", &["replicas = \"a\""], "single server"),
    ("unix:///socket", &["replicas = \"a\""], "socket"),
    ("redis://h", &["replicas = \"a\"", "read_from = \"leader\""], "read_from"),
    ("redis://h", &["read_from = \"replicas\""], "needs `replicas`"),
    ("redis+cluster://h", &["leader_after_write = 1"], "leader_after_write"),
    ("redis+cluster://h", &["read_from = \"leader\"", "leader_after_write = 1"], "leader_after_write"),
    ("redis://h", &["sentinel_password = \"x\""], "redis+sentinel"),
    ("redis+cluster://h", &["sentinel_username = \"x\""], "redis+sentinel"),
    ("redis://h", &["wait_replicas = 0"], "at least one"),
    ("redis+cluster://h", &["database = 1"], "no databases"),
    ("redis+cluster://h", &["client_cache = 9"], "one leader"),
    ("redis://h", &["client_cache = 9", "replicas = \"a\""], "lags behind"),
    ("redis+sentinel://h/n", &["client_cache = 9", "read_from = \"replicas\""], "lags behind"),
    ("redis://h", &["client_cache = 9", "protocol = \"resp2\""], "resp3"),
    ("redis://h", &["client_cache = 0"], "at least one entry"),
    ("redis+cluster://h", &["db = \"1\""], "no databases"),
];

/// Settings that go together.
const CONCORDANT: &[(&str, &[&str])] = &[
    ("redis://h", &["replicas = \"a,b:7\"", "read_from = \"replicas\"", "leader_after_write = \"1s\""]),
    ("redis+cluster://h", &["read_from = \"replicas\"", "leader_after_write = 1", "wait_replicas = 1"]),
    ("redis+sentinel://h/name", &["client_cache = 9", "wait_replicas = 1", "protocol = \"resp3\""]),
    ("redis+cluster://h", &["database = 0", "read_from = \"leader\""]),
    ("rediss+sentinel://h/name/1", &["sentinel_password = \"x\"", "read_from = \"replicas\""]),
];

fn redis_at(location: &str, settings: &[&str]) -> String {
    let settings = settings.join("\n");
    format!("[caches.a]\nbackend = \"redis\"\nlocation = \"{location}\"\n{settings}\n")
}

#[test]
fn both_refuse_settings_that_contradict_each_other_in_the_same_words() {
    for (location, settings, words) in CONTRADICTIONS {
        let toml = redis_at(location, settings);
        let early = check_text(&toml, &Wish { alias: "a", local: false }).unwrap_err();
        let late = Caches::from_toml(&toml).err().unwrap_or_else(|| panic!("taken: {toml}")).to_string();

        assert!(early.contains(words), "{toml}{early}");
        assert!(late.contains(words), "{toml}{late}");
    }
}

#[test]
fn both_take_settings_that_go_together() {
    for (location, settings) in CONCORDANT {
        let toml = redis_at(location, settings);

        assert_eq!(check_text(&toml, &Wish { alias: "a", local: false }), Ok(()), "{toml}");
        assert!(Caches::from_toml(&toml).is_ok(), "{toml}");
    }
}

/// Settings of tiers, and of the store behind, that contradict each other.
const CONTRADICTIONS_OF_TIERS: &[(&str, &[&str], &str)] = &[
    ("redis://h", &["front_entries = 0"], "at least one"),
    ("redis://h", &["front_timeout = 0"], "`front_timeout` must be"),
    ("redis://h", &["poll_every = 0"], "`poll_every` must be"),
    ("redis://h", &["client_cache = 9"], "a front itself"),
    ("tiered+redis://h", &["replicas = \"a\""], "lags behind"),
    ("redis+cluster://h", &["read_from = \"replicas\""], "lags behind"),
    ("tiered+redis+sentinel://h/n", &["replicas = \"a\""], "single server"),
    ("tiered+unix:///socket", &["wait_replicas = 0"], "at least one"),
    ("valkey://h", &["sentinel_password = \"x\""], "redis+sentinel"),
    ("tiered+sqlite://f", &["password = \"x\""], "`password`"),
];

#[test]
fn both_refuse_what_contradicts_a_front_in_the_same_words() {
    for (location, settings, words) in CONTRADICTIONS_OF_TIERS {
        let toml = redis_at(location, settings).replace("\"redis\"", "\"tiered\"");
        let early = check_text(&toml, &Wish { alias: "a", local: false }).unwrap_err();
        let late = Caches::from_toml(&toml).err().unwrap_or_else(|| panic!("taken: {toml}")).to_string();

        assert!(early.contains(words), "{toml}{early}");
        assert!(late.contains(words), "{toml}{late}");
    }
}

#[test]
fn both_take_every_shape_of_redis_behind_a_front() {
    let schemes = Kind::named("redis").unwrap().schemes;
    for scheme in schemes {
        let location = if scheme.ends_with("unix") { "/socket" } else { "h/name" };
        let location = if scheme.ends_with("cluster") { "h" } else { location };
        for tier in ["", "tiered+"] {
            let toml = redis_at(&format!("{tier}{scheme}://{location}"), &["wait_replicas = 1"])
                .replace("\"redis\"", "\"tiered\"");

            assert_eq!(check_text(&toml, &Wish { alias: "a", local: false }), Ok(()), "{toml}");
            assert!(Caches::from_toml(&toml).is_ok(), "{toml}");
            assert!(Kind::of_scheme(&format!("tiered+{scheme}")).is_some(), "{scheme}");
        }
    }
}

#[test]
fn what_the_environment_says_later_contradicts_nothing_yet() {
    let toml = redis_at("${WHERE}", &["replicas = \"a\"", "sentinel_password = \"x\""]);

    assert_eq!(check_text(&toml, &Wish { alias: "a", local: false }), Ok(()));
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
fn both_know_the_settings_of_the_store_behind_another() {
    for location in [
        "redis://h",
        "tiered+redis://h",
        "memcached://h",
        "tiered+memcached://h",
        "file:///c",
        "tiered+file:///c",
        "postgres://h",
        "tiered+postgres://h",
        "memory://",
        "h",
    ] {
        for setting in BACKENDS.iter().flat_map(|backend| backend.settings).filter(|it| it.name != "location")
        {
            for value in ["5", "\"300ms\""] {
                let toml = format!(
                    "[caches.a]\nbackend = \"tiered\"\nlocation = \"{location}\"\n{} = {value}\n",
                    setting.name
                );
                assert_eq!(at_compile_time(&toml), Caches::from_toml(&toml).is_ok(), "{toml}");
            }
        }
    }
}

#[test]
fn both_refuse_trust_that_ends_before_the_next_poll() {
    for (poll_every, trust_for, is_ok) in [("1s", "1s", false), ("1s", "1001ms", true), ("3s", "1m", true)] {
        let toml = format!(
            "[caches.a]\nbackend = \"tiered\"\nlocation = \"redis://h\"\npoll_every = \"{poll_every}\"\n\
             trust_for = \"{trust_for}\"\n"
        );

        assert_eq!((at_compile_time(&toml), Caches::from_toml(&toml).is_ok()), (is_ok, is_ok), "{toml}");
    }
}

#[test]
fn the_reference_passes_at_compile_time() {
    let reference = include_str!("../../../cache-runtime/reference.toml");

    for alias in ["default", "nothing", "mine", "table", "shared", "clustered", "watched", "tiers"] {
        assert_eq!(check_text(reference, &Wish { alias, local: false }), Ok(()), "{alias}");
    }
}

#[test]
fn both_refuse_a_fallback_that_leads_nowhere_or_in_a_circle() {
    let redis = |alias: &str, fallback: &str| {
        format!(
            "[caches.{alias}]\nbackend = \"redis\"\nlocation = \"redis://h\"\nkey_prefix = \"{alias}\"\n\
             fallback = \"{fallback}\"\n"
        )
    };
    let memory = "[caches.a]\nbackend = \"memory\"\nfallback = \"default\"\n".to_owned();

    for toml in [redis("a", "b"), redis("a", "a"), redis("a", "b") + &redis("b", "a"), memory] {
        assert!(!at_compile_time(&toml) && Caches::from_toml(&toml).is_err(), "{toml}");
    }
    let chain = redis("a", "b") + &redis("b", "default");
    assert!(at_compile_time(&chain) && Caches::from_toml(&chain).is_ok(), "{chain}");
}

#[test]
fn both_refuse_a_fallback_in_which_the_entries_of_two_caches_would_be_mixed() {
    let redis = |alias: &str, prefix: &str| {
        format!(
            "[caches.{alias}]\nbackend = \"redis\"\nlocation = \"redis://{alias}\"\nkey_prefix = \"{prefix}\"\n\
             fallback = \"default\"\n"
        )
    };

    for (first, second, is_ok) in [("site", "site", false), ("one", "other", true)] {
        let toml = redis("a", first) + &redis("b", second);
        assert_eq!((at_compile_time(&toml), Caches::from_toml(&toml).is_ok()), (is_ok, is_ok), "{toml}");
    }
}
