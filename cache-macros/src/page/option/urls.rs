//! Options that say where pages are kept, and what of a request tells them apart.

use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{LitStr, Path, Token, bracketed, token};

use super::{Options, Row};
use crate::option::{Given, alias, needs, text, texts, value};

pub(super) const CACHE: Row = Row {
    name: "cache",
    form: "cache = \"marketing\"",
    documentation: "The alias of the cache; left out, it is `default`. Where there is a `cache.toml`, it must define the alias.",
    read: |row, word, input, options| {
        options.cache = Some(alias::<Options>(row, word, input)?);
        Ok(())
    },
};

pub(super) const KEY_PREFIX: Row = Row {
    name: "key_prefix",
    form: "key_prefix = \"beta\"",
    documentation: "Text that sets these pages apart from others of the same URL.",
    read: |row, word, input, options| {
        options.key_prefix = Some(text::<Options>(row, word, input)?);
        Ok(())
    },
};

pub(super) const VARY: Row = Row {
    name: "vary",
    form: "vary = [\"accept-language\"]",
    documentation: "Request headers that the page depends on: each of their values has a page of its own, and responses say so in \
                    `Vary`. An argument of type `HeaderMap` is then admitted, and has these headers only.",
    read: |row, word, input, options| {
        let names = texts::<Options>(row, word, input)?;
        for (at, name) in names.value.iter().enumerate() {
            check_header(name)?;
            let same = |other: &LitStr| other.value().eq_ignore_ascii_case(&name.value());
            if names.value[..at].iter().any(same) {
                return Err(syn::Error::new(name.span(), format!("`{}` is named twice", name.value())));
            }
        }
        options.vary = Some(names);
        Ok(())
    },
};

pub(super) const QUERY: Row = Row {
    name: "query",
    form: "query = [\"page\", \"q\"]",
    documentation: "The only parameters of the query that count: URLs that differ in others share a page, and extractors do not \
                    see those. `query = []` is for a page that has none.",
    read: |row, word, input, options| {
        let names = value::<_, Options>(row, word, input, |input| list(row, input))?;
        if let Some(name) = names.value.iter().find(|name| name.value().contains('*')) {
            let text =
                "`query` names parameters in full; `*` stands for the rest of a name in `ignore_query` only";
            return Err(syn::Error::new(name.span(), text));
        }
        options.query = Some(names);
        Ok(())
    },
};

pub(super) const IGNORE_QUERY: Row = Row {
    name: "ignore_query",
    form: "ignore_query = [\"utm_*\", \"gclid\"]",
    documentation: "Parameters of the query that do not count: URLs that differ only there share a page, and extractors do not \
                    see them. `*` at the end of a name stands for the rest of it.",
    read: |row, word, input, options| {
        let names: Given<Vec<LitStr>> = texts::<Options>(row, word, input)?;
        let is_pattern = |name: &LitStr| {
            let text = name.value();
            text.strip_suffix('*').unwrap_or(&text).contains('*')
        };
        if let Some(name) = names.value.iter().find(|name| is_pattern(name)) {
            return Err(syn::Error::new(name.span(), "`*` stands at the end of a name, for the rest of it"));
        }
        options.ignore_query = Some(names);
        Ok(())
    },
};

pub(super) const CRATE: Row = Row {
    name: "crate",
    form: "crate = ::runtime",
    documentation: "Where the runtime crate is, if `Cargo.toml` gives it another name or it is reached through another crate.",
    read: |row, word, input, options| {
        options.krate = Some(value::<_, Options>(row, word, input, Path::parse_mod_style)?);
        Ok(())
    },
};

fn list(row: &Row, input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    if !input.peek(token::Bracket) {
        return Err(input.error(needs::<Options>(row, "a list of string literals")));
    }
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// Refuses what is no name of a header (RFC 9110 §5.6.2).
fn check_header(name: &LitStr) -> syn::Result<()> {
    let text = name.value();
    let fault = if text == "*" {
        "`*` says that no two requests are alike, and then nothing is shared; name headers, or remove the attribute".to_owned()
    } else if text.is_empty() || !text.bytes().all(is_token) {
        format!("\"{text}\" is no name of a header; write one such as \"accept-language\"")
    } else {
        return Ok(());
    };
    Err(syn::Error::new(name.span(), fault))
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
