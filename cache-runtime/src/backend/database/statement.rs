//! Statements: templates in the words of the dialects, and what is sent when their names are given.

use std::sync::Arc;

use bytes::Bytes;

/// What a name in a statement stands for.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    Bytes(Bytes),
    Number(i64),
}

impl From<Bytes> for Argument {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// What the names of a statement, or of one of its rows, stand for.
pub(super) type Given = Vec<(&'static str, Argument)>;

/// Names with what they stand for: `given! { key: bytes, life: 7 }`.
macro_rules! given {
    ($($name:ident: $value:expr),* $(,)?) => {
        vec![$((stringify!($name), $crate::backend::database::statement::Argument::from($value))),*]
    };
}
pub(super) use given;

/// What is sent to a database.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) text: Arc<str>,
    pub(super) arguments: Vec<Argument>,
    /// Whether the same text comes again, so that the database should keep what it makes of it.
    pub(super) is_frequent: bool,
}

/// A template of one table, in one dialect.
#[derive(Debug)]
pub(super) struct Text {
    pieces: Vec<Piece>,
    is_numbered: bool,
}

#[derive(Debug)]
enum Piece {
    Literal(String),
    /// `:name`
    Name(Box<str>),
    /// `[[…]]`, which is there once for each row, with commas between.
    Each(Vec<Piece>),
}

impl Text {
    /// Reads a template: `{word}` is one of `words`, `:name` is given later, `[[…]]` is there for every row.
    pub(super) fn new(template: &str, words: &[(&str, &str)], is_numbered: bool) -> Self {
        Self { pieces: pieces_of(template, words), is_numbered }
    }

    /// The statement with these names, and without rows.
    pub(super) fn with(&self, given: &Given) -> Statement {
        self.written(given, &Rows::Each(&[]), true)
    }

    /// The statement for each of these rows. Their number makes a text of its own, which is not kept.
    pub(super) fn for_each(&self, rows: &[Given], given: &Given) -> Statement {
        self.written(given, &Rows::Each(rows), rows.len() == 1)
    }

    /// The statement for a list that may name a member twice: it is filled up with its last one to the
    /// next power of two, so that few texts serve lists of all lengths.
    pub(super) fn in_list(&self, keys: &[Bytes], given: &Given) -> Statement {
        self.written(given, &Rows::Keys(keys), true)
    }

    fn written(&self, given: &Given, rows: &Rows<'_>, is_frequent: bool) -> Statement {
        let text = String::with_capacity(512 + 6 * rows.count());
        let arguments = Vec::with_capacity(given.len() + rows.count());
        let mut writer = Writer { text, arguments, is_numbered: self.is_numbered };
        for piece in &self.pieces {
            match piece {
                Piece::Each(pieces) => (0..rows.count()).for_each(|index| {
                    writer.text.push_str(if index > 0 { ", " } else { "" });
                    writer.write(pieces, |name| rows.find(index, name).or_else(|| find(given, name)));
                }),
                piece => writer.write(std::slice::from_ref(piece), |name| find(given, name)),
            }
        }
        Statement { text: writer.text.into(), arguments: writer.arguments, is_frequent }
    }
}

/// What `[[…]]` is there for.
enum Rows<'a> {
    /// Rows with names of their own.
    Each(&'a [Given]),
    /// Keys, the last of them as often as it takes to reach a power of two.
    Keys(&'a [Bytes]),
}

impl Rows<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Each(rows) => rows.len(),
            Self::Keys([]) => 0,
            Self::Keys(keys) => keys.len().next_power_of_two(),
        }
    }

    fn find(&self, index: usize, name: &str) -> Option<Argument> {
        match self {
            Self::Each(rows) => find(&rows[index], name),
            Self::Keys(keys) => {
                let key = keys.get(index).or(keys.last()).filter(|_| name == "key");
                key.map(|key| Argument::Bytes(key.clone()))
            }
        }
    }
}

fn find(given: &Given, name: &str) -> Option<Argument> {
    given.iter().find(|(known, _)| *known == name).map(|(_, argument)| argument.clone())
}

struct Writer {
    text: String,
    arguments: Vec<Argument>,
    is_numbered: bool,
}

impl Writer {
    fn write(&mut self, pieces: &[Piece], find: impl Fn(&str) -> Option<Argument>) {
        for piece in pieces {
            match piece {
                Piece::Literal(text) => self.text.push_str(text),
                Piece::Name(name) => {
                    self.bind(find(name).expect("whoever sends a statement gives its names"));
                }
                Piece::Each(_) => unreachable!("rows hold no rows"),
            }
        }
    }

    fn bind(&mut self, argument: Argument) {
        self.arguments.push(argument);
        if self.is_numbered {
            self.text.push('$');
            self.text.push_str(itoa::Buffer::new().format(self.arguments.len()));
        } else {
            self.text.push('?');
        }
    }
}

fn pieces_of(template: &str, words: &[(&str, &str)]) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), template);
    while let Some(at) = rest.find(['{', ':', '[']) {
        pieces.push(Piece::Literal(rest[..at].to_owned()));
        rest = &rest[at..];
        let (piece, length) = special(rest, words);
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces.push(Piece::Literal(rest.to_owned()));
    pieces
}

/// What stands at the beginning, and how long it is.
fn special(rest: &str, words: &[(&str, &str)]) -> (Piece, usize) {
    if let Some((each, _)) = rest.strip_prefix("[[").and_then(|rest| rest.split_once("]]")) {
        return (Piece::Each(pieces_of(each, words)), each.len() + 4);
    }
    if let Some((word, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let (_, text) = words.iter().find(|(known, _)| *known == word).expect("templates use known words");
        return (Piece::Literal((*text).to_owned()), word.len() + 2);
    }
    let name = &rest[1..];
    let length = name.bytes().take_while(u8::is_ascii_lowercase).count();
    (Piece::Name(name[..length].into()), length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn words_are_filled_in_and_names_become_arguments() {
        let text =
            Text::new("SELECT {now} FROM t WHERE k = :key AND :life > {now}", &[("now", "NOW()")], false);

        let statement = text.with(&given! { life: 7, key: key("k") });

        assert_eq!(&*statement.text, "SELECT NOW() FROM t WHERE k = ? AND ? > NOW()");
        assert!(matches!(&statement.arguments[..], [Argument::Bytes(_), Argument::Number(7)]));
    }

    #[test]
    fn rows_repeat_what_stands_between_brackets() {
        let text = Text::new("VALUES [[(:key, :life)]] END", &[], true);

        let rows = [given! { key: key("a") }, given! { key: key("b") }];

        let statement = text.for_each(&rows, &given! { life: 1 });
        assert_eq!(&*statement.text, "VALUES ($1, $2), ($3, $4) END");
        assert!(!statement.is_frequent);
    }

    #[test]
    fn a_list_is_filled_up_to_a_power_of_two() {
        let text = Text::new("IN ([[:key]])", &[], false);

        let statement = text.in_list(&[key("a"), key("b"), key("c")], &given! {});

        assert_eq!(&*statement.text, "IN (?, ?, ?, ?)");
        assert!(statement.is_frequent);
    }
}
