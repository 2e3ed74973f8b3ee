//! Redis in the shapes that people run: clusters, sentinels, a leader with replicas.

mod calls;
mod client_cache;
mod cluster;
mod cluster_faults;
mod deletions;
mod foreign;
mod load;
mod promises;
mod replicas;
mod sentinels;
mod settings;
mod stage;
