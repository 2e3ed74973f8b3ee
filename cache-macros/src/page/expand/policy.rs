//! The type that stands for the handler's pages, and the static that describes them to the runtime.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::expand::attributes;
use crate::expand::description::{duration, timeout, told_timeout};
use crate::option::Given;
use crate::option::period::Period;
use crate::page::framework::Framework;
use crate::page::plan::{Home, Plan};

/// The type, and what makes it one of pages.
pub(super) fn expand(plan: &Plan) -> TokenStream {
    let conditions: Vec<_> = attributes::conditions(&plan.function).collect();
    let (krate, name) = (&plan.krate, plan.home.name());
    let (type_item, page) = (type_item(plan), page(plan));
    let headers = takes_headers(plan).then(|| {
        quote!(
            const SHARES_HEADERS: bool = false;
        )
    });
    quote! {
        #type_item

        #(#conditions)*
        impl #krate::__private::page::CachedPage for #name {
            #headers
            fn page() -> &'static #krate::__private::page::PageFunction {
                #page
                &__CACHE_PAGE
            }
        }
    }
}

/// Whether nothing but the page looks at the headers of a request: there is no argument, and no attribute that may add
/// one.
fn takes_headers(plan: &Plan) -> bool {
    plan.framework == Framework::Axum
        && plan.arguments.is_empty()
        && plan.function.attributes.iter().all(attributes::adds_nothing)
}

fn type_item(plan: &Plan) -> Option<TokenStream> {
    let conditions = attributes::conditions(&plan.function);
    let visibility = attributes::visibility(&plan.function);
    let function = &plan.function.signature.ident;
    let (name, doc) = match &plan.home {
        Home::Alongside(_) => return None,
        Home::Hidden(name) => (name, quote!(#[doc(hidden)])),
        Home::Type(name) => {
            let doc = format!(
                " What belongs to the cached handler [`{function}`](fn@{function}): its pages, its body."
            );
            (name, quote!(#[doc = #doc]))
        }
    };
    Some(quote! {
        #(#conditions)*
        #doc
        #visibility enum #name {}
    })
}

/// The static, registered at link time.
fn page(plan: &Plan) -> TokenStream {
    let (krate, options) = (&plan.krate, &plan.options);
    let name = plan.function.signature.ident.unraw().to_string();
    let alias = options.cache.as_ref().map_or_else(|| "default".to_owned(), |given| given.value.value());
    let policy = policy(plan);
    let key = options.key.as_ref().map(|given| {
        let template = given.value.value();
        quote!(.key(#template))
    });
    let settings = plan.settings.as_ref().map(|embedded| {
        let path = &embedded.path;
        quote!(.settings(#path, ::core::include_str!(#path)))
    });
    quote! {
        static __CACHE_PAGE: #krate::__private::page::PageFunction =
            #krate::__private::page::PageFunction::new(
                ::core::concat!(::core::module_path!(), "::", #name),
                #alias,
                || #policy,
            )
            .at(::core::file!(), ::core::line!())
            #key
            #settings;
        #krate::__private::inventory::submit! {
            #krate::__private::Registration(&__CACHE_PAGE)
        }
    }
}

/// What the attribute says, as calls of the builder.
fn policy(plan: &Plan) -> TokenStream {
    let (krate, options) = (&plan.krate, &plan.options);
    let page_timeout = timeout_of(plan, options.timeout.as_ref())
        .unwrap_or_else(|| quote!(#krate::__private::Timeout::Default));
    let prefix = options.key_prefix.as_ref().map(|given| {
        let prefix = given.value.value();
        quote!(.key_prefix(#prefix))
    });
    let says = [
        prefix,
        names("vary", options.vary.as_ref()),
        names("query", options.query.as_ref()),
        names("ignore_query", options.ignore_query.as_ref()),
        fixed_tags(plan),
        statuses(plan),
        with("error_timeout", timeout_of(plan, options.error_timeout.as_ref())),
        with("client_timeout", told(plan, options.client_timeout.as_ref())),
        with(
            "max_body",
            options.max_body.as_ref().map(|given| {
                let bytes = &given.value;
                quote!(#bytes)
            }),
        ),
        with("wait", duration_of(plan, options.wait.as_ref())),
        with("stale_while_revalidate", duration_of(plan, options.stale_while_revalidate.as_ref())),
        with("stale_if_error", duration_of(plan, options.stale_if_error.as_ref())),
    ];
    let says = says.iter().flatten();
    let for_some = plan.is_for_some().then(|| quote!(.private_to_browsers()));
    quote!(#krate::__private::page::Policy::timeout(#page_timeout) #(#says)* #for_some)
}

fn with(method: &str, value: Option<TokenStream>) -> Option<TokenStream> {
    let method = quote::format_ident!("{method}");
    value.map(|value| quote!(.#method(#value)))
}

fn timeout_of(plan: &Plan, given: Option<&Given<Period>>) -> Option<TokenStream> {
    let (krate, timeout) = (&plan.krate, timeout(&plan.krate, &given?.value)?);
    Some(computed(&quote!(#krate::__private::Timeout), &timeout))
}

/// A timeout that may be zero.
fn told(plan: &Plan, given: Option<&Given<Period>>) -> Option<TokenStream> {
    let timeout = told_timeout(&plan.krate, &given?.value);
    let krate = &plan.krate;
    Some(computed(&quote!(#krate::__private::Timeout), &timeout))
}

fn duration_of(plan: &Plan, given: Option<&Given<Period>>) -> Option<TokenStream> {
    let duration = duration(&plan.krate, &given?.value);
    Some(computed(&quote!(::core::time::Duration), &duration))
}

/// A time as an item of its own: the compiler computes that also where it only checks, so that zero is noticed.
fn computed(kind: &TokenStream, time: &TokenStream) -> TokenStream {
    quote!({
        const __CACHE_TIME: #kind = #time;
        __CACHE_TIME
    })
}

/// A list of names, with its length: an empty one has no type of its own.
fn names(method: &str, given: Option<&Given<Vec<LitStr>>>) -> Option<TokenStream> {
    let names = given.map(|given| given.value.iter().map(LitStr::value).collect::<Vec<_>>())?;
    let count = names.len();
    with(method, Some(quote!(::core::convert::identity::<[&str; #count]>([#(#names),*]))))
}

fn fixed_tags(plan: &Plan) -> Option<TokenStream> {
    let tags = &plan.fixed_tags;
    (!tags.is_empty()).then(|| quote!(.tags([#(#tags),*])))
}

fn statuses(plan: &Plan) -> Option<TokenStream> {
    let statuses = &plan.options.statuses.as_ref()?.value;
    Some(quote!(.statuses([#(#statuses),*])))
}
