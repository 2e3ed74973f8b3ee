//! ④ Plan → tokens: the wrapper, and the companions beside it.

pub(crate) mod arguments;
pub(crate) mod attributes;
pub(crate) mod call;
pub(crate) mod companions;
pub(crate) mod description;
mod render;
mod wrapper;

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) use call::located;
pub(crate) use description::constant_timeout;

use crate::plan::Plan;

/// Writes out a plan.
pub(crate) fn expand(plan: &Plan) -> TokenStream {
    let wrapper = wrapper::expand(plan);
    let companions = companions::expand(plan);
    quote!(#wrapper #companions)
}
