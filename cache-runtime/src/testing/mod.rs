//! What tests of backends and of cached code use: a clock to move, a suite for backends, faults to
//! inject, and what a store holds of a page.

mod clock;
mod faulty;
#[cfg(feature = "http")]
mod page;
mod suite;

pub use clock::TestClock;
pub use faulty::{Call, Fault, FaultyBackend};
#[cfg(feature = "http")]
pub use page::StoredPage;
pub use suite::{Time, backend_suite};
