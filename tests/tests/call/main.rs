//! One cached call, step by step: what it promises of flights, leases, fences and failing stores.

mod cancellation;
mod faults;
mod herd;
mod invalidation;
mod leaders;
mod recursion;
mod refresh;
mod stage;
