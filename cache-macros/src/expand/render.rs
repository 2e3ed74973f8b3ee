//! Keys and tags: the closure that renders them into a buffer.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::arguments;
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

/// The path of the function, taken from the name of a type that stands at its place: a function has none.
fn identity(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let name = format!("::{}", plan.function.signature.ident.unraw());
    let around = |here: TokenStream| quote!(#krate::__private::outer(::core::any::type_name::<#here>()));
    let inside = around(quote!(__CacheHere));
    let own = quote!(::core::any::type_name::<Self>());
    match &plan.home {
        Home::Type(companions) => {
            let outer = around(quote!(#companions));
            quote!(__cache_key.text(#outer); __cache_key.text(#name);)
        }
        Home::Siblings(_) => quote!(__cache_key.text(#own); __cache_key.text(#name);),
        Home::InsideFunction => quote!(__cache_key.text(#inside);),
        Home::InsideMethod => {
            quote!(__cache_key.text(#own); __cache_key.text("::"); __cache_key.text(#inside);)
        }
    }
}
