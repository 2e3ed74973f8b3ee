//! The database store against real databases and real faults.

mod callers;
mod clocks;
mod faults;
mod files;
mod foreign;
mod functions;
mod large;
mod leases;
mod load;
mod pools;
mod promises;
mod queries;
mod reconnecting;
mod settings;
mod stage;
mod table;
mod upkeep;
