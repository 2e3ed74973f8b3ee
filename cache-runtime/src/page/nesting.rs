//! How deep a layer is in others of its kind: each depth has pages of its own.

/// The layers of ours that a request has come through, by their kinds, from the outermost.
///
/// It is an extension of the request: whatever answers it knows that a cache of ours stands further outside, and marks
/// its response. Nobody reads the mark of another, which is one of the dearer parts of a hit.
#[derive(Debug, Clone, Default)]
pub(super) struct Nesting(Vec<&'static str>);

impl Nesting {
    /// How many layers of this kind a layer of it is in; none, where no mark is on the request.
    pub(super) fn depth_of(outside: Option<&Self>, kind: &str) -> usize {
        outside.map_or(0, |outside| outside.0.iter().filter(|known| **known == kind).count())
    }

    /// What stands inside of a layer of this kind is marked so.
    pub(super) fn inside_of(outside: Option<&Self>, kind: &'static str) -> Self {
        let outside = outside.map_or(&[][..], |outside| &outside.0);
        Self([outside, &[kind]].concat())
    }
}
