//! The memory store: what it holds, for how long, and what holds under many threads.

mod allocations;
mod bounds;
mod drops;
mod expiry;
mod fence;
mod leases;
mod threads;
