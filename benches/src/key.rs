//! A key as one renders it by hand: on the stack.

/// Text of at most 64 bytes.
pub struct StackKey {
    bytes: [u8; 64],
    len: usize,
}

impl StackKey {
    /// A key that begins with `text`.
    #[inline]
    pub fn of(text: &str) -> Self {
        let mut key = Self { bytes: [0; 64], len: 0 };
        key.text(text);
        key
    }

    /// Appends text.
    #[inline]
    pub fn text(&mut self, text: &str) {
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text.as_bytes());
        self.len += text.len();
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
