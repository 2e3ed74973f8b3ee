//! What is measured: one task, done by this project, by hand, and by its peers.
//!
//! [`task`] says what is to be done, [`subject`] who does it. How it is measured is up to the
//! programs: `report` takes times, `allocations` counts allocations in a process of its own (counting
//! slows every allocation, and would be charged to those who allocate), `one_hit` runs under callgrind.

#![expect(
    clippy::unused_async,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    reason = "what is measured has the form that a user of each crate would write"
)]

pub mod key;
pub mod page;
pub mod pairs;
pub mod report;
pub mod subject;
pub mod task;
