//! Words that one brings along: what is said of them, and that it is true.

use crate::option::{OPTIONS, Vocabulary, elsewhere};
use crate::page::option;
use crate::stage::{complaints, complaints_of_page};

/// The options of layers, as they are written in the runtime.
fn options_of_layers() -> Vec<&'static str> {
    const SOURCE: &str = include_str!("../../../cache-runtime/src/page/layer.rs");

    let (_, table) = SOURCE.split_once("macro_rules! all_options").expect("it is there");
    let (_, rows) = table.split_once("options! { $layer:").expect("it is there");
    let (rows, _) = rows.split_once("})*").expect("it is there");
    let names = rows.lines().filter_map(|line| line.trim().split(['(', '[']).next());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_option_of_layers_is_one_of_the_attribute_or_is_said_to_be_of_layers() {
    let options = options_of_layers();

    assert!(options.len() > 20, "{options:?}");
    for name in options {
        let is_ours = option::OPTIONS.iter().any(|choice| choice.name() == name);
        let said = option::Options::instead_of(name).unwrap_or_default();
        assert!(is_ours != said.contains("is an option of the layer"), "{name}: {said}");
    }
}

#[test]
fn an_option_of_layers_that_stands_first_is_no_timeout() {
    for first in ["sort_query", "bypass(|request| true)", "explicit, 60"] {
        let said = complaints_of_page(first, "async fn page() {}");

        assert!(
            said[0].contains("is an option of the layer: write `.layer(CachePage::"),
            "{first}: {said:?}"
        );
    }
}

#[test]
fn no_option_is_said_to_be_of_elsewhere() {
    for choice in OPTIONS {
        assert_eq!(crate::option::Options::instead_of(choice.name()), None);
    }
    for choice in option::OPTIONS {
        assert_eq!(option::Options::instead_of(choice.name()), None);
        assert_eq!(elsewhere::of_both(choice.name()), None);
    }
}

#[test]
fn words_of_other_caches_are_answered_with_ours() {
    for (word, ours) in [
        ("ttl = 5", "`timeout = …`"),
        ("time = 5", "`timeout = …`"),
        ("expire = 5", "`timeout = …`"),
        ("size = 5", "`max_entries = 10_000`"),
        ("max_size = 5", "`max_entries = 10_000`"),
        ("sync_writes = true", "on by default"),
        ("result = true", "`cache_err`"),
        ("option = true", "`cache_none`"),
        ("convert = r#\"{ a }\"#", "`key = \"report:{region}\"`"),
        ("name = \"A\"", "`companions = …`"),
        ("unless_exc", "`unless = |value| …`"),
        ("key_prefix = \"a\"", "begin the `key` with it"),
        ("vary = [\"a\"]", "`#[cache_page]`"),
    ] {
        let said = complaints(&format!("#[cached(key = \"a\", {word})] fn value() -> u8 {{ 1 }}"));

        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("is not an option here") && said[0].contains(ours), "{said:?}");
    }
}

#[test]
fn words_of_other_caches_are_answered_on_pages_too() {
    for (word, ours) in
        [("ttl = 5", "`timeout = …`"), ("size = 5", "max_entries"), ("prefix = \"a\"", "`key_prefix")]
    {
        let said = complaints_of_page(word, "async fn page() {}");

        assert!(said[0].contains("is not an option of a page") && said[0].contains(ours), "{said:?}");
    }
}

#[test]
fn a_number_in_the_place_of_a_text_is_said_back_in_quotation_marks() {
    let said = complaints_of_page("60, key_prefix = 3", "async fn page() {}");

    assert!(said[0].ends_with("write `key_prefix = \"3\"`"), "{said:?}");
}
