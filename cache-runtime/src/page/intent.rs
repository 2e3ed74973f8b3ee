//! What one visit asks for besides what its request says.

/// What one visit asks for besides what its request says: by the arguments of its handler, as a rule.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Intent {
    /// What the handler adds to the key.
    pub(super) part: String,
    /// What the handler adds to the tags.
    pub(super) tags: Vec<String>,
    pub(super) refreshes: bool,
    pub(super) bypasses: bool,
    pub(super) brings_body: bool,
}

impl Intent {
    /// The page from the cache, or else made and stored.
    pub const fn usual() -> Self {
        Self { part: String::new(), tags: Vec::new(), refreshes: false, bypasses: false, brings_body: false }
    }

    /// Adds to the key: pages of different texts are never shared.
    pub fn key(self, part: String) -> Self {
        Self { part, ..self }
    }

    /// Adds a tag.
    pub fn tag(mut self, tag: String) -> Self {
        self.tags.push(tag);
        self
    }

    /// If `flag` is set, the handler runs, and its page is stored.
    pub fn force_refresh(self, flag: bool) -> Self {
        Self { refreshes: self.refreshes || flag, ..self }
    }

    /// The cache is used only if `condition` holds.
    pub fn when(self, condition: bool) -> Self {
        Self { bypasses: self.bypasses || !condition, ..self }
    }

    /// If `flag` is set, the request brings a body that its headers need not announce: it passes the cache by.
    pub fn with_body(self, flag: bool) -> Self {
        Self { brings_body: self.brings_body || flag, ..self }
    }
}
