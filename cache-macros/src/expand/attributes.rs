//! Which attributes of the function go where.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token};

use crate::parse::function::Function;

/// The attributes of the wrapper: all but what speaks of the body alone.
pub(crate) fn of_wrapper(function: &Function) -> impl Iterator<Item = &Attribute> {
    function.attributes.iter().filter(|attribute| !attribute.path().is_ident("expect"))
}

/// The attributes of the body: the lints, and the conditions.
pub(crate) fn of_body(function: &Function) -> impl Iterator<Item = &Attribute> {
    function.attributes.iter().filter(|attribute| speaks_of(attribute, &BODY))
}

/// The attributes of ours that dress what a handler returns. Below `#[cache_page]` they dress what is stored, so that the
/// cache heeds them: a page that is never to be cached, or varies on cookies, says so before it is kept.
pub(crate) fn dressing(function: &Function) -> impl Iterator<Item = &Attribute> {
    function.attributes.iter().filter(|attribute| is_dressing(attribute))
}

/// Whether an attribute dresses what a handler returns, whatever path it is named by. One under a name of the user's own
/// stays above the wrapper, which it recognises (`headers/page.rs`).
pub(crate) fn is_dressing(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| DRESSING.iter().any(|name| last.ident == name))
}

/// Whether an attribute is known to leave the arguments of the function as they are.
pub(crate) fn adds_nothing(attribute: &Attribute) -> bool {
    let is_inert = |name| attribute.path().is_ident(name);
    is_dressing(attribute) || INERT.into_iter().any(is_inert)
}

const INERT: [&str; 9] =
    ["doc", "cfg", "allow", "warn", "deny", "forbid", "expect", "deprecated", "must_use"];

const DRESSING: [&str; 4] = ["never_cache", "cache_control", "vary_on_headers", "vary_on_cookie"];

const BODY: [&str; 6] = ["cfg", "allow", "warn", "deny", "forbid", "expect"];

/// The attributes of every other item that we add: the conditions under which the function is there.
///
/// What calls a deprecated function may do so: the person who calls the companion is not asked twice.
pub(crate) fn of_companion(function: &Function) -> TokenStream {
    let conditions = conditions(function);
    let deprecated = function.attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    let allowed = deprecated.then(|| quote!(#[allow(deprecated)]));
    quote!(#(#conditions)* #allowed)
}

/// The conditions under which the function is there.
pub(crate) fn conditions(function: &Function) -> impl Iterator<Item = &Attribute> {
    function.attributes.iter().filter(|attribute| speaks_of(attribute, &["cfg"]))
}

/// The function's visibility, as tokens of ours: what begins with them is not the user's own writing.
pub(crate) fn visibility(function: &Function) -> TokenStream {
    let visibility = &function.visibility;
    let ours = |mut tree: TokenTree| {
        tree.set_span(Span::call_site().located_at(tree.span()));
        tree
    };
    quote!(#visibility).into_iter().map(ours).collect()
}

/// Whether an attribute, or what a `cfg_attr` turns into, has one of these names.
fn speaks_of(attribute: &Attribute, names: &[&str]) -> bool {
    let has_name = |path: &Path| names.iter().any(|name| path.is_ident(name));
    if !attribute.path().is_ident("cfg_attr") {
        return has_name(attribute.path());
    }
    let inner = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    inner.is_ok_and(|inner| inner.iter().skip(1).any(|meta| has_name(meta.path())))
}
