//! Parameters of type: each decides something in the key, and companions keep those they need.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, TypeParamBound, WherePredicate};

use super::names::Names;
use super::roles::{Role, has};
use crate::diagnostics::Diagnostics;
use crate::option::Options;
use crate::parse::expression::{mentions, mentions_lifetime};

/// Complains about parameters that decide nothing in a key that is spelled out.
pub(crate) fn check_decided(
    names: &Names<'_>,
    options: &Options,
    roles: &[Role],
    keyed: &[Ident],
    diagnostics: &mut Diagnostics,
) {
    if options.key.is_none() {
        return;
    }
    let in_keyed_type = |name: &Ident| {
        names.arguments.iter().zip(roles).any(|(argument, role)| {
            *role == Role::Keyed
                && argument.written_type().is_some_and(|written| mentions(&quote!(#written), name))
        })
    };
    for name in names.types.iter().chain(&names.consts) {
        if !has(keyed, name) && !has(options.ignored(), name) && !in_keyed_type(name) {
            let text = format!(
                "`{name}` decides nothing in the key: calls that differ only there would share an entry; \
                 add `{{{name}}}` to it, or `ignore({name})` if it does not change the result"
            );
            diagnostics.at(*name, text);
        }
    }
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
