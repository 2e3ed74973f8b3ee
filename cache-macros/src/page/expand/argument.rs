//! What is done with the arguments before the handler has them: checked, narrowed, looked at.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, GenericArgument, PathArguments, Type};

use crate::expand::arguments::bind;
use crate::expand::call::located;
use crate::page::framework::Framework;
use crate::page::plan::{Cover, Plan};
use crate::parse::argument::Argument;
use crate::parse::expression::{free_names, mentions};
use crate::plan::key::{Rendering, Segment};

/// The name of the page's own argument.
pub(super) fn of_page() -> Ident {
    Ident::new("__cache_page", Span::mixed_site())
}

/// The arguments that their types must cover.
fn by_type(plan: &Plan) -> impl Iterator<Item = &Argument> {
    let pairs = plan.arguments.iter().zip(&plan.covers);
    pairs.filter(|(_, cover)| **cover == Cover::ByType).map(|(argument, _)| argument)
}

/// The statements that check arguments; where the page varies on headers, they narrow them as well.
pub(super) fn check(plan: &Plan) -> TokenStream {
    let check_one = |(at, argument): (usize, &Argument)| {
        let written = argument.written_type()?;
        let (span, passed) = (written.span(), &argument.passed);
        let krate = located(&plan.krate, span);
        Some(if plan.options.vary.is_some() {
            let (narrowed, is_covered) = (narrowed(plan, written), is_covered(at));
            quote!(let (#passed, #is_covered) = #narrowed(#passed);)
        } else if mentions(&quote!(#written), &Ident::new("impl", span)) {
            quote_spanned!(span=> #krate::__private::page::shared_value(&#passed);)
        } else {
            quote_spanned!(span=> #krate::__private::page::shared::<#written>();)
        })
    };
    by_type(plan).enumerate().filter_map(check_one).collect()
}

/// The function that narrows an argument of this type. `Option` and `Result` are looked into: a trait could not tell what
/// is in them from what is shared as a whole. Behind another name they are refused, never let through.
fn narrowed(plan: &Plan, written: &Type) -> TokenStream {
    let (krate, page) = (located(&plan.krate, written.span()), plan.home.name());
    match inside(written) {
        Some(("Option", inner)) => {
            quote_spanned!(inner.span()=> #krate::__private::page::narrow_option::<#page, #inner>)
        }
        Some((_, inner)) => {
            quote_spanned!(inner.span()=> #krate::__private::page::narrow_result::<#page, #inner, _>)
        }
        None => quote_spanned!(written.span()=> #krate::__private::page::narrow::<#page, #written>),
    }
}

/// The first type in an `Option` or a `Result`, and which of the two it is.
fn inside(written: &Type) -> Option<(&'static str, &Type)> {
    let Type::Path(path) = written else { return None };
    let last = path.path.segments.last()?;
    let name = ["Option", "Result"].into_iter().find(|name| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some((name, inner)),
        _ => None,
    }
}

/// What says whether `vary` covers an argument, by its place among those that are checked.
fn is_covered(at: usize) -> Ident {
    format_ident!("__cache_covered_{at}", span = Span::mixed_site())
}

/// The arguments that have a type, with that type as the framework fills them in.
///
/// An extractor of actix cannot change the URL that others see: where parameters of the query do not count, each that may
/// read them is asked without them.
pub(super) fn filled_in(plan: &Plan) -> impl Iterator<Item = (&Argument, TokenStream)> {
    plan.arguments.iter().zip(&plan.covers).filter_map(|(argument, cover)| {
        let written = argument.written_type()?;
        if is_last(plan, argument, *cover) {
            let krate = located(&plan.krate, written.span());
            return Some((
                argument,
                quote_spanned!(written.span()=> #krate::__private::axum::LastInput<#written>),
            ));
        }
        if !is_counted(plan, written, *cover) {
            return Some((argument, quote!(#written)));
        }
        let (krate, page) = (located(&plan.krate, written.span()), plan.home.name());
        Some((argument, quote_spanned!(written.span()=> #krate::__private::actix::Counted<#page, #written>)))
    })
}

/// The statements that take arguments out of what has counted for them.
pub(super) fn unwrap_counted(plan: &Plan) -> TokenStream {
    let pairs = plan.arguments.iter().zip(&plan.covers);
    let counted = pairs.filter(|(argument, cover)| {
        argument.written_type().is_some_and(|written| is_counted(plan, written, **cover))
    });
    counted
        .map(|(argument, _)| {
            let passed = &argument.passed;
            quote!(let #passed = #passed.into_inner();)
        })
        .collect()
}

/// The name of what says whether the request brings a body.
fn brings_body() -> Ident {
    Ident::new("__cache_brings_body", Span::mixed_site())
}

/// The argument that may be the body of a request, if there is one: only the last of axum's can, and its type must
/// not cover it.
fn last(plan: &Plan) -> Option<&Argument> {
    let (argument, cover) = plan.arguments.iter().zip(&plan.covers).next_back()?;
    is_last(plan, argument, *cover).then_some(argument)
}

fn is_last(plan: &Plan, argument: &Argument, cover: Cover) -> bool {
    plan.framework == Framework::Axum
        && cover != Cover::ByType
        && argument.written_type().is_some()
        && plan.arguments.last().is_some_and(|last| last.passed == argument.passed)
}

/// The statement that takes the last argument out of what has looked for a body.
pub(super) fn unwrap_last(plan: &Plan) -> Option<TokenStream> {
    let (passed, brings_body) = (&last(plan)?.passed, brings_body());
    Some(quote!(let (#passed, #brings_body) = #passed.into_parts();))
}

/// What the visit is told of the body.
pub(super) fn with_body(plan: &Plan) -> Option<TokenStream> {
    let brings_body = brings_body();
    last(plan).map(|_| quote!(.with_body(#brings_body)))
}

/// Whether an argument of this type may see parameters of the query that the key lacks. What is ignored, or named
/// in the key, does so by the word of its author; yet a part of the query in the key does not make up for all of it.
fn is_counted(plan: &Plan, written: &Type, cover: Cover) -> bool {
    let options = &plan.options;
    let leaves_some_out = options.query.is_some() || options.ignore_query.is_some();
    plan.framework == Framework::Actix
        && leaves_some_out
        && match cover {
            Cover::Unseen => false,
            Cover::Named => is_of_url(written),
            Cover::ByType => true,
        }
}

fn is_of_url(written: &Type) -> bool {
    let Type::Path(path) = written else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Query" || last.ident == "Uri")
}

/// The conditions that what arguments are made of is covered by `vary`.
pub(super) fn covered(plan: &Plan) -> Vec<TokenStream> {
    let condition = |(at, argument): (usize, &Argument)| {
        argument.written_type()?;
        let is_covered = is_covered(at);
        Some(quote!(.when(#is_covered)))
    };
    if plan.options.vary.is_none() {
        return Vec::new();
    }
    by_type(plan).enumerate().filter_map(condition).collect()
}

/// An expression over the arguments and `request`.
pub(super) fn over(plan: &Plan, expression: &Expr) -> TokenStream {
    let names = free_names(expression);
    let request = names.iter().find(|name| **name == "request" && !plan.has_argument(name));
    let input = of_page();
    let request = request.map(|name| quote!(let #name = #input.request();));
    let bindings = bind(&plan.arguments, &names);
    let expression = plan.in_wrapper(expression);
    if request.is_none() && bindings.is_empty() {
        expression
    } else {
        quote!({ #request #bindings #expression })
    }
}

/// What a template renders, as a `String`.
pub(super) fn rendered(plan: &Plan, rendering: &Rendering) -> TokenStream {
    let names: Vec<Ident> = rendering.iter().flat_map(names_of).cloned().collect();
    let (krate, bindings) = (&plan.krate, bind(&plan.arguments, &names));
    let statements = rendering.iter().map(statement);
    quote!(#krate::__private::page::rendered(|__cache_key| { #bindings #(#statements)* }))
}

fn names_of(segment: &Segment) -> &[Ident] {
    match segment {
        Segment::Value { names, .. } | Segment::TypeOf { names, .. } => names,
        _ => &[],
    }
}

fn statement(segment: &Segment) -> TokenStream {
    match segment {
        Segment::Text(text) => quote!(__cache_key.text(#text);),
        Segment::Value { expression, .. } => {
            let part = quote_spanned!(expression.span()=> part(&#expression));
            quote!(__cache_key.#part;)
        }
        Segment::TypeOf { expression, .. } => quote!(__cache_key.type_of(&#expression);),
        Segment::TypeName(name) => quote!(__cache_key.part(::core::any::type_name::<#name>());),
        Segment::Identity => TokenStream::new(),
    }
}
