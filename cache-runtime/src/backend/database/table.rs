//! The name of the table: checked, and quoted wherever it stands in a statement.

use crate::base::error::{Error, ErrorKind, Result};

/// The longest part of a name: with the name of an index behind it every engine still takes it.
const LONGEST: usize = 40;

/// The name of a table, perhaps with the schema (or database) it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    schema: Option<String>,
    name: String,
}

impl Table {
    /// Takes `table` or `schema.table`: letters, digits, `_`, `-`, `$` and spaces within.
    ///
    /// # Errors
    ///
    /// `Settings`, if it is no such name.
    pub(super) fn new(text: &str) -> Result<Self> {
        let (schema, name) = match text.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, text),
        };
        if schema.into_iter().chain([name]).all(is_name) {
            return Ok(Self { schema: schema.map(str::to_owned), name: name.to_owned() });
        }
        let text = format!(
            "`table` takes the name of a table, such as \"cache_entries\" or \"schema.table\": letters, digits, \
             `_`, `-`, `$` and spaces within, at most {LONGEST} each"
        );
        Err(Error::new(ErrorKind::Settings, "settings").context(text))
    }

    /// The name as it stands in a statement.
    pub(super) fn quoted(&self, quote: char) -> String {
        self.in_schema(&self.name, quote)
    }

    /// The name of an index of the table, as it stands where the index is made. It is in the table's schema.
    pub(super) fn index(&self, column: &str, quote: char) -> String {
        format!("{quote}{}_{column}{quote}", self.name)
    }

    fn in_schema(&self, name: &str, quote: char) -> String {
        match &self.schema {
            Some(schema) => format!("{quote}{schema}{quote}.{quote}{name}{quote}"),
            None => format!("{quote}{name}{quote}"),
        }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(out, "{schema}.{}", self.name),
            None => out.write_str(&self.name),
        }
    }
}

/// Nothing that ends a quotation or is trimmed, in an engine or on the way there.
fn is_name(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || ['_', '-', '$', ' '].contains(&letter);
    !text.is_empty() && text.len() <= LONGEST && text.trim() == text && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_with_its_schema() {
        let table = Table::new("site.cache entries").unwrap();

        assert_eq!(table.quoted('"'), "\"site\".\"cache entries\"");
        assert_eq!(table.index("place", '`'), "`cache entries_place`");
    }

    #[test]
    fn what_could_leave_its_quotes_is_no_name() {
        let long = "t".repeat(41);
        for text in ["", "a\"b", "a`b", "a;b", "a.b.c", ".a", "a.", " a", "a\n", "é", "a'b", "a\\b", &long] {
            assert!(Table::new(text).is_err(), "{text:?}");
        }
    }
}
