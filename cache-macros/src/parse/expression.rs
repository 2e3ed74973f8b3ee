//! Expressions over the arguments: which names they use, and whose hygiene those names have.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure, ExprPath, LitStr, Macro, Path};

/// Parses the text of a placeholder; its tokens stand at the literal.
pub(crate) fn parse_placeholder(text: &str, literal: &LitStr) -> syn::Result<Expr> {
    let spoiled = |fault: &dyn std::fmt::Display| {
        syn::Error::new(literal.span(), format!("`{{{text}}}` is not an expression: {fault}{}", advice(text)))
    };
    let tokens: TokenStream = text.parse().map_err(|fault| spoiled(&fault))?;
    syn::parse2(locate(tokens, literal.span())).map_err(|fault| spoiled(&fault))
}

/// What to write instead of a format specification.
fn advice(text: &str) -> String {
    match text.split_once(':') {
        Some((name, rest)) if !rest.starts_with(':') => {
            let name = name.trim();
            format!(
                "; a key has no format specifications, write `{{{name}}}`, or \
                 `{{cache_runtime::key::display(&{name})}}` for its `Display`"
            )
        }
        _ => String::new(),
    }
}

/// Gives every token the place of `span`.
fn locate(tokens: TokenStream, span: Span) -> TokenStream {
    tokens.into_iter().map(|tree| map_tree(tree, &|_| Some(span))).collect()
}

/// Gives every identifier that `known` knows the hygiene of the argument it names.
///
/// A template may come through `macro_rules!`, and then its text knows nothing of the arguments' names.
pub(crate) fn resolve(tokens: TokenStream, known: &dyn Fn(&Ident) -> Option<Span>) -> TokenStream {
    let resolved = |ident: &Ident| known(ident).map(|span| ident.span().resolved_at(span));
    tokens.into_iter().map(|tree| map_tree(tree, &|tree| as_ident(tree).and_then(resolved))).collect()
}

fn as_ident(tree: &TokenTree) -> Option<&Ident> {
    match tree {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}

fn map_tree(mut tree: TokenTree, span_of: &dyn Fn(&TokenTree) -> Option<Span>) -> TokenTree {
    if let TokenTree::Group(group) = &tree {
        let inner = group.stream().into_iter().map(|tree| map_tree(tree, span_of)).collect();
        let mut mapped = Group::new(group.delimiter(), inner);
        mapped.set_span(group.span());
        let span = span_of(&tree);
        tree = TokenTree::Group(mapped);
        if let Some(span) = span {
            tree.set_span(span);
        }
    } else if let Some(span) = span_of(&tree) {
        tree.set_span(span);
    }
    tree
}

/// The names that stand free in an expression: not after a `.`, not bound by a closure in it, no
/// segment of a longer path but the first.
pub(crate) fn free_names(expression: &Expr) -> Vec<Ident> {
    let mut names = FreeNames::default();
    names.visit_expr(expression);
    names.found
}

/// The name that an expression is no more than.
pub(crate) fn bare_name(expression: &Expr) -> Option<&Ident> {
    match expression {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

#[derive(Default)]
struct FreeNames {
    bound: Vec<Ident>,
    found: Vec<Ident>,
}

impl FreeNames {
    fn name(&mut self, ident: &Ident) {
        if !self.bound.contains(ident) && !self.found.contains(ident) {
            self.found.push(ident.clone());
        }
    }

    /// Inside a macro there are only tokens: every identifier counts that is not after a `.`, and every
    /// `{name}` of a string.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut after_dot = false;
        for tree in tokens {
            match &tree {
                TokenTree::Ident(ident) if !after_dot => self.name(ident),
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => self.inline_arguments(literal),
                _ => {}
            }
            after_dot = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '.');
        }
    }

    fn inline_arguments(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        for piece in text.split('{').skip(1) {
            let end = piece.find(|character: char| !character.is_alphanumeric() && character != '_');
            let name = &piece[..end.unwrap_or(piece.len())];
            if let Ok(ident) = syn::parse_str::<Ident>(name) {
                self.name(&ident);
            }
        }
    }
}

impl<'ast> Visit<'ast> for FreeNames {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        visit::visit_expr_path(self, path);
        if path.qself.is_none() && path.path.leading_colon.is_none() && path.path.segments.len() == 1 {
            self.name(&path.path.segments[0].ident);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.segments.len() > 1
            && path.leading_colon.is_none()
            && path.segments[0].ident.unraw().to_string().starts_with(char::is_uppercase)
        {
            self.name(&path.segments[0].ident);
        }
        visit::visit_path(self, path);
    }

    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        if let Some(ident) = path.path.get_ident() {
            self.name(ident);
        }
        visit::visit_type_path(self, path);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        let before = self.bound.len();
        for input in &closure.inputs {
            self.bound.extend(super::pattern::names(input));
        }
        self.visit_expr(&closure.body);
        self.bound.truncate(before);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        self.tokens(invocation.tokens.clone());
    }
}

/// The names of types that stand in some syntax: single identifiers, and the heads of longer paths.
pub(crate) fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

/// Whether some syntax mentions the lifetime `'name`.
pub(crate) fn mentions_lifetime(tokens: &TokenStream, name: &Ident) -> bool {
    let mut after_quote = false;
    tokens.clone().into_iter().any(|tree| {
        let found = match &tree {
            TokenTree::Ident(ident) => after_quote && ident == name,
            TokenTree::Group(group) => mentions_lifetime(&group.stream(), name),
            _ => false,
        };
        after_quote = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '\'');
        found
    })
}
