//! `#[cached]`, walked through: parse → option → plan → expand.

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::settings::Project;
use crate::{expand, option, parse, plan};

/// What the attribute turns the item into; on any error the untouched item stands beside all errors.
pub(crate) fn cached(arguments: TokenStream, item: TokenStream, project: &Project) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let options = option::read(arguments, &mut diagnostics);
    let function = diagnostics.or_complain(parse::function::read(item.clone(), "cached"));
    let plan = function.and_then(|function| plan::make(function, options, project, &mut diagnostics));
    match (diagnostics.finish(), plan) {
        (Ok(()), Some(plan)) => expand::expand(&plan),
        (Ok(()), None) => item,
        (Err(complaints), _) => [item, complaints].into_iter().collect(),
    }
}
