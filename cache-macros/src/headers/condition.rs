//! `#[condition]`, expanded: the preconditions are weighed before the body runs.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Pat};

use super::nested;
use super::plan::Plan;
use crate::parse::argument::{Argument, Kind};
use crate::parse::expression::free_names;
use crate::parse::pattern;

/// The validators of a page, as expressions over the arguments.
#[derive(Default)]
pub(super) struct Condition {
    pub(super) etag: Option<Expr>,
    pub(super) last_modified: Option<Expr>,
}

/// The argument that the web framework fills in.
pub(super) fn asked(plan: &Plan) -> TokenStream {
    let krate = &plan.krate;
    quote!(__cache_asked: #krate::__private::Asked)
}

/// The type that is returned, and the statements that return it.
pub(super) fn expand(
    plan: &Plan,
    condition: &Condition,
    returned: &TokenStream,
) -> (TokenStream, TokenStream) {
    let krate = &plan.krate;
    let written = nested::written(&plan.function.signature);
    let validators = validators(plan, condition);
    let statements = quote! {
        let __cache_weighed = __cache_asked.weigh(#validators);
        if __cache_weighed.is_answer() {
            __cache_weighed.answer()
        } else {
            __cache_weighed.pass(#returned)
        }
    };
    (quote!(#krate::__private::Conditioned<#written>), statements)
}

fn validators(plan: &Plan, condition: &Condition) -> TokenStream {
    let krate = &plan.krate;
    let said = [&condition.etag, &condition.last_modified];
    let names: Vec<Ident> = said.into_iter().flatten().flat_map(free_names).collect();
    let bindings = plan.arguments.iter().filter_map(|argument| bind(argument, &names));
    let etag = condition.etag.as_ref().map_or_else(
        || quote!(::core::option::Option::None::<&str>),
        |etag| quote_spanned!(etag.span()=> #etag),
    );
    let last_modified = condition.last_modified.as_ref().map_or_else(
        || quote!(::core::option::Option::None::<::std::time::SystemTime>),
        |last_modified| quote_spanned!(last_modified.span()=> #last_modified),
    );
    quote!({
        #(#bindings)*
        #krate::__private::validators(#etag, #last_modified)
    })
}

/// Binds, by reference, those of `names` that the pattern of an argument binds.
fn bind(argument: &Argument, names: &[Ident]) -> Option<TokenStream> {
    let Kind::Pattern(pattern, _) = &argument.kind else { return None };
    let is_used = |name: &Ident| names.contains(name);
    if !argument.names.iter().any(is_used) {
        return None;
    }
    let (pattern, passed): (Pat, _) = (pattern::by_reference(pattern, &is_used), &argument.passed);
    Some(quote!(let #pattern = &#passed;))
}
