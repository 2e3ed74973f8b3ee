//! The fields of one cache in the settings: taken one by one by type, and complete only when none is left.

use std::time::Duration;

use super::entry::Timeout;
use super::error::{Error, ErrorKind, Result};
use super::nearest::unknown;
use super::setup::{Codec, Compression};
use super::table::{self, Table};

/// A value in the settings, as the file or a URL states it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `"text"`, and every value that comes from a URL.
    Text(String),
    /// `42`
    Integer(i64),
    /// `0.5`
    Float(f64),
    /// `true`
    Flag(bool),
    /// `["text", "text"]`
    List(Vec<String>),
    /// Another array or a table, which no field takes.
    Compound,
}

/// The fields of one cache, and where they stand.
///
/// A backend takes the fields that it understands, each by its type; whoever made the fields
/// [`finishes`](Self::finish) them, and what is left then is an error. From a URL such as
/// `redis://host/1?timeout=5m` come a field `location`, which is the URL without its query, and one
/// field of text for every parameter of the query.
///
/// # Example
///
/// ```
/// use cache_runtime::base::fields::{Fields, Value};
///
/// let mut fields = Fields::new("[caches.pages]");
/// fields.put("max_entries", Value::Integer(1000));
/// fields.put("max_wieght", Value::Integer(1000));
/// assert_eq!(fields.count("max_entries").unwrap(), Some(1000));
/// assert_eq!(fields.count("max_weight").unwrap(), None);
/// let error = fields.finish().unwrap_err();
/// assert!(error.to_string().contains("did you mean `max_weight`?"));
/// ```
#[derive(Debug, Clone)]
pub struct Fields {
    place: String,
    values: Table<String, Value>,
    /// In order.
    known: Vec<&'static str>,
}

impl Fields {
    /// No fields yet; `place` says in messages where they stand: ``[caches.default] of `cache.toml` ``.
    pub fn new(place: impl Into<String>) -> Self {
        Self { place: place.into(), values: Table::new(), known: Vec::new() }
    }

    /// Adds a field, or replaces the one of that name.
    pub fn put(&mut self, name: impl Into<String>, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// Replaces every text by what `fill` makes of it.
    pub(crate) fn fill_texts(&mut self, fill: impl Fn(&str) -> Result<String, String>) -> Result<()> {
        for (name, value) in self.values.iter_mut() {
            let texts = match value {
                Value::Text(text) => std::slice::from_mut(text),
                Value::List(texts) => texts,
                _ => continue,
            };
            for text in texts {
                *text =
                    fill(text).map_err(|fault| settings_error(&self.place, &format!("`{name}`: {fault}")))?;
            }
        }
        Ok(())
    }

    /// The text of a field that stays.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes over those of the fields of `other` whose name is one of these, and that are not stated here.
    pub(crate) fn inherit(&mut self, other: &Self, names: &[&str]) {
        for (name, value) in other.values.iter().filter(|(name, _)| names.contains(&name.as_str())) {
            self.values.or_insert(name.clone(), value.clone());
        }
    }

    /// Takes a field of any text.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>> {
        self.take(name, "text", |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Takes a field of one text or several.
    pub fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>> {
        self.take(name, "text, or a list of texts", |value| match value {
            Value::Text(text) => Some(vec![text.clone()]),
            Value::List(texts) => Some(texts.clone()),
            _ => None,
        })
    }

    /// Takes a field that counts something.
    pub fn count(&mut self, name: &'static str) -> Result<Option<u64>> {
        self.take(name, "a whole number", whole)
    }

    /// Takes a field that bounds something, and leaves room for one at least.
    pub fn bound(&mut self, name: &'static str) -> Result<Option<u64>> {
        self.take(name, "a whole number, at least one", |value| whole(value).filter(|bound| *bound > 0))
    }

    /// Takes a field that counts something in this process.
    pub fn size(&mut self, name: &'static str) -> Result<Option<usize>> {
        self.take(name, "a whole number", |value| usize::try_from(whole(value)?).ok())
    }

    /// Takes a field that counts bytes: a number, or text such as `"64 MiB"` and `"500 kB"`.
    pub fn bytes(&mut self, name: &'static str) -> Result<Option<u64>> {
        self.take(name, "bytes, such as 1048576 or \"64 MiB\"", bytes_of)
    }

    /// Takes a field that bounds bytes, and leaves room for one at least.
    pub fn bound_of_bytes(&mut self, name: &'static str) -> Result<Option<u64>> {
        let expected = "bytes, at least one, such as 1048576 or \"64 MiB\"";
        self.take(name, expected, |value| bytes_of(value).filter(|bound| *bound > 0))
    }

    /// Takes a field that is a length of time: seconds, or text such as `"250ms"` and `"1h 30m"`.
    pub fn duration(&mut self, name: &'static str) -> Result<Option<Duration>> {
        self.take(name, "seconds, or text such as \"250ms\" or \"1h 30m\"", duration_of)
    }

    /// Takes a field that is how long something may last: a length of time, at least a millisecond.
    pub fn limit(&mut self, name: &'static str) -> Result<Option<Duration>> {
        let expected = "at least a millisecond: seconds, or text such as \"250ms\"";
        self.take(name, expected, |value| duration_of(value).filter(|limit| is_limit(*limit)))
    }

    /// Takes a field that is a timeout: a length of time, or `"never"`.
    pub fn timeout(&mut self, name: &'static str) -> Result<Option<Timeout>> {
        let expected = "seconds, or text such as \"15m\" or \"never\"";
        self.take(name, expected, |value| match value {
            Value::Text(text) if text == "never" => Some(Timeout::Never),
            other => duration_of(other).map(Timeout::After),
        })
    }

    /// Takes a field that is true or false.
    pub fn flag(&mut self, name: &'static str) -> Result<Option<bool>> {
        self.take(name, "true or false", |value| match value {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// Takes a field that names a codec.
    pub fn codec(&mut self, name: &'static str) -> Result<Option<Codec>> {
        self.word(name, Codec::NAMES)
    }

    /// Takes a field that names a compression.
    pub fn compression(&mut self, name: &'static str) -> Result<Option<Compression>> {
        self.word(name, Compression::NAMES)
    }

    /// Takes a field that is one of a few words.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&'static str, T)]) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*meaning));
        }
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        Err(self.fault(&unknown(&format!("{name} ="), &text, &known)))
    }

    /// Ends the taking.
    ///
    /// # Errors
    ///
    /// `Settings`, if a field is left that nobody took; the text names it, the one that may be
    /// meant, and all that are known here.
    pub fn finish(self) -> Result<()> {
        let Some(name) = self.values.keys().next() else { return Ok(()) };
        Err(self.fault(&unknown("field", name, &self.known)))
    }

    /// An error about these fields: it says where they stand, then `text`.
    #[must_use]
    pub fn fault(&self, text: &str) -> Error {
        settings_error(&self.place, text)
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>> {
        table::note(&mut self.known, name);
        let Some(value) = self.values.remove(name) else { return Ok(None) };
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.fault(&format!("`{name}` takes {expected}"))),
        }
    }
}

fn settings_error(place: &str, text: &str) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(format!("{place}: {text}"))
}

/// Whether the clock, which counts milliseconds, tells it from nothing.
fn is_limit(time: Duration) -> bool {
    time >= Duration::from_millis(1)
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn bytes_of(value: &Value) -> Option<u64> {
    match value {
        Value::Text(text) => parse_bytes(text),
        other => whole(other),
    }
}

fn duration_of(value: &Value) -> Option<Duration> {
    match value {
        Value::Integer(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        Value::Float(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
        Value::Text(text) => parse_duration(text),
        Value::Flag(_) | Value::List(_) | Value::Compound => None,
    }
}

/// A length of time: whole seconds, or what `humantime` reads (`"15m"`, `"1h 30m"`, `"250ms"`).
fn parse_duration(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    }
}

fn parse_bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 8] = [
        ("", 1),
        ("B", 1),
        ("kB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: Value) -> Fields {
        let mut fields = Fields::new("[caches.here]");
        fields.put(name, value);
        fields
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn a_duration_is_seconds_or_text() {
        for (value, millis) in [
            (Value::Integer(2), 2000),
            (Value::Float(0.25), 250),
            (text("2"), 2000),
            (text("1h 30m"), 5_400_000),
            (text("250ms"), 250),
        ] {
            let read = with("wait", value.clone()).duration("wait");

            assert_eq!(read.unwrap(), Some(Duration::from_millis(millis)), "{value:?}");
        }
    }

    #[test]
    fn a_timeout_may_be_never() {
        assert_eq!(with("timeout", text("never")).timeout("timeout").unwrap(), Some(Timeout::Never));
    }

    #[test]
    fn bytes_take_decimal_and_binary_units() {
        for (value, bytes) in [
            (Value::Integer(7), 7),
            (text("7"), 7),
            (text("500 kB"), 500_000),
            (text("64MiB"), 64 << 20),
            (text("2 GiB"), 2 << 30),
        ] {
            assert_eq!(
                with("max_weight", value.clone()).bytes("max_weight").unwrap(),
                Some(bytes),
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_bound_and_a_limit_are_not_zero() {
        let said = [
            with("max_entries", Value::Integer(0)).bound("max_entries").map(drop),
            with("max_weight", text("0 MiB")).bound_of_bytes("max_weight").map(drop),
            with("answer_timeout", Value::Float(0.0009)).limit("answer_timeout").map(drop),
        ];

        for fault in said {
            let fault = fault.unwrap_err().to_string();
            assert!(fault.contains("at least"), "{fault}");
        }
        assert_eq!(with("max_entries", text("1")).bound("max_entries").unwrap(), Some(1));
        let limit = with("answer_timeout", text("1ms")).limit("answer_timeout");
        assert_eq!(limit.unwrap(), Some(Duration::from_millis(1)));
    }

    #[test]
    fn a_value_of_another_type_is_an_error_that_says_what_is_expected() {
        for value in
            [text("soon"), Value::Integer(-1), Value::Flag(true), Value::Float(-0.5), Value::Compound]
        {
            let error = with("timeout", value.clone()).timeout("timeout").unwrap_err();

            assert_eq!(error.kind(), ErrorKind::Settings);
            assert!(
                error.to_string().contains("[caches.here]: `timeout` takes seconds"),
                "{value:?}: {error}"
            );
        }
    }

    #[test]
    fn a_wrong_word_is_an_error_that_names_the_known_ones() {
        let error = with("codec", text("bincod")).codec("codec").unwrap_err().to_string();

        assert!(error.contains("did you mean `bincode`?"), "{error}");
        assert!(error.contains("`bincode`, `postcard`, `json`, `msgpack`"), "{error}");
    }

    #[test]
    fn a_field_that_nobody_took_is_an_error_that_names_the_known_ones() {
        let mut fields = with("timeuot", Value::Integer(1));
        fields.timeout("timeout").unwrap();
        fields.text("location").unwrap();

        let error = fields.finish().unwrap_err().to_string();

        assert!(error.contains("unknown field `timeuot`; did you mean `timeout`?"), "{error}");
        assert!(error.contains("known: `location`, `timeout`"), "{error}");
    }
}
