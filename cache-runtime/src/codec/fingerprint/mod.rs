//! The fingerprint of a type: a hash of its serde layout, seen by reading the type from nothing.
//!
//! `T::deserialize` runs on a deserializer that notes what it is asked for and answers with samples,
//! again and again until every field, element and variant was seen. Types that the user does not own
//! are covered, and there is nothing to derive. Names of types, fields and variants, their order,
//! and the kinds of primitive values make up the text that is hashed; what two types have in common
//! on the wire (`Vec` and `VecDeque`, `String` and `Cow<str>`) they have in common here.
//!
//! Where serde shows nothing (`untagged`, `tag`, `flatten`, `serde_json::Value`), or the type's code
//! panics, the layout is *hidden*: its fingerprint covers what was seen, and only self-describing
//! codecs carry it.

mod access;
mod graph;
mod recorder;
mod samples;
mod text;

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use foldhash::fast::FixedState;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use self::recorder::{Probe, Recorder};
use super::codecs::Facts;
use crate::base::sync::Mutex;

/// The most often that one type is read; enums take a pass for every variant.
const MOST_PASSES: usize = 4096;

/// What is known of a type's layout.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) fingerprint: u64,
    /// The canonical text that the fingerprint is the hash of.
    pub(super) text: String,
    /// Why positional codecs cannot rely on the fingerprint, if they cannot.
    pub(super) hidden: Option<String>,
    /// The codecs, by their ids, that gave back a value of this type in this process.
    proven: AtomicU32,
}

impl Layout {
    /// Whether this codec has given back a value of this type.
    pub(super) fn is_proven(&self, codec: &Facts) -> bool {
        self.proven.load(Ordering::Relaxed) & 1 << codec.id != 0
    }

    pub(super) fn prove(&self, codec: &Facts) {
        self.proven.fetch_or(1 << codec.id, Ordering::Relaxed);
    }
}

type Layouts = HashMap<TypeId, &'static Layout, FixedState>;

/// Every layout of this process; they live as long as it does, one for a type.
static LAYOUTS: LazyLock<Mutex<Layouts>> = LazyLock::new(Mutex::default);

thread_local! {
    static KNOWN: RefCell<Layouts> = const { RefCell::new(HashMap::with_hasher(FixedState::with_seed(0))) };
}

/// The layout of `T`: examined once in a process, then found without a lock.
pub(super) fn layout<T: DeserializeOwned + 'static>() -> &'static Layout {
    let id = TypeId::of::<T>();
    if let Ok(Some(layout)) = KNOWN.try_with(|known| known.borrow().get(&id).copied()) {
        return layout;
    }
    let known = LAYOUTS.lock().get(&id).copied();
    // No lock is held meanwhile: the type's own code runs, and may ask for another layout.
    let layout = known.unwrap_or_else(|| remember(id, examine::<T>()));
    let _ = KNOWN.try_with(|known| known.borrow_mut().insert(id, layout));
    layout
}

fn remember(id: TypeId, layout: Layout) -> &'static Layout {
    LAYOUTS.lock().entry(id).or_insert_with(|| Box::leak(Box::new(layout)))
}

fn examine<T: DeserializeOwned>() -> Layout {
    let probe = Probe::new();
    let passes = AssertUnwindSafe(|| explore::<T>(&probe));
    let panicked = catch_unwind(passes).is_err();
    let mut graph = probe.graph.borrow_mut();
    if panicked {
        graph.cut_short = Some("its `Deserialize` panicked");
    }
    let text = text::canonical(&graph);
    let fingerprint = xxh3_64(text.as_bytes());
    Layout { fingerprint, text, hidden: text::hidden(&graph), proven: AtomicU32::new(0) }
}

/// Reads a `T` until nothing more can be learnt from it.
fn explore<T: DeserializeOwned>(probe: &Probe) {
    for _ in 0..MOST_PASSES {
        if !probe.begin_pass() {
            return;
        }
        let root = Recorder { probe, edge: graph::ROOT, depth: 0, variation: 0 };
        // Only what the type asked for matters, not what became of it.
        let _ = root.follow(|root| T::deserialize(root));
        let mut graph = probe.graph.borrow_mut();
        if graph.cut_short.is_some() || (!graph.progress && !graph.unblock()) {
            return;
        }
    }
    probe.graph.borrow_mut().cut_short = Some("it has too many variants");
}
