//! The text of a fragment: shared, so that a hit copies nothing.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The text of a fragment, as it is written into a page.
///
/// It is shared: a clone, and a hit in memory, copy no text. It is finished markup: templates write it as
/// it is, without escaping it again (askama does so by itself; for maud it stands in
/// `maud::PreEscaped(fragment)`; for `MiniJinja` and Tera `Value::from(fragment)` is a safe string).
///
/// # Example
///
/// ```
/// use cache_runtime::fragment::Fragment;
///
/// let card = Fragment::from("<b>Ada</b>");
/// assert_eq!(format!("<li>{card}</li>"), "<li><b>Ada</b></li>");
/// assert!(card.starts_with("<b>"));
/// ```
#[must_use = "a fragment does nothing until it is written into a page"]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fragment(Arc<str>);

impl Fragment {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_shared(self) -> Arc<str> {
        self.0
    }
}

impl Deref for Fragment {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Fragment {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for Fragment {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Borrow<str> for Fragment {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for Fragment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl PartialEq<str> for Fragment {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for Fragment {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

macro_rules! from_text {
    ($($text:ty),*) => {$(
        impl From<$text> for Fragment {
            fn from(text: $text) -> Self {
                Self(text.into())
            }
        }
    )*};
}

from_text!(String, &str, Box<str>, Cow<'_, str>, Arc<str>);

impl From<Fragment> for Arc<str> {
    fn from(fragment: Fragment) -> Self {
        fragment.0
    }
}

impl From<Fragment> for String {
    fn from(fragment: Fragment) -> Self {
        fragment.0.as_ref().to_owned()
    }
}

impl serde::Serialize for Fragment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
