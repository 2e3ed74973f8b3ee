//! Headers that hold a list: all lines as one, taken apart at the commas.

use bytes::Bytes;
use http::header::{AsHeaderName, GetAll};
use http::{HeaderMap, HeaderValue};

/// The elements of all lines of a header whose elements contain no quoted strings, without their padding.
pub(super) fn elements(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(name).into_iter();
    let elements = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    elements.map(trim).filter(|element| !element.is_empty())
}

/// Without the spaces and tabs around it: what RFC 9110 §5.6.3 calls optional whitespace.
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// A header of what was checked to be fit for one: parts of other headers, or plain text.
pub(super) fn line(bytes: impl Into<Bytes>) -> HeaderValue {
    HeaderValue::from_maybe_shared(bytes.into()).expect("only what is fit for a header is put together")
}

/// A number as a header says it; a small one is not written anew each time.
pub(super) fn number_line(number: u64) -> HeaderValue {
    let small = usize::try_from(number).ok().and_then(|number| SMALL.get(number));
    let digits = small.and_then(|digits| std::str::from_utf8(digits.without_zeros()).ok());
    digits.map_or_else(|| HeaderValue::from(number), HeaderValue::from_static)
}

/// As many as the seconds of two hours: most pages are not as old.
static SMALL: [Digits; 7200] = {
    let (mut all, mut number) = ([Digits([b'0'; 4]); 7200], 0_u16);
    while (number as usize) < all.len() {
        all[number as usize] = Digits::of(number);
        number += 1;
    }
    all
};

/// The four last digits of a number.
#[derive(Clone, Copy)]
struct Digits([u8; 4]);

impl Digits {
    const fn of(number: u16) -> Self {
        let (mut digits, mut rest, mut at) = ([b'0'; 4], number, 4);
        while at > 0 {
            at -= 1;
            digits[at] += (rest % 10) as u8;
            rest /= 10;
        }
        Self(digits)
    }

    /// The digits from the first that is no zero; the last one in any case.
    fn without_zeros(&self) -> &[u8] {
        let zeros = self.0.iter().take(3).take_while(|digit| **digit == b'0').count();
        &self.0[zeros..]
    }
}

/// A number in digits, and nothing else; one that is too large is the largest.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    let value = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, value))
}

/// One element of `Cache-Control`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directive<'a> {
    /// The word before the equals sign, as it is written.
    pub(super) name: &'a [u8],
    /// What follows the equals sign, quotation marks and all.
    pub(super) value: Option<&'a [u8]>,
}

impl<'a> Directive<'a> {
    /// The element, or nothing if a quotation mark in it opens or closes nothing.
    fn read(element: &'a [u8]) -> Option<Self> {
        let at = element.iter().position(|byte| *byte == b'=');
        let (name, value) = at.map_or((element, None), |at| (&element[..at], Some(&element[at + 1..])));
        let is_sound = !name.contains(&b'"') && value.is_none_or(is_token_or_quoted);
        is_sound.then_some(Self { name: trim(name), value })
    }

    /// Whether it has this name, in any letter case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value without the quotation marks around it.
    pub(super) fn unquoted(&self) -> Option<&'a [u8]> {
        let value = self.value?;
        Some(value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value))
    }
}

/// The elements of all lines; `None` stands for one that cannot be read.
pub(super) fn directives(lines: GetAll<'_, HeaderValue>) -> impl Iterator<Item = Option<Directive<'_>>> {
    elements_of(lines).map(Directive::read)
}

/// The elements of all lines of a header, in which quoted strings may stand, without their padding.
pub(super) fn quoted_elements(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &[u8]> {
    elements_of(headers.get_all(name))
}

fn elements_of(lines: GetAll<'_, HeaderValue>) -> impl Iterator<Item = &[u8]> {
    let elements = lines.into_iter().flat_map(|line| QuotedList(line.as_bytes()));
    elements.map(trim).filter(|element| !element.is_empty())
}

/// Splits at the commas outside of quoted strings.
struct QuotedList<'a>(&'a [u8]);

impl<'a> Iterator for QuotedList<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let (element, rest) = match comma(self.0) {
            Some(at) => (&self.0[..at], &self.0[at + 1..]),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        Some(element)
    }
}

/// Where the first comma is that no quoted string contains.
fn comma(bytes: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    bytes.iter().position(|byte| {
        let is_comma = *byte == b',' && !quoted;
        quoted ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && quoted && !escaped;
        is_comma
    })
}

/// Whether a value contains no quotation mark, or is one quoted string from its first byte to its last.
fn is_token_or_quoted(value: &[u8]) -> bool {
    let [b'"', inside @ ..] = value else { return !value.contains(&b'"') };
    let mut escaped = false;
    let closes = inside.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    closes.is_some_and(|at| at + 1 == inside.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_digits() {
        for number in (0..20_000).chain([u64::MAX]) {
            assert_eq!(number_line(number), number.to_string().as_str());
        }
    }
}
