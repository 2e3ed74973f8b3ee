//! ② The vocabulary: every option that `#[cached]` takes, one a file, and how any attribute's options are read.

mod cache;
mod cache_err;
mod cache_none;
mod companions;
pub(crate) mod elsewhere;
mod force_refresh;
mod ignore;
mod in_impl;
mod key;
mod krate;
mod local;
mod outcome;
pub(crate) mod period;
mod tags;
mod timeout;
mod unless;
mod version;
mod wait;
mod when;

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprClosure, Lit, LitStr, Path, Token, bracketed, parenthesized, token};

pub(crate) use companions::{Companions, read_companions};
pub(crate) use outcome::Outcome;
use period::Period;
pub(crate) use when::condition;

use crate::diagnostics::{Diagnostics, did_you_mean, list};

/// One option of those in `O`: what it is called, how it is written, what it means, and how it is read.
pub(crate) trait Choice<O = Options>: Sync {
    /// The word.
    fn name(&self) -> &'static str;

    /// How it is written.
    fn form(&self) -> &'static str;

    /// What it means: one paragraph for the documentation of the attribute.
    fn documentation(&self) -> &'static str;

    /// Reads what follows the word, and checks what can be checked without the function.
    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut O) -> syn::Result<()>;
}

/// What the options of an attribute are read into.
pub(crate) trait Vocabulary {
    /// What is said of a word that is no option here, although one has reason to look for it.
    fn instead_of(word: &str) -> Option<String>;
}

/// Every option of an attribute, in the order of the documentation.
pub(crate) type Table<O> = [&'static dyn Choice<O>];

/// Every option of `#[cached]`, in the order of the documentation.
pub(crate) const OPTIONS: &Table<Options> = &[
    &key::Key,
    &timeout::Timeout,
    &cache::Cache,
    &ignore::Ignore,
    &force_refresh::ForceRefresh,
    &version::Version,
    &cache_none::CacheNone,
    &cache_err::CacheErr,
    &when::When,
    &unless::Unless,
    &tags::Tags,
    &wait::Wait,
    &local::Local,
    &companions::CompanionsOption,
    &in_impl::InImpl,
    &outcome::OutcomeOption,
    &krate::Crate,
];

/// A value, and the word that gave it.
#[derive(Clone)]
pub(crate) struct Given<T> {
    pub(crate) word: Ident,
    pub(crate) value: T,
}

/// What an attribute says.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) key: Option<Given<LitStr>>,
    pub(crate) timeout: Option<Given<Period>>,
    pub(crate) cache: Option<Given<LitStr>>,
    pub(crate) ignore: Option<Given<Vec<Ident>>>,
    pub(crate) force_refresh: Option<Given<Option<Expr>>>,
    pub(crate) version: Option<Given<Expr>>,
    pub(crate) cache_none: Option<Given<Option<Period>>>,
    pub(crate) cache_err: Option<Given<Option<Period>>>,
    pub(crate) when: Option<Given<Expr>>,
    pub(crate) unless: Option<Given<ExprClosure>>,
    pub(crate) tags: Option<Given<Vec<LitStr>>>,
    pub(crate) wait: Option<Given<Period>>,
    pub(crate) local: Option<Given<()>>,
    pub(crate) companions: Option<Given<Companions>>,
    pub(crate) in_impl: Option<Given<()>>,
    pub(crate) outcome: Option<Given<Outcome>>,
    pub(crate) krate: Option<Given<Path>>,
}

impl Options {
    /// The names in `ignore(..)`.
    pub(crate) fn ignored(&self) -> &[Ident] {
        self.ignore.as_ref().map_or(&[], |given| &given.value)
    }
}

/// Options of later releases.
const PLANNED: [&str; 6] = ["stale", "stale_if_error", "early", "jitter", "detached", "batch"];

impl Vocabulary for Options {
    fn instead_of(word: &str) -> Option<String> {
        let text = || format!("`{word}` is planned for a later release; leave it out until then");
        PLANNED.contains(&word).then(text).or_else(|| elsewhere::of_functions(word))
    }
}

/// Reads the words between the attribute's parentheses.
pub(crate) fn read(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    let parser = |input: ParseStream<'_>| {
        read_all(input, &mut Vec::new(), OPTIONS, &mut options, diagnostics);
        Ok(())
    };
    parser.parse2(arguments).expect("the reader takes every token");
    options
}

/// Reads option after option; after a fault it goes on behind the next comma. What is `seen` is not given again.
pub(crate) fn read_all<O: Vocabulary>(
    input: ParseStream<'_>,
    seen: &mut Vec<String>,
    table: &Table<O>,
    options: &mut O,
    diagnostics: &mut Diagnostics,
) {
    while !input.is_empty() {
        let result = read_one(input, seen, table, options);
        finish(input, result, diagnostics);
    }
}

/// Goes on behind the comma that follows an option, or what is wrong with it.
pub(crate) fn finish(input: ParseStream<'_>, result: syn::Result<()>, diagnostics: &mut Diagnostics) {
    let clean = result.is_ok() && (input.is_empty() || input.peek(Token![,]));
    if let Err(fault) = result {
        diagnostics.push(fault);
    } else if !clean {
        diagnostics.push(input.error("expected `,` and another option"));
    }
    skip_to_comma(input);
}

fn read_one<O: Vocabulary>(
    input: ParseStream<'_>,
    seen: &mut Vec<String>,
    table: &Table<O>,
    options: &mut O,
) -> syn::Result<()> {
    if input.peek(Lit) {
        let literal: Lit = input.parse()?;
        return Err(syn::Error::new(literal.span(), without_a_word(&literal, table)));
    }
    let word = input.call(Ident::parse_any).map_err(|_| input.error(expected(table)))?;
    let Some(choice) = table.iter().find(|choice| word == choice.name()) else {
        return Err(syn::Error::new(word.span(), unknown(&word.to_string(), table)));
    };
    if seen.contains(&word.to_string()) {
        return Err(syn::Error::new(word.span(), format!("`{word}` is given twice")));
    }
    seen.push(word.to_string());
    choice.read(&word, input, options)
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>().expect("there is a token");
    }
    if input.peek(Token![,]) {
        input.parse::<Token![,]>().expect("it is a comma");
    }
}

fn names<O>(table: &Table<O>) -> impl Iterator<Item = &'static str> {
    table.iter().map(|choice| choice.name())
}

fn expected<O>(table: &Table<O>) -> String {
    format!("expected an option: {}", list(names(table), "none"))
}

/// Which option a value was probably meant for that stands alone.
fn without_a_word<O>(literal: &Lit, table: &Table<O>) -> String {
    let meant = match literal {
        Lit::Str(text) if period::is_period(&text.value()) => format!("timeout = \"{}\"", text.value()),
        Lit::Str(text) => format!("key = \"{}\"", text.value()),
        Lit::Int(number) => format!("timeout = {number}"),
        _ => return expected(table),
    };
    format!("a value has a word before it: write `{meant}`")
}

fn unknown<O: Vocabulary>(word: &str, table: &Table<O>) -> String {
    if let Some(text) = O::instead_of(word) {
        return text;
    }
    let meant = did_you_mean(word, names(table));
    format!("`{word}` is not an option{meant}; there are {}", list(names(table), "none"))
}

/// Reads `= value`.
pub(crate) fn value<T, O>(
    choice: &dyn Choice<O>,
    word: &Ident,
    input: ParseStream<'_>,
    read: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Given<T>> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(word.span(), needs(choice, "a value")));
    }
    input.parse::<Token![=]>()?;
    Ok(Given { word: word.clone(), value: read(input)? })
}

/// Reads `= "text"`.
pub(crate) fn text<O>(
    choice: &dyn Choice<O>,
    word: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<Given<LitStr>> {
    value(choice, word, input, |input| {
        if !input.peek(LitStr) {
            return Err(input.error(needs_text(choice, input)));
        }
        input.parse()
    })
}

/// What an option says that takes a text, and was given something else.
fn needs_text<O>(choice: &dyn Choice<O>, input: ParseStream<'_>) -> String {
    let needs = needs(choice, "a string literal");
    match input.fork().parse() {
        Ok(Lit::Int(number)) => format!("{needs}\nwrite `{} = \"{number}\"`", choice.name()),
        _ => needs,
    }
}

/// Reads `= ["text", "text"]`, with at least one.
pub(crate) fn texts<O>(
    choice: &dyn Choice<O>,
    word: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<Given<Vec<LitStr>>> {
    let texts = value(choice, word, input, |input| {
        if !input.peek(token::Bracket) {
            return Err(input.error(needs(choice, "a list of string literals")));
        }
        let content;
        bracketed!(content in input);
        let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
        Ok(texts.into_iter().collect::<Vec<_>>())
    })?;
    if texts.value.is_empty() {
        return Err(syn::Error::new(word.span(), format!("`{word} = []` names nothing; leave it out")));
    }
    Ok(texts)
}

/// Reads `(name, name)`, with at least one.
pub(crate) fn arguments<O>(
    choice: &dyn Choice<O>,
    word: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<Given<Vec<Ident>>> {
    if !input.peek(token::Paren) {
        return Err(syn::Error::new(word.span(), needs(choice, "arguments in parentheses")));
    }
    let content;
    parenthesized!(content in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?;
    if names.is_empty() {
        return Err(syn::Error::new(word.span(), format!("`{word}()` names no argument; leave it out")));
    }
    Ok(Given { word: word.clone(), value: names.into_iter().collect() })
}

/// Reads `= "alias"`.
pub(crate) fn alias<O>(
    choice: &dyn Choice<O>,
    word: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<Given<LitStr>> {
    let alias = text(choice, word, input)?;
    if alias.value.value().is_empty() {
        let text = "an alias is not empty; leave `cache` out for `default`";
        return Err(syn::Error::new(alias.value.span(), text));
    }
    Ok(alias)
}

/// Reads a word that takes no value.
fn bare(word: &Ident, input: ParseStream<'_>) -> syn::Result<Given<()>> {
    if input.peek(Token![=]) {
        return Err(input.error(format!("`{word}` takes no value; leave it out where it does not apply")));
    }
    Ok(Given { word: word.clone(), value: () })
}

/// What an option takes, how it is written, and what it is for.
pub(crate) fn needs<O>(choice: &dyn Choice<O>, what: &str) -> String {
    let sentence = choice.documentation().split_inclusive(". ").next().unwrap_or_default();
    format!("`{}` takes {what}: `{}`\n{}", choice.name(), choice.form(), sentence.trim_end())
}
