//! The filesystem store: on real folders, under real faults, and shared by several processes.

mod bounds;
mod calls;
mod clocks;
mod faults;
mod foreign;
mod layout;
mod leases;
mod process;
mod promises;
mod settings;
mod stage;
mod sweeps;
