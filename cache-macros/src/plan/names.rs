//! The names that a template may use: arguments, and parameters of type.

use proc_macro2::{Ident, Span};
use syn::GenericParam;
use syn::ext::IdentExt;

use crate::diagnostics::list;
use crate::parse::argument::{Argument, Kind};
use crate::parse::function::Function;

/// The names of a function, with what they stand for.
pub(crate) struct Names<'a> {
    pub(crate) function: &'a Ident,
    pub(crate) arguments: &'a [Argument],
    pub(crate) types: Vec<&'a Ident>,
    pub(crate) consts: Vec<&'a Ident>,
}

/// What a name stands for.
#[derive(Clone, Copy)]
pub(crate) enum Meaning<'a> {
    /// The argument at this position, under this name of its own.
    Argument(usize, &'a Ident),
    /// A type parameter.
    Type(&'a Ident),
    /// A const parameter.
    Const,
    /// `Self`.
    SelfType,
}

impl<'a> Names<'a> {
    pub(crate) fn of(function: &'a Function, arguments: &'a [Argument]) -> Self {
        let (mut types, mut consts) = (Vec::new(), Vec::new());
        for parameter in &function.signature.generics.params {
            match parameter {
                GenericParam::Type(parameter) => types.push(&parameter.ident),
                GenericParam::Const(parameter) => consts.push(&parameter.ident),
                GenericParam::Lifetime(_) => {}
            }
        }
        Self { function: &function.signature.ident, arguments, types, consts }
    }

    /// What `name` stands for.
    pub(crate) fn meaning(&self, name: &Ident) -> Option<Meaning<'a>> {
        let plain = name.unraw();
        let is = |known: &&&Ident| known.unraw() == plain;
        if plain == "Self" {
            return Some(Meaning::SelfType);
        }
        for (index, argument) in self.arguments.iter().enumerate() {
            if let Some(own) = argument.names.iter().find(|own| own.unraw() == plain) {
                return Some(Meaning::Argument(index, own));
            }
        }
        let named_type = self.types.iter().find(is).map(|known| Meaning::Type(known));
        named_type.or_else(|| self.consts.iter().find(is).map(|_| Meaning::Const))
    }

    /// Where the name of an argument has its hygiene from, as the wrapper knows it.
    pub(crate) fn hygiene(&self, name: &Ident) -> Option<Span> {
        let Some(Meaning::Argument(index, own)) = self.meaning(name) else { return None };
        let argument = &self.arguments[index];
        Some(if let Kind::Named(_) = argument.kind { argument.passed.span() } else { own.span() })
    }

    /// Every name of an argument.
    pub(crate) fn of_arguments(&self) -> impl Iterator<Item = String> {
        self.arguments.iter().flat_map(|argument| &argument.names).map(|name| name.unraw().to_string())
    }

    /// Every name.
    pub(crate) fn all(&self) -> Vec<String> {
        let parameters = self.types.iter().chain(&self.consts).map(ToString::to_string);
        self.of_arguments().chain(parameters).collect()
    }

    /// ``it has `id`, `year` ``, for a message about a name that is not there.
    pub(crate) fn it_has(&self) -> String {
        match self.all().as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has {}", list(names, "none")),
        }
    }
}
