//! Patterns of arguments: the names they bind, and the pattern that binds some of them by reference.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{FieldPat, Pat, PatIdent, parse_quote};

/// The names that a pattern binds, in order.
pub(crate) fn names(pattern: &Pat) -> Vec<Ident> {
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    names.0
}

struct Names(Vec<Ident>);

impl Visit<'_> for Names {
    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.0.push(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }
}

/// The pattern that binds the names of `used`, to be matched against a reference to the argument.
///
/// `mut` and `ref` go: matching a reference binds references.
pub(crate) fn by_reference(pattern: &Pat, used: &dyn Fn(&Ident) -> bool) -> Pat {
    let inner = |pattern: &Pat| by_reference(pattern, used);
    match pattern {
        Pat::Ident(name) if !used(&name.ident) => {
            name.subpat.as_ref().map_or_else(|| parse_quote!(_), |(_, pattern)| inner(pattern))
        }
        Pat::Ident(name) => {
            let ident = &name.ident;
            parse_quote!(#ident)
        }
        Pat::Paren(group) => inner(&group.pat),
        Pat::Reference(reference) => inner(&reference.pat),
        Pat::Slice(slice) => {
            let elements = slice.elems.iter().map(inner);
            parse_quote!([#(#elements),*])
        }
        Pat::Tuple(tuple) => {
            let elements = tuple.elems.iter().map(inner);
            parse_quote!((#(#elements,)*))
        }
        Pat::TupleStruct(tuple) => {
            let (path, elements) = (&tuple.path, tuple.elems.iter().map(inner));
            parse_quote!(#path(#(#elements),*))
        }
        Pat::Struct(structure) => {
            let fields = structure.fields.iter().map(|field| field_by_reference(field, used));
            let (path, rest) = (&structure.path, &structure.rest);
            parse_quote!(#path { #(#fields,)* #rest })
        }
        Pat::Type(typed) => inner(&typed.pat),
        other => other.clone(),
    }
}

fn field_by_reference(field: &FieldPat, used: &dyn Fn(&Ident) -> bool) -> proc_macro2::TokenStream {
    let (member, pattern) = (&field.member, by_reference(&field.pat, used));
    quote::quote!(#member: #pattern)
}
