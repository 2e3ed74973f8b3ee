//! What values weigh that keep more elsewhere than their own size shows.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

type Weigh = Arc<dyn Fn(&dyn Any) -> usize + Send + Sync>;

/// One function for each type that the program weighs itself.
#[derive(Clone, Default)]
pub struct Weighers(Vec<(TypeId, Weigh)>);

impl Weighers {
    pub(super) fn add<T: Any>(&mut self, weigh: impl Fn(&T) -> usize + Send + Sync + 'static) {
        let weigh = move |value: &dyn Any| value.downcast_ref().map_or(0, &weigh);
        self.0.retain(|(known, _)| *known != TypeId::of::<T>());
        self.0.push((TypeId::of::<T>(), Arc::new(weigh)));
    }

    /// What the program says that the value weighs, if it says so of its type.
    pub(super) fn weigh(&self, value: &dyn Any) -> Option<u32> {
        let (_, weigh) = self.0.iter().find(|(known, _)| *known == value.type_id())?;
        Some(u32::try_from(weigh(value)).unwrap_or(u32::MAX).max(1))
    }
}

impl PartialEq for Weighers {
    fn eq(&self, other: &Self) -> bool {
        let pairs = || self.0.iter().zip(&other.0);
        self.0.len() == other.0.len() && pairs().all(|(a, b)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1))
    }
}

impl Eq for Weighers {}

impl fmt::Debug for Weighers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Weighers({})", self.0.len())
    }
}
