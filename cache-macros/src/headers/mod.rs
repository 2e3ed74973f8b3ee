//! `#[never_cache]`, `#[cache_control]`, `#[vary_on_headers]`, `#[vary_on_cookie]`, `#[condition]`: headers of handlers.

mod condition;
mod contradiction;
pub(crate) mod directive;
mod expand;
mod nested;
mod option;
mod page;
mod plan;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use crate::diagnostics::Diagnostics;
use option::Said;

/// The attributes of this family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    NeverCache,
    CacheControl,
    VaryOnHeaders,
    VaryOnCookie,
    Condition,
}

impl Attribute {
    /// The name under which it is imported.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NeverCache => "never_cache",
            Self::CacheControl => "cache_control",
            Self::VaryOnHeaders => "vary_on_headers",
            Self::VaryOnCookie => "vary_on_cookie",
            Self::Condition => "condition",
        }
    }
}

/// What the attribute turns the item into; on any error the untouched item stands beside all errors.
pub(crate) fn expand(attribute: Attribute, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let said = read(attribute, arguments, &mut diagnostics);
    let plan = plan::make(attribute, said, item.clone(), &mut diagnostics);
    match (diagnostics.finish(), plan) {
        (Ok(()), Some(plan)) => expand::expand(&plan),
        (Ok(()), None) => item,
        (Err(complaints), _) => [item, complaints].into_iter().collect(),
    }
}

fn read(attribute: Attribute, arguments: TokenStream, diagnostics: &mut Diagnostics) -> Said {
    let mut said = Said::default();
    let parser = |input: ParseStream<'_>| {
        option::read(attribute, input, &mut said, diagnostics);
        Ok(())
    };
    parser.parse2(arguments).expect("the reader takes every token");
    said
}
