//! The vocabulary of `#[cache_page]`: every option it takes.

mod arguments;
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

/// Words that one looks for here, of functions and of headers, each with what a page has instead.
const ELSEWHERE: [(&str, &str); 13] = [
    (
        "stale",
        "write `stale_while_revalidate = …`: for so long an older page goes out at once while it is made anew",
    ),
    ("early", "write `stale_while_revalidate = …`, and nobody waits for a page that has expired"),
    ("jitter", "leave it out"),
    ("batch", "leave it out: a handler answers one request"),
    ("detached", "leave it out: where its visitor goes away, the handler of another who waits runs"),
    ("version", "write `key_prefix = \"v2\"`: text that sets these pages apart from older ones"),
    (
        "unless",
        "write `when = …`, over the request; a page that is not to be kept says so by `Cache-Control: no-store`",
    ),
    ("cache_err", "write `statuses = [200, 404]`: what is kept goes by the status of the page"),
    ("cache_none", "write `statuses = [200, 404]`: what is kept goes by the status of the page"),
    ("outcome", "write `statuses = [200, 404]`: what is kept goes by the status of the page"),
    ("local", "leave it out: in memory the bytes of a page are shared as they are"),
    ("in_impl", "leave it out: a handler is a free function"),
    (
        "max_age",
        "write `client_timeout = …` for what browsers are told, and the timeout for how long the page is kept",
    ),
];

impl Vocabulary for Options {
    fn instead_of(word: &str) -> Option<String> {
        let (_, instead) = ELSEWHERE.iter().find(|(name, _)| *name == word)?;
        Some(format!("`{word}` is not an option of a page; {instead}"))
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
    !is_assigned && !is_slip && names().all(|name| word != name)
}
