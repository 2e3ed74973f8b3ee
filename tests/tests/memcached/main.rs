//! The Memcached store against real servers and real faults.

mod abandoned;
mod cached;
mod callers;
mod expiry;
mod faults;
mod full;
mod keys;
mod leases;
mod promises;
mod reconnecting;
mod servers;
mod settings;
mod stage;
