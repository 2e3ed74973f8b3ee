//! How complaints are collected, and what words they guess.

use crate::diagnostics::{Diagnostics, nearest};
use crate::option::OPTIONS;
use crate::stage::{complaints, complaints_of_page};

#[test]
#[should_panic(expected = "nobody read them")]
fn unread_complaints_are_a_defect() {
    let mut diagnostics = Diagnostics::new();

    diagnostics.push(syn::Error::new(proc_macro2::Span::call_site(), "lost"));
}

#[test]
fn complaints_of_all_stages_are_said_at_once() {
    let said = complaints("#[cached(kye = \"a\", timeout = 0)] const fn wrong(n: u8) -> &str { \"\" }");

    assert_eq!(said.len(), 4, "{said:#?}");
}

#[test]
fn a_slip_of_the_fingers_is_recognised() {
    let names = || OPTIONS.iter().map(|choice| choice.name());

    for (slip, meant) in
        [("tiemout", "timeout"), ("kye", "key"), ("companion", "companions"), ("wiat", "wait")]
    {
        assert_eq!(nearest(slip, names()), Some(meant));
    }
    assert_eq!(nearest("stale_while_revalidate", names()), None);
}

#[test]
fn every_option_says_how_it_is_written() {
    for choice in OPTIONS {
        assert!(choice.form().starts_with(choice.name()), "{}", choice.form());
    }
}

#[test]
fn an_attribute_of_another_crate_is_not_taken_for_ours() {
    for foreign in ["#[memo::cached]", "#[memo::cache_page(60)]", "#[rules::condition(etag = 1)]"] {
        let said =
            complaints_of_page("60", &format!("{foreign} async fn page() -> String {{ String::new() }}"));

        assert!(said.is_empty(), "{foreign}: {said:?}");
    }
    let said =
        complaints_of_page("60", "#[cache_runtime::cached] async fn page() -> String { String::new() }");

    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn a_route_of_another_framework_needs_no_companions() {
    let source = "#[get(\"/\")] async fn page() -> String { String::new() }";

    assert!(complaints_of_page("60, companions = false", source).is_empty());
    assert!(complaints_of_page("60", source)[0].contains("`companions = false`"));
}
