//! The companions: what a person does to the pages of a handler by hand.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::expand::attributes;
use crate::page::plan::{Home, Plan};

/// The companions, as associated functions of the type that stands for the pages.
pub(super) fn expand(plan: &Plan) -> Option<TokenStream> {
    let (Home::Type(name) | Home::Alongside(name)) = &plan.home else { return None };
    let conditions = attributes::conditions(&plan.function);
    let (invalidate, invalidate_all) = (invalidate(plan), invalidate_all(plan));
    let uncached = uncached(plan);
    Some(quote! {
        #(#conditions)*
        impl #name {
            #invalidate
            #invalidate_all
            #uncached
        }
    })
}

fn invalidate(plan: &Plan) -> TokenStream {
    let (krate, visibility) = (&plan.krate, attributes::visibility(&plan.function));
    let doc = format!(
        " Drops every variant of a page of `{}`, by its URL: a path with its query, or absolute for one host alone.",
        plan.function.signature.ident
    );
    quote! {
        #[doc = #doc]
        ///
        /// # Errors
        ///
        /// `InvalidArgument` for text that is no URL; those of the cache.
        #visibility async fn invalidate(uri: &str) -> #krate::__private::Result<()> {
            <Self as #krate::__private::page::CachedPage>::page().invalidate(uri).await
        }
    }
}

fn invalidate_all(plan: &Plan) -> TokenStream {
    let (krate, visibility) = (&plan.krate, attributes::visibility(&plan.function));
    let doc = format!(" Drops every page that `{}` ever made.", plan.function.signature.ident);
    quote! {
        #[doc = #doc]
        ///
        /// # Errors
        ///
        /// Those of the cache.
        #visibility async fn invalidate_all() -> #krate::__private::Result<()> {
            <Self as #krate::__private::page::CachedPage>::page().invalidate_all().await
        }
    }
}

/// The body itself, with the handler's own patterns.
fn uncached(plan: &Plan) -> TokenStream {
    let lints = attributes::of_body(&plan.function);
    let (dressing, visibility) =
        (attributes::dressing(&plan.function), attributes::visibility(&plan.function));
    let doc = format!(" The body of `{}`, without the cache.", plan.function.signature.ident);
    let mut signature = plan.function.signature.clone();
    if let Some(word) = &mut signature.asyncness {
        word.span = Span::call_site().located_at(word.span);
    }
    signature.fn_token.span = Span::call_site().located_at(signature.fn_token.span);
    signature.ident = Ident::new("uncached", Span::call_site());
    let body = &plan.function.body;
    quote! {
        #(#lints)*
        #[doc = #doc]
        #(#dressing)*
        #visibility #signature #body
    }
}
