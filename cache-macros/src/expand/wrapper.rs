//! The wrapper: the function as its callers see it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{arguments, attributes, call, description, render};
use crate::plan::{Home, Plan};

/// The function under its own name: a lookup, and what follows a miss.
pub(crate) fn expand(plan: &Plan) -> TokenStream {
    let attributes = attributes::of_wrapper(&plan.function);
    let visibility = &plan.function.visibility;
    let mut signature = plan.function.signature.clone();
    let declared = arguments::of_wrapper(plan);
    signature.inputs = syn::parse_quote!(#(#declared),*);
    let (inside, body) = (inside(plan), body(plan));
    quote! {
        #(#attributes)*
        #visibility #signature {
            #inside
            #body
        }
    }
}

fn body(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let function = description::path(plan);
    let (shape, intent, key) = (call::shape(plan), call::intent(plan), render::closure(plan, &plan.key));
    let tags = plan.tags.iter().map(|tag| {
        let tag = render::closure(plan, tag);
        quote!(.tag(#tag))
    });
    let (judge, compute) = (call::judge(plan), call::compute(plan));
    quote! {
        let __cache_lookup = #function.lookup(#shape, #intent, #key);
        match __cache_lookup {
            #krate::__private::Lookup::Hit(__cache_value) => __cache_value,
            #krate::__private::Lookup::Miss(__cache_miss) => __cache_miss #(#tags)* #judge #compute,
        }
    }
}

/// What a wrapper without companions holds itself: the static, and the body.
fn inside(plan: &Plan) -> TokenStream {
    let body = match plan.home {
        Home::Type(_) | Home::Siblings(_) => return TokenStream::new(),
        Home::InsideFunction => inner_body(plan),
        Home::InsideMethod => TokenStream::new(),
    };
    let description = description::item(plan);
    quote!(#description #body)
}

fn inner_body(plan: &Plan) -> TokenStream {
    let attributes = attributes::of_body(&plan.function);
    let mut signature = plan.function.signature.clone();
    // No lint may say of our item that it could be `const`.
    signature.fn_token.span = Span::call_site().located_at(signature.fn_token.span);
    signature.ident = Ident::new("__cache_body", Span::call_site());
    let body = arguments::body(plan);
    quote!(#(#attributes)* #signature #body)
}
