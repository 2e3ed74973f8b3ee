//! The Memcached store against real servers and real faults.

mod promises;
mod stage;
