//! The attributes of `cache-runtime`: declarative caching of functions and pages.

mod cached;
mod diagnostics;
mod expand;
mod option;
mod parse;
mod plan;

use proc_macro::TokenStream;

/// Caches what a function returns.
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    cached::cached(arguments.into(), item.into()).into()
}
