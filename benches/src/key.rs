//! A key as one renders it by hand: on the stack.

/// Text of at most 64 bytes.
pub struct StackKey {
    bytes: [u8; 64],
    len: usize,
}

impl StackKey {
    /// An empty key. It is rendered where it stands: a function that returned one would have to copy it.
    #[inline]
    pub fn new() -> Self {
        Self { bytes: [0; 64], len: 0 }
    }

    /// Appends text.
    #[inline]
    pub fn text(&mut self, text: &str) {
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text.as_bytes());
        self.len += text.len();
    }

    /// Appends a text and an integer.
    #[inline]
    pub fn text_and_integer(&mut self, text: &str, integer: impl itoa::Integer) {
        self.text(text);
        self.integer(integer);
    }

    /// Appends an integer.
    #[inline]
    pub fn integer(&mut self, integer: impl itoa::Integer) {
        self.text(itoa::Buffer::new().format(integer));
    }

    /// The key.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The key, for those who look up by text.
    #[inline]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("only whole strings went in")
    }
}

impl Default for StackKey {
    fn default() -> Self {
        Self::new()
    }
}
