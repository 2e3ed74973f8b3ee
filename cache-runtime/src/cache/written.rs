//! What an attribute knows of the item that it stands on: where that is written, its key, and its settings.

use super::registration::{Description, EmbeddedSettings};

/// Where an item is written, its key template as it is written, and the settings that it was checked against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) key: &'a str,
    pub(crate) settings: Option<EmbeddedSettings>,
}

impl Written<'_> {
    /// Nothing is known.
    pub(crate) const UNKNOWN: Self = Self { file: "", line: 0, key: "", settings: None };
}

impl Written<'static> {
    /// An item of this name in this cache.
    pub(crate) fn describe(&self, name: &'static str, alias: &'static str) -> Description {
        let Self { file, line, key, settings } = *self;
        Description::new(name, alias).at(file, line).key(key).settings(settings)
    }
}

/// The builders of a type that has a field `written` of [`Written`] with this lifetime.
macro_rules! written_builders {
    ($life:lifetime) => {
        /// Where it is written.
        #[must_use]
        pub const fn at(mut self, file: &$life str, line: u32) -> Self {
            self.written.file = file;
            self.written.line = line;
            self
        }

        /// Its key as it is written; left out where the key is derived.
        #[must_use]
        pub const fn key(mut self, template: &$life str) -> Self {
            self.written.key = template;
            self
        }

        /// The settings file that it was checked against: path and text.
        #[must_use]
        pub const fn settings(mut self, path: &'static str, text: &'static str) -> Self {
            self.written.settings = Some($crate::cache::registration::EmbeddedSettings { path, text });
            self
        }
    };
}

pub(crate) use written_builders;
