//! Parameters of type: each decides something in the key, and companions keep those they need.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Expr, GenericParam, Generics, Type, TypeParamBound, WherePredicate};

use super::names::Names;
use super::roles::has;
use crate::diagnostics::Diagnostics;
use crate::option::Options;
use crate::parse::argument::Argument;
use crate::parse::expression::{bare_name, mentions, mentions_lifetime};

/// Complains about types that the key does not tell apart; `whole` are the arguments that it renders by
/// themselves.
pub(crate) fn check_decided(
    names: &Names<'_>,
    options: &Options,
    keyed: &[Ident],
    whole: &[Ident],
    diagnostics: &mut Diagnostics,
) {
    for argument in names.arguments.iter().filter(|argument| renders(argument, whole)) {
        check_named(argument, options, diagnostics);
    }
    if options.key.is_none() {
        return;
    }
    let is_length = |name: &Ident| {
        names.arguments.iter().any(|argument| renders(argument, whole) && has_length(argument, name))
    };
    for name in names.types.iter().chain(&names.consts) {
        if !has(keyed, name) && !has(options.ignored(), name) && !is_length(name) {
            diagnostics.at(*name, decides_nothing(name, names));
        }
    }
}

fn renders(argument: &Argument, whole: &[Ident]) -> bool {
    argument.names.iter().any(|name| has(whole, name))
}

/// A rendered value does not say its type: `1_u8` and `1_u16` are `1` both.
fn decides_nothing(name: &Ident, names: &Names<'_>) -> String {
    let is_type_of = |argument: &&Argument| {
        argument.written_type().is_some_and(|written| mentions(&quote!(#written), name))
    };
    let remedy = format!("add `{{{name}}}` to it, or `ignore({name})` if it does not change the result");
    match names.arguments.iter().find(is_type_of).and_then(|argument| argument.names.first()) {
        Some(argument) => format!(
            "`{name}` is not in the key, and `{argument}` does not tell it: values of different types may have one text, \
             as `1_u8` and `1_u16` have, and would share an entry; {remedy}"
        ),
        None => format!(
            "`{name}` decides nothing in the key: calls that differ only there would share an entry; {remedy}"
        ),
    }
}

/// An argument whose type has no name; a derived key asks for the name of an `impl` itself.
fn check_named(argument: &Argument, options: &Options, diagnostics: &mut Diagnostics) {
    let name = argument.names.first().map_or_else(String::new, Ident::to_string);
    let fault = "values of different types may have one text in the key, as `1_u8` and `1_u16` have, and would share an entry";
    if argument.says("dyn") {
        let text = format!(
            "`{name}` hides its type behind `dyn`: {fault}; name in the key what matters of it, such as `{{{name}.id()}}`, \
             or `ignore({name})` if it does not change the result"
        );
        diagnostics.at(&argument.tokens(), text);
    } else if argument.says("impl") && options.key.is_some() {
        let text = format!(
            "the type of `{name}` has no name: {fault}; write `<T: …>` and `{name}: T`, and add `{{T}}` to the key, or \
             `ignore(T)` if the type does not change the result"
        );
        diagnostics.at(&argument.tokens(), text);
    }
}

/// Whether `name` is the length of the array that an argument is: as many elements stand in the key.
fn has_length(argument: &Argument, name: &Ident) -> bool {
    let mut written = argument.written_type();
    while let Some(Type::Reference(reference)) = written {
        written = Some(&reference.elem);
    }
    let is_name = |length: &Expr| bare_name(length).is_some_and(|length| length == name);
    matches!(written, Some(Type::Array(array)) if is_name(&array.len))
}

/// The generics that `tokens` need: their parameters, and the bounds that mention no other.
pub(crate) fn prune(generics: &Generics, tokens: &TokenStream) -> Generics {
    let kept = |parameter: &GenericParam| match parameter {
        GenericParam::Lifetime(lifetime) => mentions_lifetime(tokens, &lifetime.lifetime.ident),
        GenericParam::Type(parameter) => mentions(tokens, &parameter.ident),
        GenericParam::Const(parameter) => mentions(tokens, &parameter.ident),
    };
    let (stay, go): (Vec<_>, Vec<_>) = generics.params.iter().partition(|parameter| kept(parameter));
    let speaks_of_gone = |tokens: TokenStream| go.iter().any(|gone| speaks_of(&tokens, gone));
    let mut pruned = generics.clone();
    pruned.params = stay.into_iter().map(|parameter| prune_bounds(parameter, &speaks_of_gone)).collect();
    if let Some(clause) = &mut pruned.where_clause {
        let predicates = std::mem::take(&mut clause.predicates);
        clause.predicates = predicates
            .into_iter()
            .filter(|predicate: &WherePredicate| !speaks_of_gone(quote!(#predicate)))
            .collect();
    }
    if pruned.where_clause.as_ref().is_some_and(|clause| clause.predicates.is_empty()) {
        pruned.where_clause = None;
    }
    pruned
}

fn speaks_of(tokens: &TokenStream, parameter: &GenericParam) -> bool {
    match parameter {
        GenericParam::Lifetime(lifetime) => mentions_lifetime(tokens, &lifetime.lifetime.ident),
        GenericParam::Type(parameter) => mentions(tokens, &parameter.ident),
        GenericParam::Const(parameter) => mentions(tokens, &parameter.ident),
    }
}

fn prune_bounds(parameter: &GenericParam, speaks_of_gone: &dyn Fn(TokenStream) -> bool) -> GenericParam {
    let mut parameter = parameter.clone();
    match &mut parameter {
        GenericParam::Type(parameter) => {
            let bounds: Punctuated<TypeParamBound, _> = std::mem::take(&mut parameter.bounds);
            parameter.bounds =
                bounds.into_iter().filter(|bound| !speaks_of_gone(bound.to_token_stream())).collect();
        }
        GenericParam::Lifetime(parameter) => {
            let bounds = std::mem::take(&mut parameter.bounds);
            parameter.bounds =
                bounds.into_iter().filter(|bound| !speaks_of_gone(bound.to_token_stream())).collect();
        }
        GenericParam::Const(_) => {}
    }
    parameter
}
