//! The companions: what a person does to the entries of a function by hand.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Generics, Type};

use super::{arguments, attributes, call, description, render};
use crate::plan::generics::prune;
use crate::plan::{Home, Plan};

/// The companions at their place.
pub(crate) fn expand(plan: &Plan) -> TokenStream {
    let companions = || {
        let (key, invalidate, refresh) = (key(plan), invalidate(plan), refresh(plan));
        let (peek, set, uncached) = (peek(plan), set(plan), uncached(plan));
        quote!(#key #invalidate #refresh #peek #set #uncached)
    };
    let companions = match &plan.home {
        Home::Type(name) => around(plan, name, &companions()),
        Home::Siblings(_) => companions(),
        Home::InsideFunction | Home::InsideMethod => return TokenStream::new(),
    };
    let description = description::accessor_item(plan);
    quote!(#description #companions)
}

/// The uninhabited type of the function's own name, and the companions as its associated functions.
fn around(plan: &Plan, name: &Ident, companions: &TokenStream) -> TokenStream {
    let conditions: Vec<_> = attributes::conditions(&plan.function).collect();
    let visibility = attributes::visibility(&plan.function);
    let function = &plan.function.signature.ident;
    let doc = format!(
        " What belongs to the cached function [`{function}`](fn@{function}): its key, its entries, its body."
    );
    quote! {
        #(#conditions)*
        #[doc = #doc]
        #visibility enum #name {}

        #(#conditions)*
        impl #name {
            #companions
        }
    }
}

/// One companion, but for its name: documentation, `async`, arguments, what it returns, what it does.
struct Companion {
    name: &'static str,
    doc: &'static str,
    waits: bool,
    generics: Generics,
    arguments: Vec<TokenStream>,
    returns: TokenStream,
    does: TokenStream,
}

impl Companion {
    fn expand(self, plan: &Plan) -> TokenStream {
        let Self { name, doc, waits, generics, arguments, returns, does } = self;
        let name = match &plan.home {
            Home::Siblings(prefix) => format_ident!("{prefix}_{name}", span = prefix.span()),
            _ => Ident::new(name, Span::call_site()),
        };
        let (attributes, visibility) =
            (attributes::of_companion(&plan.function), attributes::visibility(&plan.function));
        let doc = format!(" {}", doc.replace("{}", &plan.function.signature.ident.to_string()));
        let (asyncness, clause) = (waits.then(|| quote!(async)), &generics.where_clause);
        quote! {
            #attributes
            #[doc = #doc]
            #visibility #asyncness fn #name #generics(#(#arguments),*) -> #returns #clause {
                #does
            }
        }
    }
}

/// A companion that works on one entry: it takes what the key is made of.
fn on_entry(plan: &Plan, name: &'static str, doc: &'static str) -> Companion {
    let (arguments, written) = (arguments::of_key(plan), &plan.returned.written);
    let (shape, key) = (call::shape(plan), render::closure(plan, &plan.key));
    let generics = prune(&plan.function.signature.generics, &quote!(#(#arguments)* #written #key));
    let function = description::path(plan);
    let does = quote!(#function.entry(#shape, #key));
    let waits = is_async(plan);
    Companion { name, doc, waits, generics, arguments, returns: TokenStream::new(), does }
}

fn key(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let companion =
        on_entry(plan, "key", "The key of `{}` for these arguments, as the low-level API takes it.");
    let does = &companion.does;
    let (returns, does) = (quote!(#krate::__private::Key), quote!(#does.key()));
    Companion { returns, does, waits: false, ..companion }.expand(plan)
}

fn invalidate(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let companion = on_entry(
        plan,
        "invalidate",
        "Removes the entry of `{}` for these arguments, and says whether there was one.",
    );
    let (returns, does) = (quote!(bool), finish(plan, &companion.does, &quote!(invalidate())));
    Companion { returns: quote!(#krate::__private::Result<#returns>), does, ..companion }.expand(plan)
}

fn peek(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let companion = on_entry(
        plan,
        "peek",
        "The stored value of `{}` for these arguments, if there is one; never computes.",
    );
    let (value, method) = spoken_of(plan, "peek");
    let does = finish(plan, &companion.does, &quote!(#method()));
    let returns = quote!(#krate::__private::Result<::core::option::Option<#value>>);
    Companion { returns, does, ..companion }.expand(plan)
}

fn set(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    let mut companion =
        on_entry(plan, "set", "Stores a value of `{}` for these arguments that was computed elsewhere.");
    let (value, method) = spoken_of(plan, "set");
    let given = Ident::new("value", Span::mixed_site());
    companion.arguments.push(quote!(#given: &#value));
    let tags = plan.tags.iter().map(|tag| {
        let tag = render::closure(plan, tag);
        quote!(.tag(#tag))
    });
    let entry = &companion.does;
    let entry = timed(plan, &quote!(#entry #(#tags)*), &given);
    let does = finish(plan, &entry, &quote!(#method(#given)));
    Companion { returns: quote!(#krate::__private::Result<()>), does, ..companion }.expand(plan)
}

/// The entry with the timeout that a closure gives the value; a closure that looks at an argument which
/// the key drops is asked by calls only.
fn timed(plan: &Plan, entry: &TokenStream, value: &Ident) -> TokenStream {
    let krate = &plan.krate;
    let Some(closure) = call::timeout_closure(plan).filter(|closure| plan.looks_at_key_only(closure)) else {
        return entry.clone();
    };
    let (bindings, closure) = call::value_closure(plan, closure);
    let timed = if plan.returned.inside.is_some() { quote!(timed) } else { quote!(timed_returned) };
    let timed = quote!(#krate::__private::#timed(#entry, #value, #closure));
    if bindings.is_empty() { timed } else { quote!({ #bindings #timed }) }
}

fn refresh(plan: &Plan) -> TokenStream {
    let signature = &plan.function.signature;
    let (name, passed) = (&signature.ident, arguments::passed_by_refresh(plan));
    let turbofish = arguments::turbofish(&signature.generics.params);
    let owner = matches!(plan.home, Home::Siblings(_)).then(|| quote!(Self::));
    let call = quote!(#owner #name #turbofish(#(#passed),*));
    let function = description::path(plan);
    let waits = is_async(plan);
    let does = if waits {
        quote!(#function.refresh(#call).await)
    } else {
        quote!(#function.refresh_blocking(|| #call))
    };
    let written = &plan.returned.written;
    Companion {
        name: "refresh",
        doc: "Calls `{}` without a look into the cache, and stores what it returns.",
        waits,
        generics: signature.generics.clone(),
        arguments: arguments::of_refresh(plan),
        returns: quote!(#written),
        does,
    }
    .expand(plan)
}

/// The body itself, with the function's own patterns.
fn uncached(plan: &Plan) -> TokenStream {
    let (lints, visibility) = (attributes::of_body(&plan.function), attributes::visibility(&plan.function));
    let name = &plan.function.signature.ident;
    let doc = format!(" The body of `{name}`, without the cache.");
    let mut signature = plan.function.signature.clone();
    signature.fn_token.span = Span::call_site().located_at(signature.fn_token.span);
    signature.ident = match &plan.home {
        Home::Siblings(prefix) => format_ident!("{prefix}_uncached", span = prefix.span()),
        _ => Ident::new("uncached", Span::call_site()),
    };
    let body = arguments::body(plan);
    quote! {
        #(#lints)*
        #[doc = #doc]
        #visibility #signature #body
    }
}

/// The operation on an entry, in the way of the function: `async` or blocking.
fn finish(plan: &Plan, entry: &TokenStream, operation: &TokenStream) -> TokenStream {
    if is_async(plan) { quote!(#entry.#operation.await) } else { quote!(#entry.blocking().#operation) }
}

/// The type that `peek` and `set` speak of, and the method that does.
fn spoken_of<'a>(plan: &'a Plan, operation: &str) -> (&'a Type, Ident) {
    match &plan.returned.inside {
        Some(inside) => (inside, format_ident!("{operation}")),
        None => (&plan.returned.written, format_ident!("{operation}_returned")),
    }
}

fn is_async(plan: &Plan) -> bool {
    plan.function.signature.asyncness.is_some()
}
