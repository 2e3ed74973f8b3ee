//! What tests of backends and of cached code use: a clock to move, a suite for backends, faults to
//! inject.

mod clock;
mod faulty;
mod suite;

pub use clock::TestClock;
pub use faulty::{Call, Fault, FaultyBackend};
pub use suite::{Time, backend_suite};
