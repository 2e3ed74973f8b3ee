//! The words that `fragment!` takes after the name.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, LitStr, Path, Token};

use crate::diagnostics::{did_you_mean, list};

/// One word: how it is written, what it means, and how its value is read.
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) form: &'static str,
    pub(crate) documentation: &'static str,
    read: fn(&Self, ParseStream<'_>, &mut Options) -> syn::Result<()>,
}

impl Word {
    /// What it takes, how it is written, and what it is for.
    fn needs(&self, what: &str) -> String {
        let sentence = self.documentation.split_inclusive(". ").next().unwrap_or_default();
        format!("`{}` takes {what}: `{}`\n{}", self.name, self.form, sentence.trim_end())
    }
}

/// Every word, in the order of the documentation.
pub(crate) const WORDS: &[Word] = &[
    Word {
        name: "vary",
        form: "vary = [user.id]",
        documentation: "What the text depends on: values whose type implements `Vary`. Each combination has a text of its \
                        own; the timeout makes no difference.",
        read: |word, input, options| {
            options.vary = read_list(word, input)?;
            Ok(())
        },
    },
    Word {
        name: "cache",
        form: "cache = \"marketing\"",
        documentation: "The alias of the cache; left out, it is `template_fragments` where there is one, and else \
                        `default`. Where there is a `cache.toml`, it must define the alias.",
        read: |word, input, options| {
            options.cache = Some(read_alias(word, input)?);
            Ok(())
        },
    },
    Word {
        name: "force_refresh",
        form: "force_refresh = options.fresh",
        documentation: "Skips the lookup, renders and stores, if the `bool` expression holds.",
        read: |_, input, options| {
            options.force_refresh = Some(input.parse()?);
            Ok(())
        },
    },
    Word {
        name: "version",
        form: "version = 2",
        documentation: "A part of the final key, instead of the cache's own version: raise it when the markup changes.",
        read: |_, input, options| {
            options.version = Some(input.parse()?);
            Ok(())
        },
    },
    Word {
        name: "crate",
        form: "crate = ::runtime",
        documentation: "Where the runtime crate is, if `Cargo.toml` gives it another name or it is reached through \
                        another crate.",
        read: |_, input, options| {
            options.krate = Some(Path::parse_mod_style(input)?);
            Ok(())
        },
    },
];

/// What the words say.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) vary: Vec<Expr>,
    pub(crate) cache: Option<LitStr>,
    pub(crate) force_refresh: Option<Expr>,
    pub(crate) version: Option<Expr>,
    pub(crate) krate: Option<Path>,
}

/// Whether a word and its value come next, and not an expression.
pub(crate) fn comes_next(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

/// Reads one word and its value.
pub(crate) fn read(input: ParseStream<'_>, seen: &mut Vec<String>, options: &mut Options) -> syn::Result<()> {
    let word = input.call(Ident::parse_any)?;
    let text = word.to_string();
    let Some(known) = WORDS.iter().find(|known| known.name == text) else {
        return Err(syn::Error::new(word.span(), unknown(&text)));
    };
    if seen.contains(&text) {
        return Err(syn::Error::new(word.span(), format!("`{word}` is given twice")));
    }
    seen.push(text);
    input.parse::<Token![=]>()?;
    (known.read)(known, input, options)
}

fn names() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|word| word.name)
}

fn unknown(word: &str) -> String {
    format!("`{word}` is not an option{}; there are {}", did_you_mean(word, names()), list(names(), "none"))
}

fn read_list(word: &Word, input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    if !input.peek(syn::token::Bracket) {
        return Err(input.error(word.needs("a list")));
    }
    let content;
    syn::bracketed!(content in input);
    let values = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
    Ok(values.into_iter().collect())
}

fn read_alias(word: &Word, input: ParseStream<'_>) -> syn::Result<LitStr> {
    let alias = input.parse::<LitStr>().map_err(|_| input.error(word.needs("a string literal")))?;
    if alias.value().is_empty() {
        return Err(syn::Error::new(
            alias.span(),
            "an alias is not empty; leave `cache` out for the usual one",
        ));
    }
    Ok(alias)
}
