//! Placeholder.

#[cfg(doctest)]
mod readme;
