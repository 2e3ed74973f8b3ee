//! What values become in a shared store, and that nothing else ever becomes a value.

mod integers;
mod roundtrip;
