//! Directives that a program adds to `Cache-Control`, and how they are merged with what is there.

use std::borrow::Cow;
use std::time::Duration;

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};

use super::control::{CacheControl, MOST_SECONDS};
use super::list;

/// Directives to be merged into a `Cache-Control` header by [`patch_cache_control`].
///
/// ```
/// # use std::time::Duration;
/// use cache_runtime::page::headers::{Directives, patch_cache_control};
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("cache-control", http::HeaderValue::from_static("private, max-age=30"));
///
/// patch_cache_control(&mut headers, &Directives::new().public().max_age(Duration::from_secs(60)));
///
/// assert_eq!(headers["cache-control"], "max-age=30, public");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "directives do nothing until they are merged into a header"]
pub struct Directives(Vec<(Text, Option<Text>)>);

type Text = Cow<'static, str>;

macro_rules! words {
    ($($(#[$documentation:meta])* $method:ident = $name:literal;)*) => {$(
        $(#[$documentation])*
        pub fn $method(self) -> Self {
            self.with($name, None)
        }
    )*};
}

macro_rules! numbers {
    ($($(#[$documentation:meta])* $method:ident = $name:literal;)*) => {$(
        $(#[$documentation])*
        pub fn $method(self, time: Duration) -> Self {
            self.with($name, Some(time.as_secs().min(MOST_SECONDS).to_string().into()))
        }
    )*};
}

impl Directives {
    /// No directives.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    words! {
        /// `public`; displaces `private` in the header.
        public = "public";
        /// `private`; displaces `public` in the header.
        private = "private";
        /// `no-cache`, without a field.
        no_cache = "no-cache";
        /// `no-store`.
        no_store = "no-store";
        /// `no-transform`.
        no_transform = "no-transform";
        /// `must-revalidate`.
        must_revalidate = "must-revalidate";
        /// `proxy-revalidate`.
        proxy_revalidate = "proxy-revalidate";
        /// `must-understand`.
        must_understand = "must-understand";
        /// `immutable`.
        immutable = "immutable";
    }

    numbers! {
        /// `max-age`, in whole seconds; a smaller one in the header stays.
        max_age = "max-age";
        /// `s-maxage`, in whole seconds.
        s_maxage = "s-maxage";
        /// `stale-while-revalidate`, in whole seconds.
        stale_while_revalidate = "stale-while-revalidate";
        /// `stale-if-error`, in whole seconds.
        stale_if_error = "stale-if-error";
    }

    /// `no-cache` for one field of the response. Several are kept side by side; the bare word outdoes them.
    pub fn no_cache_for(self, field: impl Into<Cow<'static, str>>) -> Self {
        self.with("no-cache", Some(field.into()))
    }

    /// `private` for one field of the response. Several are kept side by side; the bare word outdoes them.
    pub fn private_for(self, field: impl Into<Cow<'static, str>>) -> Self {
        self.with("private", Some(field.into()))
    }

    /// A directive that this type does not know. What is no token is written as a quoted string.
    ///
    /// # Panics
    ///
    /// If the name is no token (letters, digits and some marks), or the value contains control characters.
    pub fn custom(self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.with(name, Some(value.into()))
    }

    /// A directive without a value that this type does not know.
    ///
    /// # Panics
    ///
    /// If the name is no token (letters, digits and some marks).
    pub fn custom_word(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with(name, None)
    }

    fn with(mut self, name: impl Into<Text>, value: Option<Text>) -> Self {
        let name = lower(name.into());
        assert!(is_token(name.as_bytes()), "the name of a directive is a token; {name:?} is none");
        let value = value.map(written);
        let is_kept = |(known, form): &(Text, Option<Text>)| {
            *known != name || (accumulates(&name) && value.is_some() && form.is_some() && *form != value)
        };
        let has_bare_word = self.0.iter().any(|(known, form)| *known == name && form.is_none());
        if accumulates(&name) && value.is_some() && has_bare_word {
            return self;
        }
        self.0.retain(is_kept);
        self.0.push((name, value));
        self
    }
}

/// Merges directives into `Cache-Control`, which becomes one line.
///
/// What is there keeps its order; a directive of the same name takes the new value. `public` and `private` displace
/// each other; of two `max-age` the smaller one stays; the fields of `no-cache` and `private` accumulate, and the
/// bare word outdoes them. An element that cannot be read becomes `no-store`. Without any directives the header is there,
/// and empty.
pub fn patch_cache_control(headers: &mut HeaderMap, directives: &Directives) {
    let mut merged = Merged::of(headers);
    let has = |name| directives.0.iter().any(|(added, _)| added == name);
    for (name, opposite) in [("public", "private"), ("private", "public")] {
        if has(name) {
            merged.remove(opposite);
            break;
        }
    }
    for (name, value) in &directives.0 {
        match value {
            Some(value) if name == "max-age" => merged.lower("max-age", value),
            value => merged.add(name, value.as_deref().map(str::as_bytes)),
        }
    }
    headers.insert(CACHE_CONTROL, merged.written());
}

/// The directives of a header while others are merged into them.
struct Merged {
    found: CacheControl,
    directives: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Merged {
    fn of(headers: &HeaderMap) -> Self {
        let read = list::directives(headers.get_all(CACHE_CONTROL)).map(|directive| match directive {
            Some(directive) => (directive.name.to_ascii_lowercase(), directive.value.map(<[u8]>::to_vec)),
            None => (b"no-store".to_vec(), None),
        });
        Self { found: CacheControl::of(headers), directives: read.collect() }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.directives.iter().position(|(known, _)| known == name.as_bytes())
    }

    fn remove(&mut self, name: &str) {
        self.directives.retain(|(known, _)| known != name.as_bytes());
    }

    /// One directive of this name, in the place of the first.
    fn replace(&mut self, name: &str, value: Option<&[u8]>) {
        let at = self.position(name).unwrap_or(self.directives.len());
        self.remove(name);
        self.directives.insert(at, (name.as_bytes().to_vec(), value.map(<[u8]>::to_vec)));
    }

    fn add(&mut self, name: &str, value: Option<&[u8]>) {
        if !accumulates(name) || value.is_none() {
            return self.replace(name, value);
        }
        let outdoes = |form: &Option<Vec<u8>>| form.is_none() || form.as_deref() == value;
        let is_said = self.directives.iter().any(|(known, form)| known == name.as_bytes() && outdoes(form));
        if !is_said {
            self.directives.push((name.as_bytes().to_vec(), value.map(<[u8]>::to_vec)));
        }
    }

    /// The smaller of the value that is there and this one.
    fn lower(&mut self, name: &str, value: &str) {
        let found = self.found.max_age().map(|age| age.as_secs());
        let asked = list::number(value.as_bytes()).unwrap_or(0);
        let least = found.map_or(asked, |found| found.min(asked)).to_string();
        self.replace(name, Some(least.as_bytes()));
    }

    fn written(self) -> HeaderValue {
        let mut line = Vec::new();
        for (name, value) in self.directives {
            line.extend_from_slice(if line.is_empty() { b"" } else { b", " });
            line.extend(name);
            line.extend(value.into_iter().flat_map(|value| [b"=".to_vec(), value].concat()));
        }
        list::line(line)
    }
}

/// Whether a directive may stand there several times, each with a field of its own.
fn accumulates(name: &str) -> bool {
    matches!(name, "no-cache" | "private")
}

fn lower(name: Text) -> Text {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name }
}

/// A value as it stands in the header: a token as it is, anything else as a quoted string.
fn written(value: Text) -> Text {
    if is_token(value.as_bytes()) {
        return value;
    }
    assert!(
        !value.contains(|letter: char| letter.is_control()),
        "the value {value:?} contains control characters"
    );
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")).into()
}

/// RFC 9110 §5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}
