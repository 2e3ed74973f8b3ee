//! `fragment!`, walked through: read → check → expand.

mod block;
mod expand;
pub(crate) mod option;
mod read;

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Diagnostics;
use crate::settings::{Embedded, Project, Wish};
use read::Invocation;

/// What the macro turns its arguments into; on any error, all errors beside an empty fragment.
pub(crate) fn fragment(arguments: TokenStream, project: &Project) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let invocation = read::read(arguments, &mut diagnostics);
    let settings = invocation.as_ref().and_then(|found| check_settings(found, project, &mut diagnostics));
    let complaints = diagnostics.finish().err();
    match (complaints, invocation) {
        (None, Some(invocation)) => expand::expand(&invocation, settings.as_ref()),
        (complaints, _) => quote!({ #complaints ::cache_runtime::fragment::Fragment::default() }),
    }
}

/// Checks the alias against `cache.toml`, if there is one.
fn check_settings(
    invocation: &Invocation,
    project: &Project,
    diagnostics: &mut Diagnostics,
) -> Option<Embedded> {
    let stated = invocation.options.cache.as_ref();
    let alias = stated.map_or_else(|| "default".to_owned(), syn::LitStr::value);
    project.check(&Wish { alias: &alias, local: false }).unwrap_or_else(|fault| {
        match stated {
            Some(alias) => diagnostics.at(alias, fault),
            None => diagnostics.at(&invocation.name, fault),
        }
        None
    })
}
