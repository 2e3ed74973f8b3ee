//! The Redis store against real servers and real faults.

mod abandoned;
mod callers;
mod faults;
mod foreign;
mod full;
mod gathered;
mod leases;
mod promises;
mod reconnecting;
mod runtimes;
mod secrets;
mod settings;
mod stage;
