//! Which attributes of the function go where.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta, Token, punctuated::Punctuated};

use crate::parse::function::Function;

/// The attributes of the wrapper: all but what speaks of the body alone.
pub(crate) fn of_wrapper(function: &Function) -> impl Iterator<Item = &Attribute> {
    function.attributes.iter().filter(|attribute| !attribute.path().is_ident("expect"))
}

/// The attributes of the body: the lints, and the conditions.
pub(crate) fn of_body(function: &Function) -> impl Iterator<Item = &Attribute> {
    const LINTS: [&str; 5] = ["allow", "warn", "deny", "forbid", "expect"];
    let goes = |name: &dyn Fn(&str) -> bool| name("cfg") || LINTS.iter().any(|lint| name(lint));
    function.attributes.iter().filter(move |attribute| speaks(attribute, &goes))
}

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
    function.attributes.iter().filter(|attribute| speaks(attribute, &|name| name("cfg")))
}

/// Whether an attribute, or what a `cfg_attr` turns into, is of a kind.
fn speaks(attribute: &Attribute, kind: &dyn Fn(&dyn Fn(&str) -> bool) -> bool) -> bool {
    if !attribute.path().is_ident("cfg_attr") {
        return kind(&|name| attribute.path().is_ident(name));
    }
    let inner = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    inner.is_ok_and(|inner| inner.iter().skip(1).any(|meta| kind(&|name| meta.path().is_ident(name))))
}
