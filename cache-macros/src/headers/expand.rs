//! Writes out a plan: the function as the framework sees it, and its body beside or inside of it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use super::option::{Added, Name, Value};
use super::plan::{Body, Dressing, Plan, Work};
use super::{condition, nested, page};
use crate::expand::{arguments, attributes};

pub(super) fn expand(plan: &Plan) -> TokenStream {
    if let (Work::Dress(said), Some(input)) = (&plan.work, page::input(&plan.function.signature)) {
        let (kept, _, dressing) = dressing(&plan.krate, said);
        return page::dressed(&plan.function, input, &kept, &dressing);
    }
    let wrapper = wrapper(plan);
    match &plan.body {
        Body::Inside(_) => wrapper,
        Body::Sibling(_) => {
            let body = body(plan);
            quote!(#wrapper #body)
        }
    }
}

fn wrapper(plan: &Plan) -> TokenStream {
    let function = &plan.function;
    let attributes = attributes::of_wrapper(function);
    let visibility = &function.visibility;
    let mut signature = function.signature.clone();
    let declared = declared(plan);
    signature.inputs = syn::parse_quote!(#(#declared),*);
    let Written { kept, output, dressed } = written(plan);
    signature.output = syn::parse_quote!(-> #output);
    let inside = matches!(plan.body, Body::Inside(_)).then(|| body(plan));
    quote! {
        #(#attributes)*
        #visibility #signature {
            #kept
            #inside
            #dressed
        }
    }
}

/// The arguments of the wrapper; that of a condition stands behind `self`, and before all others.
fn declared(plan: &Plan) -> Vec<TokenStream> {
    let mut declared: Vec<_> = plan.arguments.iter().map(arguments::declare).collect();
    if let Work::Weigh(_) = plan.work {
        let receivers = plan.arguments.iter().take_while(|argument| argument.is_receiver()).count();
        declared.insert(receivers, condition::asked(plan));
    }
    declared
}

/// What stands in the wrapper.
struct Written {
    /// What is made once.
    kept: TokenStream,
    /// The type that is returned.
    output: TokenStream,
    /// The value that is returned.
    dressed: TokenStream,
}

fn written(plan: &Plan) -> Written {
    let call = call(plan);
    match &plan.work {
        Work::Weigh(said) => {
            let (output, dressed) = condition::expand(plan, said, &call);
            Written { kept: TokenStream::new(), output, dressed }
        }
        Work::Dress(said) => {
            let (kept, kind, dressing) = dressing(&plan.krate, said);
            let (output, dressed) = dress(plan, &call, &kind, &dressing);
            Written { kept, output, dressed }
        }
    }
}

/// The dressed type, and the dressed value.
///
/// An attribute that stood above this one has dressed the function already. It changes the headers after this one,
/// so this one goes under it, next to what the function itself returns.
fn dress(
    plan: &Plan,
    returned: &TokenStream,
    kind: &TokenStream,
    dressing: &TokenStream,
) -> (TokenStream, TokenStream) {
    let krate = &plan.krate;
    let mut written = nested::written(&plan.function.signature);
    let (innermost, depth) = nested::innermost(&mut written);
    let bare = innermost.clone();
    *innermost = syn::parse_quote!(#krate::__private::Dressed<#bare, #kind>);
    let mut value = quote!(#krate::__private::Dressed::new(__cache_returned, #dressing));
    for _ in 0..depth {
        value = quote!(__cache_returned.map(|__cache_returned| #value));
    }
    (quote!(#written), quote!(let __cache_returned = #returned; #value))
}

/// The function's own body, under the attributes that stood below this one.
fn body(plan: &Plan) -> TokenStream {
    let function = &plan.function;
    let (Body::Inside(name) | Body::Sibling(name)) = &plan.body;
    let attributes = attributes::of_body(function);
    let mut signature = function.signature.clone();
    signature.ident = name.clone();
    let hidden = matches!(plan.body, Body::Sibling(_)).then(|| quote!(#[doc(hidden)]));
    let body = &function.body;
    quote!(#hidden #(#attributes)* #signature #body)
}

fn call(plan: &Plan) -> TokenStream {
    let signature = &plan.function.signature;
    let (receivers, passed): (Vec<_>, Vec<_>) =
        plan.arguments.iter().partition(|argument| argument.is_receiver());
    let passed = passed.iter().map(|argument| &argument.passed);
    let turbofish = arguments::turbofish(&signature.generics.params);
    let awaited = signature.asyncness.map(|_| quote!(.await));
    let path = match &plan.body {
        Body::Inside(name) => quote!(#name),
        Body::Sibling(name) => receivers.first().map_or_else(
            || quote!(Self::#name),
            |receiver| {
                let receiver = &receiver.passed;
                quote!(#receiver.#name)
            },
        ),
    };
    quote!(#path #turbofish (#(#passed),*) #awaited)
}

/// What is kept beside the body, the type of the dressing, and the dressing.
fn dressing(krate: &Path, said: &Dressing) -> (TokenStream, TokenStream, TokenStream) {
    match said {
        Dressing::NeverCache => {
            let never = quote!(#krate::__private::NeverCache);
            (TokenStream::new(), never.clone(), never)
        }
        Dressing::VaryOnCookie => {
            let vary = quote!(#krate::__private::VaryOn);
            (TokenStream::new(), vary.clone(), quote!(#vary::cookie()))
        }
        Dressing::VaryOnHeaders(names) => {
            let vary = quote!(#krate::__private::VaryOn);
            kept(&vary, &quote!(#vary::headers(&[#(#names),*][..])))
        }
        Dressing::CacheControl(directives) => {
            let control = quote!(#krate::__private::SetCacheControl);
            let said = directives.iter().map(|added| say(krate, added));
            kept(&control, &quote!(#control::new(#krate::__private::Directives::new() #(#said)*)))
        }
    }
}

/// A dressing that is made once.
fn kept(kind: &TokenStream, made: &TokenStream) -> (TokenStream, TokenStream, TokenStream) {
    let item = quote! {
        static __CACHE_DRESSING: ::std::sync::LazyLock<#kind> = ::std::sync::LazyLock::new(|| #made);
    };
    (item, quote!(&'static #kind), quote!(&*__CACHE_DRESSING))
}

/// One directive, as a call of the builder.
fn say(krate: &Path, added: &Added) -> TokenStream {
    match (&added.name, &added.value) {
        (Name::Custom(name), Value::Text(value)) => quote!(.custom(#name, #value)),
        (Name::Custom(name), _) => quote!(.custom_word(#name)),
        (Name::Known(word), Value::None) => quote_spanned!(word.span()=> .#word()),
        (Name::Known(word), Value::Text(field)) => {
            let method = quote::format_ident!("{word}_for");
            quote!(.#method(#field))
        }
        (Name::Known(word), Value::Seconds(seconds)) => {
            quote!(.#word(::core::time::Duration::from_secs(#seconds)))
        }
        (Name::Known(word), Value::Time(expression)) => {
            let time =
                quote_spanned!(expression.span()=> #krate::__private::Constant::new(#expression).duration());
            quote!(.#word(#time))
        }
    }
}
