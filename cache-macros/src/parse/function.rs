//! The annotated function: its attributes and signature; its body stays unparsed.

use proc_macro2::{Group, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility};

/// An annotated function.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

/// Reads the item that stands under the attribute of this name.
pub(crate) fn read(item: TokenStream, attribute: &str) -> syn::Result<Function> {
    (|input: ParseStream<'_>| read_from(input, attribute)).parse2(item)
}

fn read_from(input: ParseStream<'_>, attribute: &str) -> syn::Result<Function> {
    let attributes = Attribute::parse_outer(input)?;
    let visibility: Visibility = input.parse()?;
    let signature: Signature = input.parse().map_err(|fault| explain(input, attribute, &fault))?;
    if input.peek(Token![;]) {
        return Err(
            input.error("a function without a body computes nothing to cache; annotate its implementations")
        );
    }
    let body: Group = input.parse()?;
    Ok(Function { attributes, visibility, signature, body })
}

/// Says what the attribute is for where it does not stand on a function.
fn explain(input: ParseStream<'_>, attribute: &str, fault: &syn::Error) -> syn::Error {
    for (keyword, advice) in OTHER_ITEMS {
        if input.cursor().ident().is_some_and(|(word, _)| word == keyword) {
            return input.error(format!("`#[{attribute}]` stands on a function; this is {advice}"));
        }
    }
    fault.clone()
}

const OTHER_ITEMS: &[(&str, &str)] = &[
    ("impl", "an `impl` block: annotate the methods in it"),
    ("trait", "a trait: annotate the methods of its implementations"),
    ("struct", "a type: annotate the function that makes it"),
    ("enum", "a type: annotate the function that makes it"),
    ("mod", "a module: annotate the functions in it"),
    ("static", "a static: it is computed once as it is"),
    ("let", "a variable: annotate the function that computes it"),
];
