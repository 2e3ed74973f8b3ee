//! The arguments of a function, under names that a wrapper can pass on.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Pat, Receiver, Signature, Type};

use super::expression::mentions;
use super::pattern;

/// One argument.
pub(crate) struct Argument {
    /// The name by which the wrapper takes it.
    pub(crate) passed: Ident,
    /// The names that the function's own pattern binds.
    pub(crate) names: Vec<Ident>,
    /// What stands before the type.
    pub(crate) kind: Kind,
    /// Attributes of the argument.
    pub(crate) attributes: Vec<Attribute>,
}

/// The forms an argument takes.
pub(crate) enum Kind {
    /// `self`.
    Receiver(Receiver),
    /// `name: T`, `mut name: T`.
    Named(Type),
    /// `(a, b): T`, `Point { x, .. }: T`, `_: T`.
    Pattern(Box<Pat>, Type),
}

impl Argument {
    /// Whether this is `self`.
    pub(crate) fn is_receiver(&self) -> bool {
        matches!(self.kind, Kind::Receiver(_))
    }

    /// Whether `name` is bound by this argument.
    pub(crate) fn binds(&self, name: &Ident) -> bool {
        self.names.iter().any(|bound| bound.unraw() == name.unraw())
    }

    /// The type as it is written; nothing for the short forms of `self`.
    pub(crate) fn written_type(&self) -> Option<&Type> {
        match &self.kind {
            Kind::Receiver(_) => None,
            Kind::Named(written) | Kind::Pattern(_, written) => Some(written),
        }
    }

    /// Whether its type says `word`: `impl` or `dyn`, and then has no name.
    pub(crate) fn says(&self, word: &str) -> bool {
        let word = Ident::new(word, Span::call_site());
        self.written_type().is_some_and(|written| mentions(&written.to_token_stream(), &word))
    }

    /// What a complaint about it points at.
    pub(crate) fn tokens(&self) -> proc_macro2::TokenStream {
        match &self.kind {
            Kind::Receiver(receiver) => receiver.to_token_stream(),
            Kind::Named(_) => self.names[0].to_token_stream(),
            Kind::Pattern(pattern, _) => pattern.to_token_stream(),
        }
    }
}

/// The arguments of a signature, in order.
pub(crate) fn read(signature: &Signature) -> Vec<Argument> {
    signature.inputs.iter().enumerate().map(|(index, input)| read_one(index, input)).collect()
}

fn read_one(index: usize, input: &FnArg) -> Argument {
    match input {
        FnArg::Receiver(receiver) => {
            let passed = Ident::new("self", receiver.self_token.span);
            let attributes = receiver.attrs.clone();
            let names = vec![passed.clone()];
            Argument { passed, names, kind: Kind::Receiver(receiver.clone()), attributes }
        }
        FnArg::Typed(typed) => {
            let attributes = typed.attrs.clone();
            let names = pattern::names(&typed.pat);
            let (passed, kind) = match plain_name(&typed.pat) {
                Some(name) => (passed_name(&name), Kind::Named((*typed.ty).clone())),
                None => (numbered(index), Kind::Pattern(typed.pat.clone(), (*typed.ty).clone())),
            };
            Argument { passed, names, kind, attributes }
        }
    }
}

/// A name for an argument that has none of its own.
fn numbered(index: usize) -> Ident {
    format_ident!("__cache_argument_{index}", span = Span::mixed_site())
}

/// The name of an argument that is no more than a name.
fn plain_name(pattern: &Pat) -> Option<Ident> {
    match pattern {
        Pat::Ident(name) if name.subpat.is_none() => Some(name.ident.clone()),
        _ => None,
    }
}

/// The name under which the wrapper takes an argument: its own, for the sake of what the user's own
/// tokens say about it; an `_unused` one gets our hygiene, since passing it on is not a use that a lint
/// should see.
fn passed_name(name: &Ident) -> Ident {
    if name.to_string().starts_with('_') {
        Ident::new(&name.to_string(), Span::mixed_site().located_at(name.span()))
    } else {
        name.clone()
    }
}
