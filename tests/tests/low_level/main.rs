//! The low-level API: the same behaviour on every store.

mod blocking;
mod computing;
mod counting;
mod dummy;
mod expiring;
mod faults;
mod memory;
mod reading;
mod stage;
mod values;
mod versions;
mod writing;
