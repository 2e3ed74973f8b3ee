//! Pages: the headers that a cache reads and writes, and what it makes of them.

mod cache_status;
mod conditions;
mod control;
mod given;
mod headers;
mod lifetimes;
mod oracle;
mod ranges;
mod totality;
