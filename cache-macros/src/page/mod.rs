//! `#[cache_page]`, walked through as `#[cached]` is: parse → option → plan → expand.

mod expand;
mod framework;
pub(crate) mod option;
mod plan;

use proc_macro2::TokenStream;

pub(crate) use framework::Framework;

use crate::diagnostics::Diagnostics;
use crate::parse;
use crate::settings::Project;

/// What the attribute turns the item into; on any error the untouched item stands beside all errors.
pub(crate) fn cache_page(
    arguments: TokenStream,
    item: TokenStream,
    framework: Framework,
    project: &Project,
) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let options = option::read(arguments, &mut diagnostics);
    let function = diagnostics.or_complain(parse::function::read(item.clone(), "cache_page"));
    let plan = function.map(|function| plan::make(function, options, framework, project, &mut diagnostics));
    match (diagnostics.finish(), plan) {
        (Ok(()), Some(plan)) => expand::expand(&plan),
        (Ok(()), None) => item,
        (Err(complaints), _) => [item, complaints].into_iter().collect(),
    }
}
