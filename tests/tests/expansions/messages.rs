//! How complaints are collected, and what words they guess.

use crate::diagnostics::{Diagnostics, nearest};
use crate::option::OPTIONS;
use crate::stage::complaints;

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
