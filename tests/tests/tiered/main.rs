//! Memory in front of a shared store: what is kept there, how others learn of changes, and how stale it can be.

mod calls;
mod changes;
mod channel;
mod drops;
mod fleet;
mod hearing;
mod life;
mod model;
mod outages;
mod processes;
mod promises;
mod stage;
