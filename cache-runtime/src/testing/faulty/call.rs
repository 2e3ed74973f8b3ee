//! The operations of a store, by name.

/// An operation of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Call {
    /// `get`
    Get,
    /// `get_many`
    GetMany,
    /// `set`
    Set,
    /// `set_many`
    SetMany,
    /// `add`
    Add,
    /// `touch`
    Touch,
    /// `ttl`
    Ttl,
    /// `delete`
    Delete,
    /// `delete_many`
    DeleteMany,
    /// `incr`
    Incr,
    /// `clear`
    Clear,
    /// `keys`
    Keys,
    /// `stamp`
    Stamp,
    /// `acquire`
    Acquire,
    /// `fill`
    Fill,
    /// `extend`
    Extend,
    /// `release`
    Release,
}

impl Call {
    /// Every operation.
    pub const ALL: [Self; 17] = [
        Self::Get,
        Self::GetMany,
        Self::Set,
        Self::SetMany,
        Self::Add,
        Self::Touch,
        Self::Ttl,
        Self::Delete,
        Self::DeleteMany,
        Self::Incr,
        Self::Clear,
        Self::Keys,
        Self::Stamp,
        Self::Acquire,
        Self::Fill,
        Self::Extend,
        Self::Release,
    ];

    /// The operations that return stored bytes.
    pub const READS: [Self; 3] = [Self::Get, Self::GetMany, Self::Acquire];

    /// The name of the method.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetMany => "get_many",
            Self::Set => "set",
            Self::SetMany => "set_many",
            Self::Add => "add",
            Self::Touch => "touch",
            Self::Ttl => "ttl",
            Self::Delete => "delete",
            Self::DeleteMany => "delete_many",
            Self::Incr => "incr",
            Self::Clear => "clear",
            Self::Keys => "keys",
            Self::Stamp => "stamp",
            Self::Acquire => "acquire",
            Self::Fill => "fill",
            Self::Extend => "extend",
            Self::Release => "release",
        }
    }
}
