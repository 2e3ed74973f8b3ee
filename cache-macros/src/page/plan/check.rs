//! What is no handler whose pages could be cached, and options that contradict each other.

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::{LitInt, ReturnType, Type};

use crate::diagnostics::Diagnostics;
use crate::option::{Companions, Given};
use crate::page::framework::Framework;
use crate::page::option::Options;
use crate::parse::argument::Argument;
use crate::parse::expression::mentions;
use crate::parse::function::Function;
use crate::plan::key::{Rendering, used_names};
use crate::plan::names::Names;
use crate::plan::neighbours::{self, is_called};
use crate::plan::returned::references;
use crate::plan::roles::has;
use crate::plan::signature;

/// Refuses functions that are no handlers of the framework.
pub(super) fn check_handler(
    function: &Function,
    arguments: &[Argument],
    options: &Options,
    framework: Framework,
    diagnostics: &mut Diagnostics,
) {
    signature::check_signature(function, diagnostics);
    signature::check_arguments(arguments, diagnostics);
    neighbours::check_keepers("cache_page", function, diagnostics);
    check_condition(function, diagnostics);
    check_route(function, options, framework, diagnostics);
    check_async(function, diagnostics);
    check_free(function, arguments, diagnostics);
    check_count(function, arguments, framework, diagnostics);
    check_owned(function, diagnostics);
}

fn check_async(function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    if signature.asyncness.is_none() {
        let text = format!("a handler is asynchronous; write `async fn {}`", signature.ident);
        diagnostics.at(&signature.fn_token, text);
    }
}

/// The page weighs preconditions itself, so the validators of the attribute would never be asked for.
fn check_condition(function: &Function, diagnostics: &mut Diagnostics) {
    for below in function.attributes.iter().filter(|below| is_called(below, "condition")) {
        diagnostics.at(below, neighbours::NO_CONDITION);
    }
}

/// The attribute of axum above a route of actix-web, which makes a type of the handler's name as our companions do.
fn check_route(function: &Function, options: &Options, framework: Framework, diagnostics: &mut Diagnostics) {
    let makes_type = !matches!(options.companions, Some(Given { value: Companions::None, .. }));
    let text = "the `#[cache_page]` above it is that of axum; write `use cache_runtime::actix::cache_page;` in the place of \
                `use cache_runtime::cache_page;`";
    for below in &function.attributes {
        if framework.is_foreign_route(below) {
            diagnostics.at(below, format!("this is a route of actix-web, and {text}"));
        } else if makes_type && framework.is_perhaps_foreign_route(below) {
            let other = "or `companions = false` if the route is that of another framework";
            diagnostics.at(below, format!("this looks like a route of actix-web, and {text}, {other}"));
        }
    }
}

/// Companions and the page's static stand beside the handler, where an `impl` has no room for them.
fn check_free(function: &Function, arguments: &[Argument], diagnostics: &mut Diagnostics) {
    let name = &function.signature.ident;
    if let Some(receiver) = arguments.iter().find(|argument| argument.is_receiver()) {
        let text = format!(
            "a handler has no `self`; write a free function `async fn {name}(State(state): State<…>)` that calls this \
             method, and annotate that"
        );
        diagnostics.at(&receiver.tokens(), text);
        return;
    }
    let signature = &function.signature;
    if mentions(&quote!(#signature), &Ident::new("Self", Span::call_site())) {
        let text = format!(
            "an associated function has no room beside it for its page; write a free function `async fn {name}(…)` that \
             calls it, and annotate that"
        );
        diagnostics.at(name, text);
    }
}

fn check_count(
    function: &Function,
    arguments: &[Argument],
    framework: Framework,
    diagnostics: &mut Diagnostics,
) {
    let (count, most) = (arguments.len(), framework.most_arguments());
    if count > most {
        let text = format!(
            "`{}` has {count} arguments, and a handler of {} has at most {most}; take some of them as one tuple",
            function.signature.ident,
            framework.name()
        );
        diagnostics.at(&function.signature.ident, text);
    }
}

fn check_owned(function: &Function, diagnostics: &mut Diagnostics) {
    let ReturnType::Type(_, written) = &function.signature.output else { return };
    for reference in references(written, true) {
        let owned = match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => "`String`, or `&'static str` for a constant",
            Type::Slice(_) => "a `Vec`, or `Bytes`",
            _ => "the value itself",
        };
        let text = format!("a page outlives the request, so it cannot borrow from it; return {owned}");
        diagnostics.at(reference, text);
    }
}

/// Refuses options that contradict each other, or come to nothing.
pub(super) fn check_options(options: &Options, diagnostics: &mut Diagnostics) {
    if let (Some(_), Some(ignored)) = (&options.query, &options.ignore_query) {
        let text =
            "`query` names the parameters that count, and `ignore_query` those that do not; decide for one";
        diagnostics.at(&ignored.word, text);
    }
    let statuses = options.statuses.as_ref().map_or(&[][..], |given| &given.value);
    let is_error = |status: &LitInt| status.base10_parse::<u16>().is_ok_and(|status| status >= 400);
    if let Some(given) = &options.error_timeout
        && !statuses.iter().any(is_error)
    {
        let text = "`error_timeout` is for pages of status 400 or more, and none of those is kept; add \
                    `statuses = [200, 404]`, or leave it out";
        diagnostics.at(&given.word, text);
    }
}

/// A tag that names an argument outside of the key would be that of whichever visitor came first.
pub(super) fn check_tags(
    names: &Names<'_>,
    keyed: &[Ident],
    ignored: &[Ident],
    flag: Option<&Ident>,
    tags: &[Rendering],
    options: &Options,
    diagnostics: &mut Diagnostics,
) {
    let Some(given) = &options.tags else { return };
    let used: Vec<_> = tags.iter().flat_map(used_names).collect();
    let is_dropped = |name: &&Ident| {
        !has(keyed, name)
            && (has(ignored, name) || flag.is_some_and(|flag| has(std::slice::from_ref(flag), name)))
    };
    let bound = names.arguments.iter().flat_map(|argument| &argument.names);
    for name in bound.filter(|name| has(&used, name)).filter(is_dropped) {
        let text = format!(
            "a tag names `{name}`, which is not in the key: visitors that differ there share one page, and it carries the \
             tags of the one that came first; add `{{{name}}}` to the key, or leave it out of the tag"
        );
        diagnostics.at(&given.word, text);
    }
}
