//! The block that renders: whether it waits, whether it may fail, and what it must not do.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprAsync, ExprAwait, ExprClosure, ExprReturn, ExprTry, Item, Macro, Token};

use crate::diagnostics::Diagnostics;

/// The block that renders the text.
pub(crate) struct Block {
    /// The expression; of an `async` block, what stands in it.
    pub(crate) body: TokenStream,
    /// It is an `async` block, which is awaited where it stands.
    pub(crate) waits: Option<Waits>,
    /// The first `?`, which leaves the function that the fragment stands in.
    pub(crate) fails_at: Option<Span>,
    pub(crate) span: Span,
}

/// How an `async` block begins.
pub(crate) struct Waits {
    pub(crate) captures: Option<Token![move]>,
    pub(crate) span: Span,
}

/// Sorts a block, and complains about what would not do what it says.
pub(crate) fn check(body: Expr, diagnostics: &mut Diagnostics) -> Option<Block> {
    let body = crate::parse::expression::bare(body);
    let span = body.span();
    let mut found = Found::default();
    if let Expr::Async(block) = &body {
        found.visit_block(&block.block);
        found.awaits = None;
    } else {
        found.visit_expr(&body);
    }
    for place in &found.returns {
        diagnostics.at(
            place,
            "`return` would leave the block alone, and not the function; make the text the last expression",
        );
    }
    if let Some(awaits) = &found.awaits {
        diagnostics.at(
            awaits,
            "a block that waits is an `async` block: `async { … }`; the fragment is awaited where it stands",
        );
    }
    if !found.returns.is_empty() || found.awaits.is_some() {
        return None;
    }
    Some(match body {
        Expr::Async(ExprAsync { async_token, capture, block, .. }) => Block {
            body: ours(quote!(#block)),
            waits: Some(Waits { captures: capture, span: async_token.span }),
            fails_at: found.fails_at,
            span,
        },
        other => Block { body: ours(quote!(#other)), waits: None, fails_at: found.fails_at, span },
    })
}

/// A block whose braces are ours: the macro asks for them, so no lint may call them unnecessary.
fn ours(body: TokenStream) -> TokenStream {
    let ours = |tree| match tree {
        TokenTree::Group(group) => {
            let mut marked = Group::new(group.delimiter(), group.stream());
            marked.set_span(Span::call_site().located_at(group.span()));
            TokenTree::Group(marked)
        }
        other => other,
    };
    body.into_iter().map(ours).collect()
}

/// What stands in a block, outside of functions, closures and futures of its own.
#[derive(Default)]
struct Found {
    fails_at: Option<Span>,
    returns: Vec<ExprReturn>,
    awaits: Option<Token![await]>,
}

impl Found {
    fn fails(&mut self, span: Span) {
        self.fails_at.get_or_insert(span);
    }

    /// Inside of a macro there are only tokens: a `?` after a name, a literal or a bracket.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut after_value = false;
        for tree in tokens {
            match &tree {
                TokenTree::Punct(punct) if punct.as_char() == '?' && after_value => self.fails(punct.span()),
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => {}
            }
            after_value = !matches!(&tree, TokenTree::Punct(_));
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_expr_try(&mut self, expression: &'ast ExprTry) {
        self.fails(expression.question_token.span);
        visit::visit_expr_try(self, expression);
    }

    fn visit_expr_return(&mut self, expression: &'ast ExprReturn) {
        self.returns.push(expression.clone());
        visit::visit_expr_return(self, expression);
    }

    fn visit_expr_await(&mut self, expression: &'ast ExprAwait) {
        self.awaits.get_or_insert(expression.await_token);
        visit::visit_expr_await(self, expression);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        self.tokens(invocation.tokens.clone());
    }

    // What stands in these is theirs.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}
