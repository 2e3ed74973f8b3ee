//! The grammar of key templates: literal text, and placeholders in braces.
//!
//! It knows text only, neither Rust nor spans, so that a fuzzer can drive it alone.

use std::fmt;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text that stands in the key as it is; `{{` and `}}` have become single braces.
    Text(String),
    /// What stood between braces.
    Placeholder(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is nothing in it.
    Empty,
    /// A `{` is never closed.
    Unclosed,
    /// A `}` closes nothing.
    Stray,
    /// Braces with nothing between them.
    NoExpression,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "is empty; write at least a name, such as `\"user:{id}\"`",
            Self::Unclosed => "has a `{` that is never closed; write `{{` for a brace of the text",
            Self::Stray => "has a `}` that closes nothing; write `}}` for a brace of the text",
            Self::NoExpression => "has an empty placeholder; write an argument between the braces",
        })
    }
}

/// Two placeholders that a value could run across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unseparated<'a> {
    /// The placeholder before.
    pub(crate) before: &'a str,
    /// The text between them.
    pub(crate) between: &'a str,
    /// The placeholder after.
    pub(crate) after: &'a str,
}

/// Takes a template apart.
pub(crate) fn parse(template: &str) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(Fault::Stray);
        }
        let end = end_of_placeholder(after).ok_or(Fault::Unclosed)?;
        if after[..end].trim().is_empty() {
            return Err(Fault::NoExpression);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Placeholder(after[..end].trim().to_owned()));
        rest = &after[end + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    if pieces.is_empty() { Err(Fault::Empty) } else { Ok(pieces) }
}

/// The pairs of placeholders without a safe separator between them.
pub(crate) fn unseparated(pieces: &[Piece]) -> Vec<Unseparated<'_>> {
    let mut found = Vec::new();
    let mut before: Option<&str> = None;
    let mut between = "";
    for piece in pieces {
        match piece {
            Piece::Text(text) => between = text,
            Piece::Placeholder(after) => {
                if let Some(before) = before
                    && !between.chars().next().is_some_and(separates)
                {
                    found.push(Unseparated { before, between, after });
                }
                before = Some(after);
                between = "";
            }
        }
    }
    found
}

/// Whether `character` never stands in a rendered value outside of brackets.
///
/// Values keep letters, digits and `-._~`, write `%` before an encoded byte, `!` and `+` for an
/// `Option`, and brackets around what they list.
fn separates(character: char) -> bool {
    !character.is_alphanumeric() && !"-._~%!+()[]{}".contains(character)
}

/// Where the brace is that closes a placeholder; braces inside are balanced, those in literals do not count.
fn end_of_placeholder(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '"' => skip_string(&mut characters)?,
            '\'' => skip_brace_literal(&mut characters),
            _ => {}
        }
    }
    None
}

/// Walks past the end of a string literal.
fn skip_string(characters: &mut std::str::CharIndices<'_>) -> Option<()> {
    while let Some((_, character)) = characters.next() {
        match character {
            '"' => return Some(()),
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    None
}

/// Walks past `{'` or `}'` or `"'`, the rest of a character literal; leaves lifetimes alone.
fn skip_brace_literal(characters: &mut std::str::CharIndices<'_>) {
    let rest = characters.as_str();
    if ["{'", "}'", "\"'"].iter().any(|literal| rest.starts_with(literal)) {
        characters.next();
        characters.next();
    }
}
