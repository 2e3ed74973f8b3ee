//! ④ Plan → tokens: the wrapper, and the companions beside it.

mod arguments;
mod attributes;
mod call;
mod companions;
mod description;
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
