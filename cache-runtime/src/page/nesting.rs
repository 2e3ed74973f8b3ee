//! How deep a layer is in others of its kind: each depth has pages of its own.

#[cfg(feature = "actix")]
use std::sync::Arc;
use std::sync::Weak;

/// The layers of ours that a request has come through, by their kinds, from the outermost.
///
/// It is an extension of the request: whatever answers it knows that a cache of ours stands further outside, and marks
/// its response. Nobody reads the mark of another, which is one of the dearer parts of a hit.
#[derive(Debug, Clone, Default)]
pub(super) struct Nesting(Vec<Mark>);

/// The mark of one layer.
#[derive(Debug, Clone)]
struct Mark {
    kind: &'static str,
    /// The mark is good for as long as this lives, if it is not good for as long as the request.
    asking: Option<Weak<()>>,
}

/// A layer asks what stands inside of it. When this is dropped, whatever the reason, its mark is void.
#[cfg(feature = "actix")]
#[must_use]
pub(super) struct Asking {
    _alive: Arc<()>,
}

impl Nesting {
    /// How many layers of this kind a layer of it is in; none, where no mark is on the request.
    pub(super) fn depth_of(outside: Option<&Self>, kind: &str) -> usize {
        outside.map_or(0, |outside| outside.marks().filter(|mark| mark.kind == kind).count())
    }

    /// What stands inside of a layer of this kind is marked so.
    #[cfg(feature = "tower")]
    pub(super) fn inside_of(outside: Option<&Self>, kind: &'static str) -> Self {
        Self::with(outside, Mark { kind, asking: None })
    }

    /// As [`inside_of`](Self::inside_of), until the layer has its answer, or asks no longer: where others hold the request,
    /// it may come again.
    #[cfg(feature = "actix")]
    pub(super) fn while_asking(outside: Option<&Self>, kind: &'static str) -> (Self, Asking) {
        let alive = Arc::new(());
        let mark = Mark { kind, asking: Some(Arc::downgrade(&alive)) };
        (Self::with(outside, mark), Asking { _alive: alive })
    }

    fn with(outside: Option<&Self>, mark: Mark) -> Self {
        Self(outside.into_iter().flat_map(Self::marks).cloned().chain([mark]).collect())
    }

    /// Those that are good.
    fn marks(&self) -> impl Iterator<Item = &Mark> {
        let is_good = |mark: &&Mark| mark.asking.as_ref().is_none_or(|asking| asking.strong_count() > 0);
        self.0.iter().filter(is_good)
    }
}
