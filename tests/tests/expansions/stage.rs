//! Runs the macros on text, and prints what they write as a person would.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::headers::{self, Attribute};
use crate::page::{self, Framework};
use crate::settings::Project;
use crate::{cached, fragment, key_part, shared_input};

/// What `#[cached(..)] fn …` becomes, in a package without settings.
pub(crate) fn expansion(source: &str) -> String {
    print(&expand(source, &nowhere()))
}

/// What `#[cached(..)] fn …` becomes, in a package in `folder`.
pub(crate) fn expansion_in(folder: &Path, source: &str) -> String {
    print(&expand(source, &Project::at(Some(folder.to_owned()))))
}

/// What the compiler is told to complain about, in a package in `folder`.
pub(crate) fn complaints_in(folder: &Path, source: &str) -> Vec<String> {
    complaints_of(expand(source, &Project::at(Some(folder.to_owned()))))
}

/// What the compiler is told to complain about.
pub(crate) fn complaints(source: &str) -> Vec<String> {
    complaints_of(expand(source, &nowhere()))
}

/// What `fragment!(..)` becomes, in a package without settings.
pub(crate) fn fragment_of(source: &str) -> String {
    let expansion = expand_fragment(source, &nowhere());
    print(&quote::quote!(fn place() { #expansion }))
}

/// What the compiler is told to complain about in a `fragment!(..)`, in a package in `folder`.
pub(crate) fn fragment_complaints_in(folder: &Path, source: &str) -> Vec<String> {
    let expansion = expand_fragment(source, &Project::at(Some(folder.to_owned())));
    let Some(TokenTree::Group(block)) = expansion.into_iter().next() else { panic!("it is a block") };
    complaints_of(block.stream())
}

fn expand_fragment(source: &str, project: &Project) -> TokenStream {
    let source: TokenStream = source.parse().expect("the source is Rust");
    let invocation = source.into_iter().nth(2).expect("the source is an invocation");
    let TokenTree::Group(arguments) = invocation else { panic!("the source is an invocation") };
    fragment::fragment(arguments.stream(), project)
}

/// What `#[cache_page(..)] async fn …` becomes, in a package without settings.
pub(crate) fn page_of(framework: Framework, arguments: &str, source: &str) -> String {
    let arguments = arguments.parse().expect("the arguments are Rust");
    let source = source.parse().expect("the source is Rust");
    print(&page::cache_page(arguments, source, framework, &nowhere()))
}

/// What the compiler is told to complain about in `#[cache_page(..)]`, of axum.
pub(crate) fn complaints_of_page(arguments: &str, source: &str) -> Vec<String> {
    let arguments = arguments.parse().expect("the arguments are Rust");
    let source = source.parse().expect("the source is Rust");
    complaints_of(page::cache_page(arguments, source, Framework::Axum, &nowhere()))
}

/// What `#[derive(SharedInput)]` adds.
pub(crate) fn shared_input_of(source: &str) -> String {
    print(&shared_input::shared_input(source.parse().expect("the source is Rust")))
}

/// What `#[derive(KeyPart)]` adds.
pub(crate) fn derived(source: &str) -> String {
    print(&key_part::key_part(source.parse().expect("the source is Rust")))
}

/// What an attribute of headers makes of `fn …`.
pub(crate) fn with_headers(attribute: Attribute, arguments: &str, source: &str) -> String {
    print(&expand_headers(attribute, arguments, source))
}

/// What the compiler is told to complain about an attribute of headers.
pub(crate) fn complaints_of_headers(attribute: Attribute, arguments: &str, source: &str) -> Vec<String> {
    complaints_of(expand_headers(attribute, arguments, source))
}

fn expand_headers(attribute: Attribute, arguments: &str, source: &str) -> TokenStream {
    let parse = |text: &str| text.parse().expect("the source is Rust");
    headers::expand(attribute, parse(arguments), parse(source))
}

fn nowhere() -> Project {
    Project::at(None)
}

fn expand(source: &str, project: &Project) -> TokenStream {
    let source: TokenStream = source.parse().expect("the source is Rust");
    let mut tokens = source.into_iter();
    let attribute = tokens.nth(1).expect("the source begins with the attribute");
    cached::cached(arguments_of(attribute), tokens.collect(), project)
}

/// `..` of `[cached(..)]`.
fn arguments_of(attribute: TokenTree) -> TokenStream {
    let TokenTree::Group(attribute) = attribute else { panic!("the source begins with the attribute") };
    let inner = attribute.stream().into_iter().find_map(|tree| match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group.stream()),
        _ => None,
    });
    inner.unwrap_or_default()
}

/// Prints free items as they are, and those of a type inside of an `impl`.
fn print(tokens: &TokenStream) -> String {
    let file: syn::File = syn::parse2(tokens.clone())
        .or_else(|_| syn::parse2(quote::quote!(impl Type { #tokens })))
        .expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

fn complaints_of(tokens: TokenStream) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut after_name = false;
    for tree in tokens {
        if let (TokenTree::Group(group), true) = (&tree, after_name) {
            let text: syn::LitStr = syn::parse2(group.stream()).expect("a complaint is text");
            complaints.push(text.value());
        }
        let is_mark = matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '!');
        after_name =
            matches!(&tree, TokenTree::Ident(name) if name == "compile_error") || (after_name && is_mark);
    }
    complaints
}
