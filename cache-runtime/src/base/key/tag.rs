//! A tag: a name that many entries share, rendered as a key is.

use super::{Key, KeyBuf, KeyPart};

/// A tag of the low-level API; see [`tag`].
///
/// Plain text is taken as it stands: `"user:7"` is the tag that `tags = ["user:{id}"]` renders for the id 7. Text
/// that came from outside is put in by [`part`](Self::part), as the attribute does, since it is
/// percent-encoded there.
#[derive(Debug, Clone)]
pub struct Tag(KeyBuf);

/// A tag that begins with this text.
///
/// # Example
///
/// ```
/// use cache_runtime::key::tag;
///
/// let email = "bob@example.com";
/// // What `tags = ["user:{email}"]` renders:
/// assert_eq!(tag("user:").part(email).to_string(), "user:bob%40example.com");
/// ```
pub fn tag(text: &str) -> Tag {
    Tag(KeyBuf::new()).text(text)
}

impl Tag {
    /// Appends literal text as it is.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.text(text);
        self
    }

    /// Appends a value as a placeholder of the attribute does.
    #[must_use]
    pub fn part<P: KeyPart + ?Sized>(mut self, part: &P) -> Self {
        self.0.part(part);
        self
    }

    /// The tag within the limit of keys, as entries carry it.
    pub(crate) fn into_key(self) -> Key {
        self.0.into_key()
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0.to_key().as_str())
    }
}

impl From<&str> for Tag {
    fn from(text: &str) -> Self {
        tag(text)
    }
}

impl From<String> for Tag {
    fn from(text: String) -> Self {
        tag(&text)
    }
}

impl From<&String> for Tag {
    fn from(text: &String) -> Self {
        tag(text)
    }
}

impl From<&Tag> for Tag {
    fn from(tag: &Tag) -> Self {
        tag.clone()
    }
}
