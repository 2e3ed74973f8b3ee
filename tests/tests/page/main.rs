//! Pages: the headers that a cache reads and writes, and what it makes of them.

mod attributes;
mod cache_status;
mod condition_attribute;
mod conditional;
mod conditions;
mod control;
mod given;
mod headers;
mod layers;
mod lifetimes;
mod oracle;
mod ranges;
mod service;
mod totality;
mod vary;
