//! The attributes on the same function that keep or answer what this one keeps.

use syn::Attribute;

use crate::diagnostics::Diagnostics;
use crate::parse::function::Function;

/// The attributes that keep what a function returns.
const KEEPERS: [&str; 2] = ["cached", "cache_page"];

/// Refuses a second attribute that keeps what the function returns: the one of `own` name stands above it.
pub(crate) fn check_keepers(own: &str, function: &Function, diagnostics: &mut Diagnostics) {
    for below in &function.attributes {
        let Some(other) = KEEPERS.into_iter().find(|name| is_called(below, name)) else { continue };
        if other == own {
            let text = format!(
                "`#[{own}]` stands above this one already, and a function has one: write the options of both into one \
                 attribute, or give the inner one a function of its own, which this one calls"
            );
            diagnostics.at(below, text);
        } else {
            diagnostics.at(below, BOTH);
        }
    }
}

const BOTH: &str = "`#[cached]` keeps the values of a function and `#[cache_page]` the responses of a handler, and a function \
                    has one of them: leave `#[cache_page]` here, and write `#[cached]` on a function that the handler calls";

/// Why a handler whose pages are kept has no `#[condition]`.
pub(crate) const NO_CONDITION: &str = "`#[cache_page]` answers preconditions itself, by the `ETag` and `Last-Modified` of the page that it keeps: \
     remove `#[condition]`, and let the response carry those headers; or, for validators that are cheaper than the page, \
     keep `#[condition]`, and put `.layer(CachePage::seconds(60))` (`.wrap(..)` in actix-web) around the route in the \
     place of `#[cache_page]`";

/// Whether an attribute is ours of this name: by its bare name, or by a path into the runtime crate or the user's own.
pub(crate) fn is_called(attribute: &Attribute, name: &str) -> bool {
    let path = &attribute.path().segments;
    let is_ours = path.len() == 1 || OURS.iter().any(|krate| path[0].ident == krate);
    is_ours && path.last().is_some_and(|segment| segment.ident == name)
}

/// How paths begin that lead to our attributes; those of another crate are of no concern to us.
const OURS: [&str; 6] = ["cache_runtime", "actix", "crate", "$crate", "self", "super"];
