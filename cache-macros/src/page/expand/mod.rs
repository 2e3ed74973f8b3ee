//! Plan → tokens: the wrapper, the type that stands for its pages, and the companions.

mod argument;
mod companions;
mod policy;
mod wrapper;

use proc_macro2::TokenStream;
use quote::quote;

use super::plan::Plan;

/// Writes out a plan.
pub(crate) fn expand(plan: &Plan) -> TokenStream {
    let (wrapper, page, companions) = (wrapper::expand(plan), policy::expand(plan), companions::expand(plan));
    quote!(#wrapper #page #companions)
}
