//! The filesystem store: on real folders, under real faults, and shared by several processes.

mod promises;
mod stage;
