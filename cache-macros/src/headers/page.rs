//! Handlers that `#[cache_page]` has written already, since it stood above under this attribute's other name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{FnArg, Pat, Signature, Type};

use crate::parse::function::Function;

/// The name of the page's own argument, if the handler has one.
pub(super) fn input(signature: &Signature) -> Option<&Ident> {
    let FnArg::Typed(first) = signature.inputs.first()? else { return None };
    let (pattern, written) = match (&*first.pat, &*first.ty) {
        // Where there is no room for one more argument, the first of the handler's own rides along.
        (Pat::Tuple(pattern), Type::Tuple(written)) => (pattern.elems.first()?, written.elems.first()?),
        (pattern, written) => (pattern, written),
    };
    match pattern {
        Pat::Ident(pattern) if is_of_page(written) => Some(&pattern.ident),
        _ => None,
    }
}

fn is_of_page(written: &Type) -> bool {
    let Type::Path(path) = written else { return false };
    let mut segments = path.path.segments.iter().rev().map(|segment| &segment.ident);
    segments.next().is_some_and(|last| last == "PageInput")
        && segments.nth(1).is_some_and(|module| module == "__private")
}

/// The handler, whose page is dressed before the cache looks at it.
///
/// The lowest attribute is the last that comes here, and puts its dressing before those of the others.
pub(super) fn dressed(
    function: &Function,
    input: &Ident,
    kept: &TokenStream,
    dressing: &TokenStream,
) -> TokenStream {
    let Function { attributes, visibility, signature, body } = function;
    let body = body.stream();
    quote! {
        #(#attributes)*
        #visibility #signature {
            let #input = { #kept #input.dressed(#dressing) };
            #body
        }
    }
}
