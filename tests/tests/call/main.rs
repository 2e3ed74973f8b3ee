//! One cached call, step by step: what it promises of flights, leases, fences and failing stores.

mod allocations;
mod cancellation;
mod clock;
mod counting;
mod executors;
mod faults;
mod fleet;
mod herd;
mod invalidation;
mod leaders;
mod leases;
mod limits;
mod model;
mod outcomes;
mod recursion;
mod refresh;
mod stage;
mod standing_still;
