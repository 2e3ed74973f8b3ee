//! The small examples: each asserts what it shows, and says it.

use crate::run::{example, printed};

#[track_caller]
fn says(name: &str, words: &str) {
    let printed = printed(&mut example(name));

    assert!(printed.contains(words), "`{name}` says:\n{printed}");
}

#[test]
fn quickstart_counts_a_hit_and_three_computations() {
    says("quickstart", "1 hit, 3 computations");
}

#[test]
fn keys_shows_that_text_cannot_pretend_to_be_a_separator() {
    says("keys", "pair:a%3Ab:c\n");
}

#[test]
fn force_refresh_shows_what_a_scope_stored() {
    says("force_refresh", "after the scope  105 EUR");
}

#[test]
fn by_hand_does_what_the_attribute_does() {
    let printed = printed(&mut example("by_hand"));

    let (attribute, by_hand) = printed.split_once("by hand:\n").expect("both are shown");
    let attribute: Vec<_> = attribute.lines().skip(1).collect();
    assert_eq!(by_hand.lines().take(attribute.len()).collect::<Vec<_>>(), attribute);
}

#[test]
fn blocking_computes_once_for_all_threads() {
    says("blocking", "8 threads asked at once for the primes below a million: 1 computed");
}

#[test]
fn custom_backend_passes_the_examination() {
    says("custom_backend", "the shelf keeps every promise of the contract");
}

#[test]
fn fragments_ask_the_database_for_what_is_not_rendered_yet() {
    says("fragments", "a cold page with three cards of two countries: 5 questions");
}

#[test]
fn pages_are_compressed_on_either_side_of_the_cache() {
    let printed = printed(&mut example("pages"));

    let said = |asked: &str| {
        let rows = printed.lines().filter(|row| row.trim_start().starts_with(asked));
        rows.map(|row| row.rsplit("  ").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert!(said("/list/US, gzip")[0].starts_with("site; hit"), "{printed}");
    assert!(said("/packed/US, plain")[0].contains("fwd=vary-miss; stored"), "{printed}");
    assert!(said("… 90 seconds later")[0].ends_with("hit; ttl=-30"), "{printed}");
    assert!(said("/largest").last().unwrap().contains("fwd=uri-miss; stored"), "{printed}");
    assert!(said("/list/US ").last().unwrap().contains("fwd=uri-miss; stored"), "{printed}");
}

#[test]
fn actix_site_asks_the_database_for_what_is_not_cached() {
    says("actix_site", "16 visits, 8 questions");
}

#[test]
fn testing_moves_the_clock() {
    says("testing", "after a minute, which took no time, the value is computed again");
}
