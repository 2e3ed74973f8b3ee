//! How keys and tags are rendered: templates understood, or the key that is derived where none is given.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Expr, LitStr};

use super::names::{Meaning, Names};
use super::roles::has;
use crate::diagnostics::{Diagnostics, nearest};
use crate::option::Options;
use crate::parse::expression::{bare_name, free_names, parse_placeholder, resolve};
use crate::parse::template::{self, Piece, Unseparated};

/// How a text is rendered, piece by piece.
pub(crate) type Rendering = Vec<Segment>;

/// A piece of a rendered text.
pub(crate) enum Segment {
    /// Literal text.
    Text(String),
    /// The value of an expression over the arguments; `names` are those it uses.
    Value { expression: TokenStream, names: Vec<Ident> },
    /// The name of a type.
    TypeName(Ident),
    /// The name of the type of an argument whose type has no name of its own.
    TypeOf { expression: TokenStream, names: Vec<Ident> },
    /// The path of the function.
    Identity,
}

/// The rendering of the key, and the names that it uses.
pub(crate) fn plan_key(
    names: &Names<'_>,
    options: &Options,
    flag: Option<&Expr>,
    diagnostics: &mut Diagnostics,
) -> (Option<Rendering>, Vec<Ident>) {
    let Some(given) = &options.key else {
        return derive(names, options, flag);
    };
    match read(&given.value, names, diagnostics) {
        Some(rendering) => {
            let used = used_names(&rendering);
            (Some(rendering), used)
        }
        // What a faulty template would have covered is unknown: complain about the template alone.
        None => (None, all_but_excused(names, options, flag)),
    }
}

/// The renderings of the tags.
pub(crate) fn plan_tags(
    names: &Names<'_>,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Vec<Rendering> {
    let tags = options.tags.iter().flat_map(|given| &given.value);
    tags.filter_map(|tag| read(tag, names, diagnostics)).collect()
}

/// The function's own path, its parameters of type, and every argument that is not ignored, in order.
fn derive(names: &Names<'_>, options: &Options, flag: Option<&Expr>) -> (Option<Rendering>, Vec<Ident>) {
    let flag = flag.and_then(bare_name);
    let counts = |name: &&&Ident| !has(options.ignored(), name) && flag != Some(**name);
    let mut rendering = vec![Segment::Identity];
    let types: Vec<_> = names.types.iter().filter(|name| counts(name)).map(|name| type_name(name)).collect();
    let consts = names.consts.iter().filter(|name| counts(name)).map(|name| parameter(name));
    let unnamed = names.arguments.iter().filter(|argument| argument.says("impl"));
    let unnamed = unnamed.flat_map(|argument| &argument.names).filter(|name| counts(&name));
    let unnamed =
        unnamed.map(|name| Segment::TypeOf { expression: hygienic(name, names), names: vec![name.clone()] });
    let parameters: Vec<_> = types.into_iter().chain(consts).chain(unnamed).collect();
    if !parameters.is_empty() {
        enclose(&mut rendering, "<", parameters, ">");
    }
    let arguments = names.arguments.iter().flat_map(|argument| &argument.names);
    let values = arguments.filter(|name| counts(&name)).map(|name| argument(name, names)).collect();
    enclose(&mut rendering, "(", values, ")");
    let used = used_names(&rendering);
    (Some(rendering), used)
}

fn enclose(rendering: &mut Rendering, open: &str, segments: Vec<Segment>, close: &str) {
    rendering.push(Segment::Text(open.to_owned()));
    for (index, segment) in segments.into_iter().enumerate() {
        if index > 0 {
            rendering.push(Segment::Text(",".to_owned()));
        }
        rendering.push(segment);
    }
    rendering.push(Segment::Text(close.to_owned()));
}

fn type_name(name: &Ident) -> Segment {
    Segment::TypeName(name.clone())
}

fn parameter(name: &Ident) -> Segment {
    Segment::Value { expression: name.to_token_stream(), names: vec![name.clone()] }
}

fn argument(name: &Ident, names: &Names<'_>) -> Segment {
    Segment::Value { expression: hygienic(name, names), names: vec![name.clone()] }
}

fn hygienic(name: &Ident, names: &Names<'_>) -> TokenStream {
    resolve(name.to_token_stream(), &|ident| names.hygiene(ident))
}

/// Understands one template.
pub(crate) fn read(literal: &LitStr, names: &Names<'_>, diagnostics: &mut Diagnostics) -> Option<Rendering> {
    let text = literal.value();
    let pieces = match template::parse(&text) {
        Ok(pieces) => pieces,
        Err(fault) => {
            diagnostics.at(literal, format!("\"{text}\" {fault}"));
            return None;
        }
    };
    check_separated(literal, &pieces, diagnostics);
    let segments: Vec<_> =
        pieces.iter().map(|piece| read_piece(piece, literal, names, diagnostics)).collect();
    segments.into_iter().collect()
}

fn check_separated(literal: &LitStr, pieces: &[Piece], diagnostics: &mut Diagnostics) {
    for Unseparated { before, between, after } in template::unseparated(pieces) {
        let fault = if between.is_empty() {
            format!("nothing separates `{{{before}}}` from `{{{after}}}`")
        } else {
            format!(
                "\"{between}\" does not separate `{{{before}}}` from `{{{after}}}`, for a value may contain it"
            )
        };
        let text = format!(
            "{fault}: different values could give one key; begin the text between them with `:`, `/`, `|` or `@`, \
             as in `{{{before}}}:{{{after}}}`"
        );
        diagnostics.at(literal, text);
    }
}

fn read_piece(
    piece: &Piece,
    literal: &LitStr,
    names: &Names<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Segment> {
    let text = match piece {
        Piece::Text(text) => return Some(Segment::Text(text.clone())),
        Piece::Placeholder(text) => text,
    };
    let expression = diagnostics.or_complain(parse_placeholder(text, literal))?;
    match bare_name(&expression).map(|name| (name, names.meaning(name))) {
        Some((_, Some(Meaning::Type(own)))) => return Some(type_name(own)),
        Some((name, Some(Meaning::SelfType))) => return Some(type_name(name)),
        _ => {}
    }
    let free = free_names(&expression);
    let used: Vec<_> = free.iter().filter(|name| names.meaning(name).is_some()).cloned().collect();
    if used.is_empty() {
        diagnostics.at(literal, names_nothing(text, &free, names));
        return None;
    }
    let resolved = resolve(quote!(#expression), &|ident| names.hygiene(ident));
    let expression = if stands_alone(&expression) { resolved } else { quote!((#resolved)) };
    Some(Segment::Value { expression, names: used })
}

/// Whether an expression needs no parentheses behind `&`.
fn stands_alone(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::Path(_)
            | Expr::Field(_)
            | Expr::MethodCall(_)
            | Expr::Call(_)
            | Expr::Index(_)
            | Expr::Macro(_)
            | Expr::Tuple(_)
    )
}

/// Why a placeholder that names no argument is none.
fn names_nothing(text: &str, free: &[Ident], names: &Names<'_>) -> String {
    let known = names.all();
    let known = || known.iter().map(String::as_str);
    let close = free.iter().find_map(|name| Some((name, nearest(&name.unraw().to_string(), known())?)));
    let meant = close.map_or_else(String::new, |(_, meant)| format!(" (did you mean `{meant}`?)"));
    let wrong = close.map(|(name, _)| name).or(free.first());
    match wrong {
        Some(name) => {
            format!("`{name}` is not an argument of `{}`{meant}; {}", names.function, names.it_has())
        }
        None => format!("`{{{text}}}` names no argument of `{}`; {}", names.function, names.it_has()),
    }
}

/// The names that a rendering uses.
pub(crate) fn used_names(rendering: &Rendering) -> Vec<Ident> {
    let mut used = Vec::new();
    for segment in rendering {
        match segment {
            Segment::Value { names, .. } | Segment::TypeOf { names, .. } => {
                used.extend(names.iter().cloned());
            }
            Segment::TypeName(name) => used.push(name.clone()),
            Segment::Text(_) | Segment::Identity => {}
        }
    }
    used
}

/// The names that stand in a rendering by themselves, so that the value's own type renders them.
pub(crate) fn bare_names(rendering: &Rendering) -> Vec<Ident> {
    let bare = |segment: &Segment| match segment {
        Segment::Value { expression, names } if names.len() == 1 => {
            (names[0] == expression.to_string()).then(|| names[0].clone())
        }
        _ => None,
    };
    rendering.iter().filter_map(bare).collect()
}

/// Every name that must be in a key.
fn all_but_excused(names: &Names<'_>, options: &Options, flag: Option<&Expr>) -> Vec<Ident> {
    let flag = flag.and_then(bare_name);
    let arguments = names.arguments.iter().flat_map(|argument| &argument.names);
    let all = arguments.chain(names.types.iter().chain(&names.consts).copied());
    all.filter(|name| !has(options.ignored(), name) && flag != Some(*name)).cloned().collect()
}
