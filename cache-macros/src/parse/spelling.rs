//! Syntax as a person writes it, for messages.

use quote::ToTokens;

/// `Vec<&str>` instead of `Vec < & str >`.
pub(crate) fn spell(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (loose, tight) in [
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" . ", "."),
    ] {
        text = text.replace(loose, tight);
    }
    text
}
