//! Options that say which responses are kept.

use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitInt, LitStr, Token, bracketed, token};

use super::{Options, Row};
use crate::option::{needs, value};
use crate::settings::bytes;

pub(super) const STATUSES: Row = Row {
    name: "statuses",
    form: "statuses = [200, 404]",
    documentation: "The statuses of pages that are kept; only 200 if left out. What is no complete answer (below 200, 206, 304), and \
                    the errors of a server (500 and more) are never kept.",
    read: |row, word, input, options| {
        let statuses = value::<_, Options>(row, word, input, |input| list(row, input))?;
        if statuses.value.is_empty() {
            return Err(syn::Error::new(
                word.span(),
                "`statuses = []` would keep nothing; leave it out for 200",
            ));
        }
        for (at, status) in statuses.value.iter().enumerate() {
            check_status(status)?;
            if statuses.value[..at].iter().any(|other| other.base10_digits() == status.base10_digits()) {
                return Err(syn::Error::new(status.span(), format!("{status} is named twice")));
            }
        }
        options.statuses = Some(statuses);
        Ok(())
    },
};

pub(super) const MAX_BODY: Row = Row {
    name: "max_body",
    form: "max_body = 100 * 1024",
    documentation: "The largest body that is kept: bytes, or a text such as `\"100 KiB\"` (KiB, MiB, GiB, kB, MB, GB); 2 MiB if left \
                    out. A larger one passes through as it comes, as does one whose size is not known before.",
    read: |row, word, input, options| {
        let bytes = value::<_, Options>(row, word, input, size)?;
        if let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = &bytes.value
            && number.base10_digits() == "0"
        {
            return Err(syn::Error::new(number.span(), "no page has so small a body; say how many bytes"));
        }
        options.max_body = Some(bytes);
        Ok(())
    },
};

/// A constant number of bytes; a text is turned into one.
fn size(input: ParseStream<'_>) -> syn::Result<Expr> {
    if !input.peek(LitStr) {
        return input.parse();
    }
    let text: LitStr = input.parse()?;
    let Some(bytes) = bytes::read(&text.value()) else {
        let fault = format!(
            "\"{}\" is no number of bytes; write one such as `1024 * 1024`, \"512 KiB\" or \"2 MB\"; the units are B, kB, MB, \
             GB, KiB, MiB and GiB",
            text.value()
        );
        return Err(syn::Error::new(text.span(), fault));
    };
    let number = LitInt::new(&bytes.to_string(), text.span());
    Ok(syn::parse_quote!(#number))
}

fn list(row: &Row, input: ParseStream<'_>) -> syn::Result<Vec<LitInt>> {
    if !input.peek(token::Bracket) {
        return Err(input.error(needs::<Options>(row, "a list of numbers")));
    }
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<LitInt, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

fn check_status(status: &LitInt) -> syn::Result<()> {
    let fault = match status.base10_parse::<u16>() {
        Ok(206) => "206 answers with a part of a page, and is never kept: parts are cut from the whole page",
        Ok(304) => "304 answers with no page, and is never kept: the cache itself answers so from the page",
        Ok(200..=499) => return Ok(()),
        Ok(100..=199) => "below 200 a response is not complete, and is never kept",
        Ok(500..=599) => {
            "the errors of a server are never kept; `stale_if_error = …` sends an older page instead"
        }
        _ => "a status is a number from 200 to 499",
    };
    Err(syn::Error::new(status.span(), fault))
}
