//! The vocabulary of `#[cache_page]`: every option it takes.

mod arguments;
mod elsewhere;
mod responses;
mod times;
mod urls;

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitInt, LitStr, Path, Token, token};

use crate::diagnostics::{Diagnostics, nearest};
use crate::option::period::Period;
use crate::option::{Choice, Companions, Given, Table, Vocabulary, finish, read_all};

/// Every option of `#[cache_page]`, in the order of the documentation.
pub(crate) const OPTIONS: &Table<Options> = &[
    &times::TIMEOUT,
    &urls::CACHE,
    &urls::KEY_PREFIX,
    &arguments::KEY,
    &urls::VARY,
    &arguments::IGNORE,
    &arguments::TAGS,
    &arguments::FORCE_REFRESH,
    &arguments::WHEN,
    &responses::STATUSES,
    &times::ERROR_TIMEOUT,
    &urls::QUERY,
    &urls::IGNORE_QUERY,
    &responses::MAX_BODY,
    &times::CLIENT_TIMEOUT,
    &times::WAIT,
    &times::STALE_WHILE_REVALIDATE,
    &times::STALE_IF_ERROR,
    &arguments::COMPANIONS,
    &urls::CRATE,
];

/// What an attribute says.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Given<Period>>,
    pub(crate) cache: Option<Given<LitStr>>,
    pub(crate) key_prefix: Option<Given<LitStr>>,
    pub(crate) key: Option<Given<LitStr>>,
    pub(crate) vary: Option<Given<Vec<LitStr>>>,
    pub(crate) ignore: Option<Given<Vec<Ident>>>,
    pub(crate) tags: Option<Given<Vec<LitStr>>>,
    pub(crate) force_refresh: Option<Given<Expr>>,
    pub(crate) when: Option<Given<Expr>>,
    pub(crate) statuses: Option<Given<Vec<LitInt>>>,
    pub(crate) error_timeout: Option<Given<Period>>,
    pub(crate) query: Option<Given<Vec<LitStr>>>,
    pub(crate) ignore_query: Option<Given<Vec<LitStr>>>,
    pub(crate) max_body: Option<Given<Expr>>,
    pub(crate) client_timeout: Option<Given<Period>>,
    pub(crate) wait: Option<Given<Period>>,
    pub(crate) stale_while_revalidate: Option<Given<Period>>,
    pub(crate) stale_if_error: Option<Given<Period>>,
    pub(crate) companions: Option<Given<Companions>>,
    pub(crate) krate: Option<Given<Path>>,
}

impl Options {
    /// The names in `ignore(..)`.
    pub(crate) fn ignored(&self) -> &[Ident] {
        self.ignore.as_ref().map_or(&[], |given| &given.value)
    }
}

impl Vocabulary for Options {
    fn instead_of(word: &str) -> Option<String> {
        elsewhere::instead_of(word)
    }
}

/// One option, as a row of the table.
struct Row {
    name: &'static str,
    form: &'static str,
    documentation: &'static str,
    read: fn(&Row, &Ident, ParseStream<'_>, &mut Options) -> syn::Result<()>,
}

impl Choice<Options> for Row {
    fn name(&self) -> &'static str {
        self.name
    }

    fn form(&self) -> &'static str {
        self.form
    }

    fn documentation(&self) -> &'static str {
        self.documentation
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        (self.read)(self, word, input, options)
    }
}

/// Reads the words between the attribute's parentheses: a timeout, then options.
pub(crate) fn read(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    let parser = |input: ParseStream<'_>| {
        let mut seen = Vec::new();
        if begins_with_timeout(input) {
            let word = Ident::new(times::TIMEOUT.name, input.span());
            seen.push(word.to_string());
            let timeout = times::read(input).map(|value| options.timeout = Some(Given { word, value }));
            finish(input, timeout, diagnostics);
        }
        read_all(input, &mut seen, OPTIONS, &mut options, diagnostics);
        Ok(())
    };
    parser.parse2(arguments).expect("the reader takes every token");
    options
}

/// Whether the first thing is no option, and so the timeout: a number, a text, a constant, an expression.
fn begins_with_timeout(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(word) = ahead.call(Ident::parse_any) else { return !input.is_empty() };
    let names = || OPTIONS.iter().map(|choice| choice.name());
    let is_assigned = ahead.peek(Token![=]) && !ahead.peek(Token![==]);
    let is_slip = ahead.peek(token::Paren) && nearest(&word.to_string(), names()).is_some();
    let is_bare = ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(token::Paren);
    let is_of_layers = is_bare && elsewhere::is_of_layers(&word.to_string());
    !is_assigned && !is_slip && !is_of_layers && names().all(|name| word != name)
}
