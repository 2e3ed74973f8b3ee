//! The documentation of the attributes says what the tables of options say.

use crate::fragment::WORDS;
use crate::option::Table;
use crate::{option, page};

const LIBRARY: &str = include_str!("../../../cache-macros/src/lib.rs");
const CACHED: &str = include_str!("../../../cache-macros/src/cached.md");
const PAGES: &str = include_str!("../../../cache-macros/src/page/cache_page.md");

/// Each option has a section that begins with the words of the table, a row, and an example.
fn assert_documented<O>(table: &Table<O>, documentation: &str) {
    for choice in table {
        let (name, form) = (choice.name(), choice.form().replace('|', "\\|"));
        let row = format!("| [`{name}`](#{name}) | `{form}` |");
        assert!(documentation.contains(&row), "no row {row}");
        let section = documentation.split(&format!("## `{name}`\n")).nth(1);
        let section = section.unwrap_or_else(|| panic!("no section of {name}"));
        let section = section.split("\n## `").next().expect("a split has a first part");
        let running = section.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(running.starts_with(choice.documentation()), "{name}: {running:.300}");
        assert!(section.contains("```\n") && section.contains(name), "no example of {name}");
    }
}

#[test]
fn every_option_of_functions_is_documented_in_the_words_of_the_table() {
    assert_documented(option::OPTIONS, CACHED);
}

#[test]
fn every_option_of_pages_is_documented_in_the_words_of_the_table() {
    assert_documented(page::option::OPTIONS, PAGES);
}

#[test]
fn every_option_of_pages_says_how_it_is_written() {
    for choice in page::option::OPTIONS {
        assert!(choice.form().starts_with(choice.name()), "{}", choice.form());
    }
}

#[test]
fn every_word_of_a_fragment_has_a_row_in_the_words_of_the_table() {
    for word in WORDS {
        let row = format!("| `{}` | `{}` | {} |", word.name, word.form, word.documentation);
        assert!(LIBRARY.replace("[`Vary`]", "`Vary`").contains(&row), "no row {row}");
    }
}
