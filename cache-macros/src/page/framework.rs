//! The web frameworks, as far as the attribute knows them.

use proc_macro2::{Ident, Span};
use syn::Attribute;

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
        let is_route = |attribute: &Attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|last| ROUTES.iter().any(|route| last.ident == route))
        };
        self == Self::Actix && attributes.iter().any(is_route)
    }
}
