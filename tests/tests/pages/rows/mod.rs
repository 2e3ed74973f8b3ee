//! The rows of the tables that speak of a cached page, each through every way there is.
//!
//! Where a way differs by design, the row says how: see [`Way::is_attribute`](crate::ways::Way::is_attribute).

mod conditional;
mod conditions;
mod credentials;
mod crowd;
mod dressing;
mod invalidation;
mod kept;
mod keys;
mod lifetimes;
mod operation;
mod reasons;
mod refused;
mod stale;
mod variants;
