//! The attributes of `cache-runtime`: declarative caching of functions and pages.

mod cached;
mod diagnostics;
mod expand;
mod key_part;
mod option;
mod parse;
mod plan;
mod settings;

use proc_macro::TokenStream;

/// Caches what a function returns.
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    cached::cached(arguments.into(), item.into(), &settings::Project::here()).into()
}

/// Renders a type as key text.
#[proc_macro_derive(KeyPart, attributes(key_part))]
pub fn key_part(item: TokenStream) -> TokenStream {
    key_part::key_part(item.into()).into()
}
