//! What values become in a shared store, and that nothing else ever becomes a value.

mod common;

mod golden;
mod hostile;
mod integers;
mod layout;
mod layout_changes;
mod properties;
mod refusals;
mod roundtrip;
