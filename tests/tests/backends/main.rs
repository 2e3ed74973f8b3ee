//! The shared suite: stores that keep the promises pass it, stores that break one do not.

mod promises;
mod suite_notices;
