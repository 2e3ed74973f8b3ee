//! The web frameworks, as far as the attribute knows them.

use proc_macro2::{Ident, Span};
use syn::{Attribute, LitStr, Meta};

/// A web framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

/// The attributes of actix that make a type of the handler's name.
const ROUTES: [&str; 11] =
    ["get", "post", "put", "delete", "head", "connect", "options", "trace", "patch", "route", "routes"];

impl Framework {
    /// As it calls itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix-web",
        }
    }

    /// The module of the runtime that meets it.
    pub(crate) fn module(self) -> Ident {
        let name = match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
        };
        Ident::new(name, Span::call_site())
    }

    /// How many arguments its handlers take at most.
    pub(crate) fn most_arguments(self) -> usize {
        match self {
            // Of actix from 4.4 on, which the runtime asks for.
            Self::Axum | Self::Actix => 16,
        }
    }

    /// Whether an attribute below ours makes a type of the handler's name.
    pub(crate) fn makes_type(self, attributes: &[Attribute]) -> bool {
        self == Self::Actix && attributes.iter().any(is_route)
    }

    /// Whether an attribute is a route of actix-web, where this is another framework.
    pub(crate) fn is_foreign_route(self, attribute: &Attribute) -> bool {
        self != Self::Actix && is_route(attribute) && begins_with(attribute, "actix_web")
    }

    /// Whether it may be one: it begins with its path in quotation marks, as those of actix do, and those of few crates for
    /// axum.
    pub(crate) fn is_perhaps_foreign_route(self, attribute: &Attribute) -> bool {
        self != Self::Actix && is_route(attribute) && begins_with_text(attribute)
    }
}

fn begins_with(attribute: &Attribute, krate: &str) -> bool {
    attribute.path().segments.first().is_some_and(|first| first.ident == krate)
}

fn is_route(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| ROUTES.iter().any(|route| last.ident == route))
}

fn begins_with_text(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let first = list.tokens.clone().into_iter().next();
    first.is_some_and(|first| syn::parse2::<LitStr>(first.into()).is_ok())
}
