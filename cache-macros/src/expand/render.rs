//! Keys and tags: the closure that renders them into a buffer.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{arguments, description};
use crate::plan::key::{Rendering, Segment};
use crate::plan::{Home, Plan};

/// The closure that renders a text.
pub(crate) fn closure(plan: &Plan, rendering: &Rendering) -> TokenStream {
    let names: Vec<Ident> = rendering.iter().flat_map(names_of).cloned().collect();
    let bindings = arguments::bind(&plan.arguments, &names);
    let statements = rendering.iter().map(|segment| statement(plan, segment));
    quote!(|__cache_key| { #bindings #(#statements)* })
}

fn names_of(segment: &Segment) -> &[Ident] {
    match segment {
        Segment::Value { names, .. } | Segment::TypeOf { names, .. } => names,
        _ => &[],
    }
}

fn statement(plan: &Plan, segment: &Segment) -> TokenStream {
    match segment {
        Segment::Text(text) => quote!(__cache_key.text(#text);),
        Segment::Value { expression, .. } => {
            let part = quote_spanned!(expression.span()=> part(&#expression));
            quote!(__cache_key.#part;)
        }
        Segment::TypeOf { expression, .. } => quote!(__cache_key.type_of(&#expression);),
        Segment::TypeName(name) => quote!(__cache_key.part(::core::any::type_name::<#name>());),
        Segment::Identity => identity(plan),
    }
}

/// The path of the function, which its static knows; before that of a method stands the name of its type.
fn identity(plan: &Plan) -> TokenStream {
    let function = description::path(plan);
    let own = match &plan.home {
        Home::Siblings(_) | Home::InsideMethod => {
            Some(quote!(__cache_key.text(::core::any::type_name::<Self>());))
        }
        Home::Type(_) | Home::InsideFunction => None,
    };
    quote!(#own __cache_key.text(#function.identity());)
}
