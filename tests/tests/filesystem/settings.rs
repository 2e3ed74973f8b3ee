//! What is set up reaches the folder; what cannot be meant is an error.

use std::path::PathBuf;
use std::time::Duration;

use cache_runtime::backend::filesystem::{Filesystem, Options};
use cache_runtime::base::clock::Clock;
use cache_runtime::{Cache, Caches, ErrorKind, Timeout};
use cache_tests::Folder;

use crate::stage::files;

fn default_of(text: &str) -> Cache {
    Caches::from_toml(text).unwrap().build().unwrap().get("default").unwrap()
}

fn fault(text: &str) -> String {
    let error = Caches::from_toml(text).err().unwrap_or_else(|| panic!("{text} is no error"));
    assert_eq!(error.kind(), ErrorKind::Settings, "{error}");
    error.to_string()
}

fn unusable(options: &Options) -> String {
    let error = options.build(&Clock::system()).err().unwrap_or_else(|| panic!("{options:?} is no error"));
    assert_eq!(error.kind(), ErrorKind::Settings, "{error}");
    error.to_string()
}

#[test]
fn a_table_of_the_settings_file_is_read_whole() {
    let folder = Folder::new();
    let text = format!(
        "[caches.default]\nbackend = \"filesystem\"\nlocation = \"{}\"\nmax_entries = 20\nmax_bytes = \"1 MiB\"\n\
         answer_timeout = \"30s\"\ntimeout = \"1h\"\nkey_prefix = \"site\"",
        folder.path().display()
    );
    let cache = default_of(&text).blocking();

    for key in 0..40 {
        cache.set(key.to_string(), &key, Timeout::Default).unwrap();
    }

    assert!(cache.keys().unwrap().len() <= 20);
    assert!(files(folder.path(), ".entry").len() <= 20);
}

#[test]
fn be074_a_path_and_a_url_lead_to_one_folder() {
    let outer = Folder::new();
    let folder = outer.file("with space");
    let of = |setup: Filesystem| Caches::builder().add("default", setup).build().unwrap();
    let cache = of(Filesystem::at(&folder)).get("default").unwrap().blocking();
    cache.set("key", &7, 60).unwrap();

    let encoded = folder.to_string_lossy().replace(' ', "%20");
    for url in [format!("file://{encoded}"), format!("file://localhost{encoded}?answer_timeout=30s")] {
        let other = Caches::from_url(&url).unwrap().build().unwrap().get("default").unwrap().blocking();

        assert_eq!(other.get("key").unwrap(), Some(7), "{url}");
    }
    assert_eq!(
        of(Filesystem::at(PathBuf::from(&folder))).get("default").unwrap().blocking().get("key").unwrap(),
        Some(7)
    );
}

#[test]
fn ll132_a_relative_folder_is_an_error() {
    let relative =
        ["cache/site", "", "file://cache/site", "file://", "/var/../cache", "file:///var/%2e%2e/cache"];
    for location in relative {
        let text = fault(&format!("[caches.default]\nbackend = \"filesystem\"\nlocation = \"{location}\""));

        assert!(text.contains("filesystem location: expected"), "{location}: {text}");
    }
    assert!(unusable(&Options::at("cache/site")).contains("absolute path"));
}

#[test]
fn ll133_an_absolute_folder_is_none() {
    let folder = Folder::new();
    let text =
        format!("[caches.default]\nbackend = \"filesystem\"\nlocation = \"{}\"", folder.path().display());

    let caches = Caches::from_toml(&text).unwrap().build().unwrap();

    assert_eq!(caches.check(), []);
}

/// LL128, LL130, LL131, LL134
#[test]
fn a_folder_that_is_published_is_an_error_that_says_how() {
    let apart = |published: &str| Options { published: vec![published.into()], ..Options::at("/site/cache") };

    assert!(unusable(&apart("/site/cache")).contains("matches"));
    assert!(unusable(&apart("/site/cache/")).contains("matches"));
    assert!(unusable(&apart("/site/cache/static")).contains("contains"));
    assert!(unusable(&apart("/site")).contains("is inside"));
    assert!(apart("/site/cache-of-others").build(&Clock::system()).is_ok());
    assert!(apart("/site/static").build(&Clock::system()).is_ok());
}

#[test]
fn a_published_folder_is_stated_in_code() {
    let caches = Caches::builder()
        .add("default", Filesystem::at("/site/cache").apart_from("/site/static").apart_from("/site"))
        .build()
        .unwrap();

    let error = caches.get("default").err().unwrap();

    assert!(error.to_string().contains("/site/cache is inside /site"), "{error}");
}

#[test]
fn a_location_is_asked_for() {
    assert!(fault("[caches.default]\nbackend = \"filesystem\"").contains("`location` is missing"));
    assert!(Caches::from_url("file://").err().unwrap().to_string().contains("`location` is missing"));
}

#[test]
fn a_bound_or_a_limit_of_nothing_is_an_error_that_names_it() {
    let at = || Options::at("/cache");
    let cases = [
        (Options { max_entries: 0, ..at() }, "`max_entries` is zero"),
        (Options { max_bytes: 0, ..at() }, "`max_bytes` is zero"),
        (Options { answer_timeout: Duration::from_micros(999), ..at() }, "`answer_timeout`"),
    ];
    for (options, text) in cases {
        assert!(unusable(&options).contains(text), "{text}");
    }
}
