//! The start-up check.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::Backend;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::dummy::Dummy;
use cache_runtime::backend::memory::Memory;
use cache_runtime::base::clock::Clock;
use cache_runtime::cache::identity::Identity;
use cache_runtime::cache::registration::{Description, EmbeddedSettings};
use cache_runtime::testing::{Call, Fault, FaultyBackend};
use cache_runtime::{Caches, Diagnostic, ErrorKind, Severity, caches};
use cache_tests::Folder;

use crate::annotations::{describe, describe_both};
use crate::process::in_its_own_process;

fn check(caches: &Caches) -> Vec<Diagnostic> {
    caches.check()
}

fn one(findings: Vec<Diagnostic>) -> Diagnostic {
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().unwrap()
}

fn shared() -> Arc<FaultyBackend> {
    Arc::new(FaultyBackend::memory(&Clock::system()).as_shared())
}

fn custom(store: &Arc<FaultyBackend>) -> Custom {
    Custom::new(Arc::clone(store) as Arc<dyn Backend>)
}

#[test]
fn where_all_is_well_nothing_is_found() {
    let caches = Caches::builder().add("shared", custom(&shared())).add("nothing", Dummy::new());

    assert_eq!(check(&caches.build().unwrap()), []);
}

#[test]
fn a_function_in_a_cache_that_is_not_there_is_found() {
    describe(Description::new("shop::report", "marketin").at("src/shop.rs", 7));
    let caches = Caches::builder().add("marketing", Memory::new()).build().unwrap();

    let found = one(check(&caches));

    assert_eq!((found.severity, found.place.as_str()), (Severity::Error, "src/shop.rs:7"));
    assert!(found.text.contains("`shop::report`"), "{found}");
    assert!(found.text.contains("did you mean `marketing`?"), "{found}");
}

#[test]
fn two_functions_with_one_key_in_one_cache_are_found() {
    let report = |name, line| Description::new(name, "default").key("report:{id}").at("src/shop.rs", line);
    describe_both(report("first", 1), report("second", 2));

    let found = one(check(&Caches::builder().build().unwrap()));

    assert_eq!(found.severity, Severity::Warning);
    assert!(found.text.contains("`first`") && found.text.contains("`second`"), "{found}");
    assert!(found.text.contains("report:{id}"), "{found}");
}

#[test]
fn two_functions_whose_keys_differ_in_names_only_are_found() {
    let with = |name, key, line| Description::new(name, "default").key(key).at("src/shop.rs", line);
    let check_both = |one, two| {
        describe_both(with("first", one, 1), with("second", two, 2));
        check(&Caches::builder().build().unwrap())
    };

    let found = one(check_both("report:{id}:{year}", "report:{name}:{age}"));
    assert!(
        found.text.contains("report:{id}:{year}") && found.text.contains("report:{name}:{age}"),
        "{found}"
    );

    for other in ["report:{id}", "reports:{id}:{year}", "report:{{id}}:{year}", "report:{id}:{year}:"] {
        assert_eq!(check_both("report:{id}:{year}", other), [], "{other}");
    }
}

#[test]
fn equal_keys_elsewhere_do_not_clash() {
    let report = |name, line| Description::new(name, "default").key("report:{id}").at("src/shop.rs", line);
    let caches = Caches::builder().add("pages", Dummy::new()).build().unwrap();

    describe_both(report("first", 1), report("second", 2).version(Some(2)));
    assert_eq!(check(&caches), []);
    describe_both(report("first", 1), report("first", 1));
    assert_eq!(check(&caches), []);
    describe_both(
        report("first", 1),
        Description::new("second", "pages").key("report:{id}").at("src/shop.rs", 2),
    );
    assert_eq!(check(&caches), []);
}

/// Two places of one path: a path does not name blocks.
fn places() -> [Identity; 2] {
    let first = {
        enum Get {}
        Identity::beside::<Get>("get", 1)
    };
    let second = {
        enum Get {}
        Identity::beside::<Get>("get", 1)
    };
    [first, second]
}

#[test]
fn derived_keys_of_one_path_are_found_where_they_outlive_the_program() {
    in_its_own_process(&[], || {
        let [first, second] = places();
        let get = |alias, line, identity| {
            Description::new("shop::get", alias).identity(Some(identity)).at("src/shop.rs", line)
        };
        describe_both(get("default", 1, first), get("shared", 2, second));
        let caches = Caches::builder().add("shared", custom(&shared())).build().unwrap();

        let found = one(check(&caches));

        assert_eq!((found.severity, found.place.as_str()), (Severity::Warning, "src/shop.rs:2"));
        assert!(found.text.contains("settings::check::places::get"), "{found}");
    });
}

#[test]
fn a_store_that_does_not_answer_is_found() {
    let store = shared();
    store.inject_all(&Fault::Fail(ErrorKind::Unavailable));
    let caches = Caches::builder().add("shared", custom(&store)).build().unwrap();

    let found = one(check(&caches));

    assert_eq!((found.severity, found.place.as_str()), (Severity::Error, "cache `shared`"));
    assert!(found.text.contains("store unavailable"), "{found}");
}

#[test]
fn a_store_that_takes_no_writes_is_found() {
    for call in [Call::Set, Call::Acquire, Call::Delete] {
        let store = shared();
        store.inject(call, Fault::Fail(ErrorKind::TooLarge));
        let caches = Caches::builder().add("shared", custom(&store)).build().unwrap();

        let found = one(check(&caches));

        assert_eq!((found.severity, found.place.as_str()), (Severity::Error, "cache `shared`"));
        assert!(found.text.contains("takes no writes") && found.text.contains("no room"), "{found}");
        assert_eq!(caches.get("shared").unwrap().stats().store.unwrap().pending, 0);
    }
}

#[test]
fn a_check_leaves_nothing_in_the_store() {
    let store = shared();
    let caches = Caches::builder().add("shared", custom(&store)).build().unwrap();

    assert_eq!(check(&caches), []);

    assert_eq!((store.calls(Call::Set), store.calls(Call::Delete)), (1, 1));
    assert_eq!(caches.get("shared").unwrap().blocking().keys().unwrap(), [""; 0]);
}

#[test]
fn a_check_leaves_an_entry_of_its_name_alone() {
    let store = shared();
    let caches = Caches::builder().add("shared", custom(&store)).build().unwrap();
    let cache = caches.get("shared").unwrap().blocking();
    cache.set("~check", &7, Duration::from_mins(1)).unwrap();

    assert_eq!(check(&caches), []);

    assert_eq!(cache.get("~check").unwrap(), Some(7));
}

#[test]
fn bounds_that_cannot_be_used_are_found() {
    let caches = Caches::builder().add("small", Memory::new().max_entries(0)).build().unwrap();

    assert!(one(check(&caches)).text.contains("`max_entries` is zero"));
}

#[test]
fn a_cache_that_keeps_nothing_unless_told_is_found() {
    let caches = Caches::builder().add("brief", Memory::new().timeout(Duration::ZERO)).build().unwrap();

    assert!(one(check(&caches)).text.contains("`timeout` is zero"));
}

#[test]
fn a_local_function_in_a_shared_cache_is_found() {
    describe(Description::new("shop::report", "shared").local(true).at("src/shop.rs", 7));
    let caches = Caches::builder().add("shared", custom(&shared())).build().unwrap();

    let found = one(check(&caches));

    assert_eq!((found.severity, found.place.as_str()), (Severity::Error, "src/shop.rs:7"));
    assert!(found.text.contains("is `local`"), "{found}");
}

#[test]
fn a_local_function_in_memory_or_nowhere_is_well() {
    describe_both(Description::new("a", "memory").local(true), Description::new("b", "nothing").local(true));
    let caches = Caches::builder().add("memory", Memory::new()).add("nothing", Dummy::new()).build().unwrap();

    assert_eq!(check(&caches), []);
}

#[test]
fn an_alias_that_code_has_not_described_is_found() {
    let caches = Caches::from_toml("[caches.mine]\nbackend = \"code\"").unwrap().build().unwrap();

    assert!(one(check(&caches)).text.contains("`mine`"));
}

#[test]
fn settings_that_cannot_be_used_are_found() {
    in_its_own_process(&[("CACHE_URL", "memry://")], || {
        let found = one(caches().check());

        assert_eq!(found.severity, Severity::Error);
        assert!(
            found.to_string().starts_with("error: cache `default`: CACHE_URL: unknown scheme"),
            "{found}"
        );
    });
}

#[test]
fn a_file_that_was_changed_after_the_build_is_found() {
    in_its_own_process(&[], || {
        let folder = Folder::new();
        let path = folder.file("cache.toml");
        std::fs::write(&path, "[caches.default]\nbackend = \"dummy\"").unwrap();
        let path: &'static str = path.display().to_string().leak();
        let settings = EmbeddedSettings { path, text: "[caches.default]\nbackend = \"memory\"" };
        describe(Description::new("report", "default").settings(Some(settings)));

        let found = one(caches().check());

        assert_eq!((found.severity, found.place.as_str()), (Severity::Warning, path));
        assert!(found.text.contains("changed after the build"), "{found}");
    });
}

#[test]
fn a_file_that_is_as_it_was_at_the_build_is_well() {
    in_its_own_process(&[], || {
        let folder = Folder::new();
        let path = folder.file("cache.toml");
        let text = "[caches.default]\nbackend = \"dummy\"";
        std::fs::write(&path, text).unwrap();
        let settings = EmbeddedSettings { path: path.display().to_string().leak(), text };
        describe(Description::new("report", "default").settings(Some(settings)));

        assert_eq!(caches().check(), []);
    });
}

#[test]
fn a_file_that_was_made_after_the_build_is_found() {
    let folder = Folder::new();
    let package = folder.file("package");
    std::fs::create_dir(&package).unwrap();
    std::fs::write(folder.file("Cargo.toml"), "[workspace]\n").unwrap();
    std::fs::write(folder.file("cache.toml"), "").unwrap();
    in_its_own_process(&[("CARGO_MANIFEST_DIR", package.to_str().unwrap())], || {
        describe(Description::new("report", "default"));

        let found = one(caches().check());

        assert!(found.place.ends_with("cache.toml"), "{found}");
        assert!(found.text.contains("made after the build"), "{found}");
        assert!(found.text.contains("`cargo clean -p <package>`"), "{found}");
    });
}

/// A folder of a package with a settings file that no build has read.
fn package_with_a_file() -> (Folder, String) {
    let folder = Folder::new();
    std::fs::write(folder.file("Cargo.toml"), "[workspace]\n").unwrap();
    std::fs::write(folder.file("cache.toml"), "[caches.other]\nbackend = \"memory\"").unwrap();
    let package = folder.file("").display().to_string();
    (folder, package)
}

#[test]
fn a_file_that_the_environment_names_is_in_use_and_not_found() {
    let (folder, package) = package_with_a_file();
    let file = folder.file("cache.toml").display().to_string();
    in_its_own_process(&[("CARGO_MANIFEST_DIR", &package), ("CACHE_CONFIG", &file)], || {
        assert!(caches().get("other").is_ok());
        assert_eq!(caches().check(), []);
    });
}

#[test]
fn a_file_that_code_reads_is_not_found() {
    let (_folder, package) = package_with_a_file();
    in_its_own_process(&[("CARGO_MANIFEST_DIR", &package)], || {
        Caches::from_toml("[caches.other]\nbackend = \"memory\"").unwrap().install().unwrap();

        assert_eq!(caches().check(), []);
    });
}

#[test]
fn a_file_above_the_workspace_is_not_of_this_program() {
    let folder = Folder::new();
    let workspace = folder.file("workspace");
    std::fs::create_dir(&workspace).unwrap();
    std::fs::write(workspace.join("Cargo.toml"), "[workspace]\n").unwrap();
    std::fs::write(folder.file("cache.toml"), "").unwrap();
    in_its_own_process(&[("CARGO_MANIFEST_DIR", workspace.to_str().unwrap())], || {
        assert_eq!(caches().check(), []);
    });
}
