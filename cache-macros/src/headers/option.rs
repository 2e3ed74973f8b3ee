//! Reads what stands between the parentheses of the attributes.

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path, Token};

use super::Attribute;
use super::condition::Condition;
use super::directive::{DIRECTIVES, Kind};
use crate::diagnostics::{Diagnostics, did_you_mean, list};
use crate::parse::expression::bare;

/// What an attribute says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) directives: Vec<Added>,
    pub(super) names: Vec<LitStr>,
    pub(super) condition: Condition,
    pub(super) krate: Option<Path>,
    /// Something stands there besides `crate`, be it wrong.
    pub(super) anything: bool,
}

/// One directive with what follows it.
pub(super) struct Added {
    pub(super) name: Name,
    pub(super) value: Value,
}

/// A directive of the table by its word, or any other by its text.
pub(super) enum Name {
    Known(Ident),
    Custom(LitStr),
}

pub(super) enum Value {
    None,
    Text(LitStr),
    /// `"15m"`, read at compile time.
    Seconds(u64),
    /// Seconds or a `Duration`: a constant.
    Time(Box<Expr>),
}

/// Reads element after element; after a fault it goes on behind the next comma.
pub(super) fn read(
    attribute: Attribute,
    input: ParseStream<'_>,
    said: &mut Said,
    diagnostics: &mut Diagnostics,
) {
    while !input.is_empty() {
        said.anything |= !input.peek(Token![crate]);
        let result = read_one(attribute, input, said);
        let is_clean = result.is_ok() && (input.is_empty() || input.peek(Token![,]));
        if let Err(fault) = result {
            diagnostics.push(fault);
        } else if !is_clean {
            diagnostics.push(input.error("expected `,`"));
        }
        skip_to_comma(input);
    }
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() {
        let token: TokenTree = input.parse().expect("there is a token");
        if matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ',') {
            return;
        }
    }
}

fn read_one(attribute: Attribute, input: ParseStream<'_>, said: &mut Said) -> syn::Result<()> {
    if input.peek(Token![crate]) {
        return read_crate(input, said);
    }
    match attribute {
        Attribute::CacheControl => read_directive(input, said),
        Attribute::VaryOnHeaders => read_name(input, said),
        Attribute::Condition => read_validator(input, &mut said.condition),
        Attribute::NeverCache | Attribute::VaryOnCookie => {
            Err(input.error(format!("`#[{}]` takes nothing but `crate = path`", attribute.name())))
        }
    }
}

fn read_crate(input: ParseStream<'_>, said: &mut Said) -> syn::Result<()> {
    let word = input.call(Ident::parse_any)?;
    if said.krate.is_some() {
        return Err(syn::Error::new(word.span(), "`crate` is given twice"));
    }
    input.parse::<Token![=]>()?;
    said.krate = Some(Path::parse_mod_style(input)?);
    Ok(())
}

fn read_name(input: ParseStream<'_>, said: &mut Said) -> syn::Result<()> {
    let name: LitStr = input
        .parse()
        .map_err(|fault| syn::Error::new(fault.span(), "expected the name of a header in quotation marks"))?;
    let text = name.value();
    if text != "*" && !is_token(&text) {
        return Err(syn::Error::new(name.span(), format!("\"{text}\" is not the name of a header")));
    }
    if said.names.iter().any(|known| known.value().eq_ignore_ascii_case(&text)) {
        return Err(syn::Error::new(name.span(), format!("\"{text}\" is named twice")));
    }
    said.names.push(name);
    Ok(())
}

const VALIDATORS: [&str; 2] = ["etag", "last_modified"];

fn read_validator(input: ParseStream<'_>, condition: &mut Condition) -> syn::Result<()> {
    let expected = "expected `etag = expression` or `last_modified = expression`";
    let word = input.call(Ident::parse_any).map_err(|fault| syn::Error::new(fault.span(), expected))?;
    let validator = match word.to_string().as_str() {
        "etag" => &mut condition.etag,
        "last_modified" => &mut condition.last_modified,
        other => {
            let hint = did_you_mean(other, VALIDATORS);
            let known = list(VALIDATORS, "none");
            return Err(syn::Error::new(
                word.span(),
                format!("`{other}` is no validator{hint}; there are {known}"),
            ));
        }
    };
    if validator.is_some() {
        return Err(syn::Error::new(word.span(), format!("`{word}` is given twice")));
    }
    if !input.peek(Token![=]) {
        let text = format!("`{word}` takes an expression over the arguments: `{word} = expression`");
        return Err(syn::Error::new(word.span(), text));
    }
    input.parse::<Token![=]>()?;
    *validator = Some(bare(input.parse()?));
    Ok(())
}

fn read_directive(input: ParseStream<'_>, said: &mut Said) -> syn::Result<()> {
    let added = if input.peek(LitStr) { read_custom(input)? } else { read_known(input)? };
    let is_repeated =
        |other: &Added| other.name.text() == added.name.text() && !other.differs_by_field(&added);
    if said.directives.iter().any(is_repeated) {
        return Err(syn::Error::new(added.name.span(), format!("`{}` is given twice", added.name.text())));
    }
    said.directives.push(added);
    Ok(())
}

/// `"name"`, `"name" = "value"`.
fn read_custom(input: ParseStream<'_>) -> syn::Result<Added> {
    let name: LitStr = input.parse()?;
    let text = name.value();
    if !is_token(&text) {
        return Err(syn::Error::new(name.span(), format!("\"{text}\" is not the name of a directive")));
    }
    let word = text.to_ascii_lowercase().replace('-', "_");
    if let Some(known) = DIRECTIVES.iter().find(|directive| directive.name == word) {
        let advice = format!("`{}` is known: write it without quotation marks, as `{}`", text, known.form());
        return Err(syn::Error::new(name.span(), advice));
    }
    if !input.peek(Token![=]) {
        return Ok(Added { name: Name::Custom(name), value: Value::None });
    }
    input.parse::<Token![=]>()?;
    let value = read_text(input, "expected the value of the directive in quotation marks")?;
    Ok(Added { name: Name::Custom(name), value: Value::Text(value) })
}

fn read_known(input: ParseStream<'_>) -> syn::Result<Added> {
    let word = input.call(Ident::parse_any).map_err(|_| input.error(expected()))?;
    if input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        return Err(hyphenated(&word, input));
    }
    let Some(directive) = DIRECTIVES.iter().find(|directive| word == directive.name) else {
        return Err(syn::Error::new(word.span(), unknown(&word.to_string())));
    };
    let has_value = input.peek(Token![=]);
    if has_value {
        input.parse::<Token![=]>()?;
    }
    let value = match directive.kind {
        Kind::Word if has_value => {
            let text = format!(
                "`{word}` takes no value; leave it out where it does not apply\n{}",
                directive.documentation
            );
            return Err(syn::Error::new(word.span(), text));
        }
        Kind::Time if !has_value => {
            let text = format!(
                "`{word}` takes a length of time: `{}`\n{}",
                directive.form(),
                directive.documentation
            );
            return Err(syn::Error::new(word.span(), text));
        }
        Kind::Field if has_value => Value::Text(read_field(input)?),
        Kind::Word | Kind::Field => Value::None,
        Kind::Time => read_time(input)?,
    };
    Ok(Added { name: Name::Known(word), value })
}

/// The complaint about `max-age`, of which the first word has been read.
fn hyphenated(first: &Ident, input: ParseStream<'_>) -> syn::Error {
    let mut word = first.to_string();
    while input.parse::<Token![-]>().is_ok()
        && let Ok(next) = input.call(Ident::parse_any)
    {
        word = format!("{word}_{next}");
    }
    let text = match DIRECTIVES.iter().find(|directive| directive.name == word) {
        Some(directive) => format!("`{}` is written `{}`", word.replace('_', "-"), directive.form()),
        None => unknown(&word.replace('_', "-")),
    };
    syn::Error::new(first.span(), text)
}

fn read_field(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let field = read_text(input, "expected the name of a header in quotation marks")?;
    if is_token(&field.value()) {
        return Ok(field);
    }
    Err(syn::Error::new(field.span(), format!("\"{}\" is not the name of a header", field.value())))
}

fn read_text(input: ParseStream<'_>, expected: &str) -> syn::Result<LitStr> {
    let text: LitStr = input.parse().map_err(|fault| syn::Error::new(fault.span(), expected))?;
    if text.value().chars().any(char::is_control) {
        return Err(syn::Error::new(text.span(), "a header contains no control characters"));
    }
    Ok(text)
}

fn read_time(input: ParseStream<'_>) -> syn::Result<Value> {
    if !input.peek(LitStr) {
        return Ok(Value::Time(Box::new(bare(input.parse()?))));
    }
    let text: LitStr = input.parse()?;
    let time = humantime::parse_duration(&text.value()).map_err(|fault| {
        let advice = "write a number and a unit, such as \"90s\", \"15m\" or \"1h 30m\"";
        syn::Error::new(
            text.span(),
            format!("\"{}\" is not a length of time: {fault}; {advice}", text.value()),
        )
    })?;
    if time.subsec_nanos() != 0 {
        return Err(syn::Error::new(text.span(), "`Cache-Control` speaks of whole seconds"));
    }
    Ok(Value::Seconds(time.as_secs()))
}

impl Name {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Known(word) => word.to_string(),
            Self::Custom(text) => text.value().to_ascii_lowercase(),
        }
    }

    fn span(&self) -> proc_macro2::Span {
        match self {
            Self::Known(word) => word.span(),
            Self::Custom(text) => text.span(),
        }
    }
}

impl Added {
    /// Whether both name a field, each another.
    fn differs_by_field(&self, other: &Self) -> bool {
        match (&self.value, &other.value, &self.name) {
            (Value::Text(one), Value::Text(other), Name::Known(..)) => one.value() != other.value(),
            _ => false,
        }
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    DIRECTIVES.iter().map(|directive| directive.name)
}

fn expected() -> String {
    format!("expected a directive: {}", list(names(), "none"))
}

fn unknown(word: &str) -> String {
    format!(
        "`{word}` is not a directive{}; there are {}; any other is written in quotation marks, as `\"{word}\"`",
        did_you_mean(word, names()),
        list(names(), "none")
    )
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}
