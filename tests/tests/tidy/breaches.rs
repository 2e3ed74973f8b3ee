//! Each rule finds a breach in a small source that has one, and nothing in its lawful twin.

use super::source::{Finding, Source};
use super::{conformance, dependencies, layers, shape, waits, words};

type Rule = fn(&Source) -> Vec<Finding>;

/// A rule, a file, a text that breaks the rule, and what must be said of it.
type Breach = (Rule, &'static str, &'static str, &'static str);

fn findings(rule: impl Fn(&Source) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
    rule(&Source::new(path, text.to_owned())).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_found(breaches: &[Breach]) {
    for (rule, path, text, expected) in breaches {
        let found = findings(rule, path, text);

        assert!(
            found.len() == 1 && found[0].contains(expected),
            "{path}, {text}: expected `{expected}`, found {found:?}"
        );
    }
}

#[track_caller]
fn assert_lawful(rule: Rule, sources: &[(&str, &str)]) {
    for (path, text) in sources {
        let found = findings(rule, path, text);

        assert!(found.is_empty(), "{path}, {text}: {found:?}");
    }
}

const BASE: &str = "cache-runtime/src/base/key.rs";
const CODEC: &str = "cache-runtime/src/codec/mod.rs";
const BACKEND: &str = "cache-runtime/src/backend/redis/mod.rs";
const CALL: &str = "cache-runtime/src/call/mod.rs";

#[test]
fn a_name_from_above_is_found_wherever_it_stands() {
    let rule: Rule = layers::runtime;
    assert_found(&[
        (rule, BASE, "use crate::call::run;", "key.rs:1: `base` names `call`"),
        (rule, BASE, "\nuse crate::{base::key::Key, codec};", "key.rs:2: `base` names `codec`"),
        (rule, CODEC, "use crate::backend::Backend;", "`codec` names `backend`"),
        (rule, BACKEND, "fn f() { crate::codec::encode() }", "`backend` names `codec`"),
        (rule, BACKEND, "fn f(a: &super::super::cache::Cache) {}", "`backend` names `cache`"),
        (rule, BASE, "mod inner { use super::super::super::page::Page; }", "`base` names `page`"),
        (rule, CALL, "fn f() { log!(a, crate::page::serve()) }", "`call` names `page`"),
        (
            rule,
            CALL,
            "macro_rules! m { () => { $crate::testing::TestClock::new() } }",
            "`call` names `testing`",
        ),
        (rule, CALL, "use crate::Cache;", "name the module it is from"),
        (rule, "cache-runtime/src/news/mod.rs", "use crate::base::key::Key;", "`news` has no layer"),
    ]);
}

#[test]
fn a_name_from_below_and_a_test_are_lawful() {
    assert_lawful(
        layers::runtime,
        &[
            (
                CALL,
                "pub(crate) use crate::cache::Cache; use crate::base::{clock, entry::*}; use super::call::key;",
            ),
            (BACKEND, "use super::{Kind, memory}; fn f() { self::client::connect(); }"),
            (BASE, "#[cfg(test)] mod tests { use crate::testing::TestClock; }"),
            (BASE, "#[cfg(all(test, not(loom)))] mod tests { use crate::testing::TestClock; }"),
            ("cache-runtime/src/lib.rs", "mod call; pub use call::Call; pub use crate::page::Page;"),
            ("cache-runtime/src/testing/mod.rs", "use crate::backend::Backend;"),
        ],
    );
}

#[test]
fn what_is_not_for_tests_alone_is_not_spared() {
    let rule: Rule = layers::runtime;
    assert_found(&[
        (rule, BASE, "#[cfg(any(test, loom))] mod a { use crate::call::run; }", "`base` names `call`"),
        (rule, BASE, "#[cfg(not(test))] use crate::call::run;", "`base` names `call`"),
    ]);
}

#[test]
fn a_stage_that_looks_ahead_or_skips_the_plan_is_found() {
    let rule: Rule = layers::macros;
    assert_found(&[
        (rule, "cache-macros/src/parse/mod.rs", "use crate::option::Options;", "`parse` names `option`"),
        (rule, "cache-macros/src/plan/mod.rs", "use crate::expand::expand;", "`plan` names `expand`"),
        (
            rule,
            "cache-macros/src/expand/mod.rs",
            "use crate::parse::Function;",
            "the way into `expand` takes a plan",
        ),
        (rule, "cache-macros/src/other.rs", "use crate::parse::Function;", "`other` has no layer"),
    ]);
    assert_lawful(
        rule,
        &[
            ("cache-macros/src/expand/mod.rs", "mod body; use crate::plan::Plan; use super::expand::body;"),
            ("cache-macros/src/expand/body.rs", "use crate::plan::Plan; use crate::parse::Argument;"),
            ("cache-macros/src/cached.rs", "use crate::{expand, option, parse, plan};"),
        ],
    );
}

#[test]
fn a_foreign_crate_outside_of_its_folder_is_found() {
    let rule: Rule = layers::foreign_crates;
    assert_found(&[
        (
            rule,
            "cache-runtime/src/page/mod.rs",
            "use axum::extract::State;",
            "only `page/adapter` names the crate `axum`",
        ),
        (rule, CALL, "fn f(c: ::redis::Client) {}", "only `backend/redis` names the crate `redis`"),
        (
            rule,
            "cache-runtime/src/backend/memory/mod.rs",
            "fn f() -> redis::Value { x }",
            "the crate `redis`",
        ),
        (rule, CALL, "fn f() { check!(quick_cache::sync::Cache::new(1)) }", "the crate `quick_cache`"),
    ]);
    assert_lawful(
        rule,
        &[
            ("cache-runtime/src/page/adapter/axum.rs", "use axum::extract::State;"),
            ("cache-runtime/src/backend/redis/client.rs", "use redis::Client;"),
            (
                "cache-runtime/src/backend/mod.rs",
                "#[cfg(feature = \"redis\")] pub mod redis; const R: Kind = redis::KIND;",
            ),
            (
                "cache-runtime/src/cache/settings.rs",
                "use crate::backend::{memory, redis}; fn f() { redis::Redis::url() }",
            ),
        ],
    );
}

#[test]
fn asking_the_time_outside_of_the_clock_is_found() {
    let rule: Rule = layers::time;
    assert_found(&[
        (rule, CALL, "fn f() { let now = Instant::now(); }", "only `base/clock` asks the time"),
        (rule, CALL, "fn f() { g(std::time::SystemTime::now) }", "only `base/clock` asks the time"),
        (rule, CALL, "fn f() { assert!(Instant::now() > then) }", "only `base/clock` asks the time"),
    ]);
    assert_lawful(
        rule,
        &[
            ("cache-runtime/src/base/clock.rs", "fn f() { Instant::now(); }"),
            (CALL, "use std::time::Instant; fn f(clock: &Clock) { clock.now(); Moment::now(); }"),
            (CALL, "#[cfg(test)] mod tests { fn f() { Instant::now(); } }"),
        ],
    );
}

#[test]
fn a_file_that_opens_otherwise_is_found() {
    let rule: Rule = shape::first_line;
    assert_found(&[
        (rule, BASE, "use std::fmt;", "does not open with `//!`"),
        (rule, BASE, "\n//! Too late.", "does not open with `//!`"),
        (rule, BASE, "//! Keys", "no sentence"),
        (rule, BASE, "//! Keys. Values.", "more than one sentence"),
    ]);
    assert_lawful(
        rule,
        &[(BASE, "//! Keys: text, e.g. names,\n//! over two lines.\n//!\n//! More. Much more.\n")],
    );
}

#[test]
fn a_file_that_is_too_long_is_found() {
    let (long, lawful) = ("//\n".repeat(501), "//\n".repeat(500));
    assert_eq!(findings(shape::file_length, BASE, &long).len(), 1);
    assert_eq!(findings(shape::file_length, BASE, &lawful).len(), 0);
}

#[test]
fn a_function_that_is_too_long_is_found_wherever_it_stands() {
    let around = |count: usize| {
        let body = "let a = 1;\n".repeat(count);
        [
            format!("/// Docs.\nfn f() {{\n{body}}}"),
            format!("impl A {{ fn f() {{\n{body}}} }}"),
            format!("trait A {{ fn f() {{\n{body}}} }}"),
            format!("mod a {{ fn g() {{ fn f() {{\n{body}}} }} }}")
                .replace("fn g() {", "const C: () = {")
                .replace("} } }", "} }; }"),
        ]
    };

    for text in around(58) {
        assert_eq!(findings(shape::function_length, BASE, &text).len(), 1, "{text}");
    }
    for text in around(57) {
        assert!(findings(shape::function_length, BASE, &text).is_empty(), "{text}");
    }
}

#[test]
fn what_is_left_unfinished_is_found() {
    let rule: Rule = words::unfinished;
    let call = |name: &str| format!("fn f() {{ let a = vec![{name}!()]; }}");
    for name in ["todo", "unimplemented", "dbg"] {
        assert_eq!(findings(rule, CALL, &call(name)), [format!("{CALL}:1: `{name}!` is left")]);
    }
    assert_lawful(rule, &[(CALL, "/// todo!() is not left.\nfn todo() { let a = \"dbg!()\"; todo() }")]);
}

#[test]
fn an_ignored_test_is_found() {
    let rule: Rule = words::ignored;
    assert_found(&[
        (rule, "tests/tests/a.rs", "#[test] #[ignore = \"slow\"] fn f() {}", "the test is ignored"),
        (rule, CALL, "/// ```ignore\n/// f();\n/// ```\nfn f() {}", "never compiled"),
        (
            rule,
            "README.md",
            "text\n```rust,ignore\nf();\n```\n",
            "README.md:2: the example is never compiled",
        ),
    ]);
    assert_lawful(rule, &[(CALL, "/// ```no_run\n/// ignore();\n/// ```\nfn ignore() {}")]);
}

#[test]
fn a_machine_is_found_in_any_file() {
    let text = format!("first\ncd {}/project", ["/wo", "rk"].concat());

    let found = findings(words::machines, "CONTRIBUTING.md", &text);

    assert!(found.len() == 1 && found[0].starts_with("CONTRIBUTING.md:2"), "{found:?}");
}

#[test]
fn a_sleeping_test_is_found() {
    let rule: Rule = waits::sleeps;
    assert_found(&[
        (rule, "tests/tests/a.rs", "fn f() { std::thread::sleep(TIME); }", "a test waits for a while"),
        (
            rule,
            "tests/src/lib.rs",
            "async fn f() { tokio::time::sleep(TIME).await; }",
            "a test waits for a while",
        ),
        (rule, CALL, "#[cfg(test)] mod tests { fn f() { clock.sleep(TIME); } }", "a test waits for a while"),
        (rule, CALL, "#[test] fn f() { clock.sleep_until(TIME); }", "a test waits for a while"),
    ]);
    assert_lawful(
        rule,
        &[
            (CALL, "fn f() { clock.sleep(TIME); }"),
            ("tests/tests/a.rs", "fn f() { clock.advance(TIME); sleeper.join(); }"),
        ],
    );
}

#[test]
fn a_reason_to_sleep_that_nothing_needs_is_found() {
    let awake = Source::new("cache-runtime/src/base/clock.rs", "fn f() {}".to_owned());

    assert!(waits::needless(&[awake]).contains(&"cache-runtime/src/base/clock.rs"));
}

#[test]
fn a_row_that_does_not_exist_is_found() {
    let rows = conformance::rows();
    let rule = |source: &Source| conformance::unknown_rows(source, &rows);
    let in_file = |id: &str| format!("// {id}\nfn {}_is_met() {{}}", id.to_lowercase());

    assert_eq!(findings(rule, "tests/tests/a.rs", &in_file(concat!("LL", "999"))).len(), 2);
    assert_eq!(findings(rule, "tests/tests/a.rs", &in_file("LL001")).len(), 0);
    assert_eq!(findings(rule, "tests/tests/a.rs", "fn sha256() { let u128 = 1; }").len(), 0);
}

#[test]
fn a_row_without_a_test_is_found() {
    let table = "id\tarea\tgiven\twhen\tthen\n\
                 LL001\tlow-level\tempty cache\ta\tb\n\
                 LL003\tlow-level\tempty cache\ta\tb\n\
                 LL004\tlow-level\tempty cache\ta\tb\n\
                 BE001\tbackend-specific\tdatabase, a\ta\tb\n\
                 PG001\tpage\tempty cache\ta\tb\n\
                 PG002\tsessions\tempty cache\ta\tb\n";
    let test = Source::new("tests/tests/a.rs", "fn ll001_is_met() {}".to_owned());
    let deviations = Source::new("tests/README.md", "| LL003 | otherwise, since … |".to_owned());
    let tidy = Source::new("tests/tests/tidy/a.rs", "// LL004".to_owned());

    let unmet = conformance::unmet(conformance::rows_of_this_release(table), &[test, deviations, tidy]);

    assert_eq!(unmet, ["BE001", "LL004", "PG001"]);
}

#[test]
fn dependencies_are_read_from_every_table() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\none.workspace = true\n\n[target.'cfg(loom)'.dependencies]\ntwo = \"1\"\n[dev-dependencies]\nthree-four = { path = \"a\" }\n[lints]\nfive = 1\n";

    assert_eq!(dependencies::dependencies(manifest), ["one", "two", "three-four"]);
    assert!(dependencies::names("use one::a;", "one"));
    assert!(!dependencies::names("use one_more::a; stone::b", "one"));
}
