//! Parts of URLs in one of the many ways in which they can be written.

use std::borrow::Cow;

use super::query;

/// A part of a URL, by the characters beside letters and digits that mean the same there as their percent-encoding.
///
/// For the RFC, which knows no servers, those are the unreserved ones alone (RFC 3986 §6.2.2.2). What serves a path or reads
/// a query decodes all that divides nothing, and clients encode as they like: an invalidation that told them apart would leave
/// a page behind. Keys do tell them apart, and take a URL as it was sent: that costs a run of the handler at most.
pub(super) struct Part {
    plain: &'static [u8],
    space: &'static str,
}

/// All that may stand in a segment (RFC 3986 §3.3), and what clients send there although it may not.
pub(super) const PATH: Part = Part { plain: b"-._~!$&'()*+,;=:@[]{}|^`<>\"\\", space: "%20" };

/// All that may stand there and separates no parameters, and what clients send there although it may not. `+` is a space, as
/// in forms, and no plus.
pub(super) const QUERY: Part = Part { plain: b"-._~!$'()*,:@/?[]{}|^`<>\"\\", space: "+" };

impl Part {
    /// The text in the one form that tags know: other than keys, they reach a URL however it is written.
    pub(super) fn normalised<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') {
            return text.into();
        }
        let mut out = String::with_capacity(text.len() + 16);
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            let escaped = query::escaped(rest);
            rest = if escaped.is_some() { &after[2..] } else { after };
            match escaped {
                Some(letter) if letter.is_ascii_alphanumeric() || self.plain.contains(&letter) => {
                    out.push(letter.into());
                }
                Some(b' ') => out.push_str(self.space),
                None if *byte == b' ' => out.push_str(self.space),
                None if byte.is_ascii_graphic() => out.push((*byte).into()),
                Some(other) => push_escaped(&mut out, other),
                None => push_escaped(&mut out, *byte),
            }
        }
        out.into()
    }
}

fn push_escaped(out: &mut String, byte: u8) {
    let digit = |half: u8| char::from(b"0123456789ABCDEF"[usize::from(half)]);
    out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_divides_nothing_is_the_same_encoded() {
        for (part, plain, written) in [
            (PATH, "/@name", "/%40name"),
            (PATH, "/a+b,c;d=e:f", "/a%2Bb%2cc%3Bd%3De%3af"),
            (PATH, "/caf%C3%A9~", "/café%7E"),
            (PATH, "/my files/{id}", "/my%20files/%7Bid%7D"),
            (QUERY, "a=x@y/z?", "%61=x%40y%2fz%3F"),
            (QUERY, "filter[a]=1|2", "filter%5Ba%5D=1%7C2"),
            (QUERY, "q=two+words", "q=two%20words"),
        ] {
            assert_eq!(part.normalised(plain), part.normalised(written), "{plain}");
        }
    }

    #[test]
    fn what_divides_is_not() {
        for (part, one, other) in [
            (PATH, "/a/b", "/a%2Fb"),
            (PATH, "/100%", "/100%25"),
            (PATH, "/a+b", "/a%20b"),
            (QUERY, "a=b&c", "a=b%26c"),
            (QUERY, "a=b", "a%3Db"),
            (QUERY, "a+b", "a%2Bb"),
        ] {
            assert_ne!(part.normalised(one), part.normalised(other), "{one}");
        }
    }
}
