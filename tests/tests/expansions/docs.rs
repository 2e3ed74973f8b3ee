//! The documentation of the attributes says what the table of options says.

use crate::fragment::WORDS;
use crate::option::OPTIONS;

const LIBRARY: &str = include_str!("../../../cache-macros/src/lib.rs");

/// The documentation as running text, without its comment marks and line breaks.
fn documentation() -> String {
    let lines = LIBRARY.lines().map(|line| line.trim_start_matches("///").trim());
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_option_is_documented_in_the_words_of_the_table() {
    let documentation = documentation();

    for choice in OPTIONS {
        let heading = format!("## `{}`", choice.name());
        let (_, section) =
            documentation.split_once(&heading).unwrap_or_else(|| panic!("no section {heading}"));
        assert!(section.trim_start().starts_with(choice.documentation()), "{heading}: {section:.300}");
    }
}

#[test]
fn every_option_has_a_row_and_an_example() {
    for choice in OPTIONS {
        let row = format!(
            "| [`{}`](#{}) | `{}` |",
            choice.name(),
            choice.name(),
            choice.form().replace('|', "\\|")
        );
        assert!(LIBRARY.contains(&row), "no row {row}");
        let section = LIBRARY.split(&format!("## `{}`", choice.name())).nth(1).expect("the section is there");
        let section = section.split("## `").next().expect("a split has a first part");
        assert!(
            section.contains("```\n") && section.contains(choice.name()),
            "no example of {}",
            choice.name()
        );
    }
}

#[test]
fn every_word_of_a_fragment_has_a_row_in_the_words_of_the_table() {
    for word in WORDS {
        let row = format!("| `{}` | `{}` | {} |", word.name, word.form, word.documentation);
        assert!(LIBRARY.replace("[`Vary`]", "`Vary`").contains(&row), "no row {row}");
    }
}
