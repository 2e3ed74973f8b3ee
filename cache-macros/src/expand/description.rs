//! The static that describes the function to the runtime.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::attributes;
use super::call::located;
use crate::option::period::Period;
use crate::plan::{Home, Plan};

/// The expression that leads to the static.
pub(crate) fn path(plan: &Plan) -> TokenStream {
    let name = accessor(plan);
    match &plan.home {
        Home::Type(_) => quote!(#name()),
        Home::Siblings(_) => quote!(Self::#name()),
        Home::InsideFunction | Home::InsideMethod => quote!(__CACHE_FUNCTION),
    }
}

/// The function that returns the static, beside the wrapper.
pub(crate) fn accessor_item(plan: &Plan) -> TokenStream {
    let conditions = attributes::conditions(&plan.function);
    let (name, krate, item) = (accessor(plan), &plan.krate, item(plan));
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        fn #name() -> &'static #krate::__private::Function {
            #item
            &__CACHE_FUNCTION
        }
    }
}

/// Its name advises: where the attribute was not told that it stands in an `impl`, or in one of a trait,
/// the compiler complains about this name.
fn accessor(plan: &Plan) -> proc_macro2::Ident {
    let name = plan.function.signature.ident.unraw();
    match &plan.home {
        Home::Siblings(_) => format_ident!("__cache_{name}_in_the_impl_of_a_trait_says_companions_false"),
        _ => format_ident!("__cache_{name}_in_an_impl_says_in_impl"),
    }
}

/// The static, registered at link time.
pub(crate) fn item(plan: &Plan) -> TokenStream {
    let (krate, name) = (&plan.krate, plan.function.signature.ident.unraw().to_string());
    let (says, here) = (says(plan), here(plan));
    quote! {
        #here
        static __CACHE_FUNCTION: #krate::__private::Function =
            #krate::__private::Function::new(::core::concat!(::core::module_path!(), "::", #name))
                .at(::core::file!(), ::core::line!())
                #(#says)*;
        #krate::__private::inventory::submit! {
            #krate::__private::Registration(&__CACHE_FUNCTION)
        }
    }
}

/// The type that shows where the function stands, if it has none of its name.
fn here(plan: &Plan) -> Option<TokenStream> {
    let needed = plan.options.key.is_none() && !matches!(plan.home, Home::Type(_));
    needed.then(|| {
        quote!(
            struct __CacheHere;
        )
    })
}

/// Who the function is, where the key is derived.
fn identity(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let (name, text) = (plan.function.signature.ident.unraw().to_string(), fingerprint(plan));
    let identity = quote!(#krate::__private::Identity);
    match &plan.home {
        Home::Type(companions) => quote!(#identity::beside::<#companions>(#name, #text)),
        Home::Siblings(_) => quote!(#identity::method::<__CacheHere>(#name, #text)),
        Home::InsideFunction => quote!(#identity::inside::<__CacheHere>(#text)),
        Home::InsideMethod => quote!(#identity::inside_method::<__CacheHere>(#text)),
    }
}

/// A digest (FNV-1a) of the function's text.
fn fingerprint(plan: &Plan) -> u64 {
    let (signature, body) = (&plan.function.signature, &plan.function.body);
    let text = quote!(#signature #body).to_string();
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |digest, byte| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What the attribute says, as calls of the builder.
fn says(plan: &Plan) -> Vec<TokenStream> {
    let (krate, options) = (&plan.krate, &plan.options);
    let mut says = Vec::new();
    if let Some(given) = &options.key {
        let template = given.value.value();
        says.push(quote!(.key(#template)));
    } else {
        let identity = identity(plan);
        says.push(quote!(.derived(#identity)));
    }
    if let Some(given) = &options.cache {
        let alias = given.value.value();
        says.push(quote!(.cache(#alias)));
    }
    if let Some(given) = &options.version {
        let version = &given.value;
        says.push(quote!(.version(#version)));
    }
    if let Some(timeout) = options.timeout.as_ref().and_then(|given| timeout(krate, &given.value)) {
        says.push(quote!(.timeout(#timeout)));
    }
    if let Some(given) = &options.cache_none {
        let timeout = kept_for(krate, given.value.as_ref());
        says.push(quote!(.cache_none(#timeout)));
    }
    if let Some(given) = &options.cache_err {
        let timeout = kept_for(krate, given.value.as_ref());
        says.push(quote!(.cache_err(#timeout)));
    }
    if let Some(given) = &options.wait {
        let wait = duration(krate, &given.value);
        says.push(quote!(.wait(#wait)));
    }
    if options.local.is_some() {
        says.push(quote!(.local()));
    }
    if let Some(embedded) = &plan.settings {
        let path = &embedded.path;
        says.push(quote!(.settings(#path, ::core::include_str!(#path))));
    }
    says
}

/// A constant timeout; nothing for a closure, which is asked about each value.
pub(crate) fn timeout(krate: &syn::Path, period: &Period) -> Option<TokenStream> {
    match period {
        Period::Text(text) => {
            let millis = millis(*text);
            Some(quote!(#krate::__private::Timeout::millis(#millis)))
        }
        Period::Constant(expression) => {
            let constant = constant(krate, expression);
            Some(quote_spanned!(expression.span()=> #constant.timeout()))
        }
        Period::OfValue(_) => None,
    }
}

/// A timeout that may be none; a closure is none.
pub(crate) fn told_timeout(krate: &syn::Path, period: &Period) -> TokenStream {
    match period {
        Period::Constant(expression) => {
            let constant = constant(krate, expression);
            quote_spanned!(expression.span()=> #constant.told())
        }
        period => kept_for(krate, Some(period)),
    }
}

/// A constant timeout, or that of the cache.
pub(crate) fn constant_timeout(krate: &syn::Path, period: &Period) -> TokenStream {
    kept_for(krate, Some(period))
}

fn kept_for(krate: &syn::Path, period: Option<&Period>) -> TokenStream {
    period
        .and_then(|period| timeout(krate, period))
        .unwrap_or_else(|| quote!(#krate::__private::Timeout::Default))
}

/// A constant length of time.
pub(crate) fn duration(krate: &syn::Path, period: &Period) -> TokenStream {
    match period {
        Period::Text(text) => {
            let millis = millis(*text);
            quote!(::core::time::Duration::from_millis(#millis))
        }
        Period::Constant(expression) => {
            let constant = constant(krate, expression);
            quote_spanned!(expression.span()=> #constant.wait())
        }
        Period::OfValue(closure) => closure.to_token_stream(),
    }
}

fn constant(krate: &syn::Path, expression: &syn::Expr) -> TokenStream {
    let krate = located(krate, expression.span());
    quote_spanned!(expression.span()=> #krate::__private::Constant::new(#expression))
}

fn millis(period: Duration) -> u64 {
    u64::try_from(period.as_millis()).unwrap_or(u64::MAX)
}
