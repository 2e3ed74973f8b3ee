//! Tower layers over any HTTP service.

pub mod condition;

pub mod conditional;

mod conditional_body;

pub mod headers;
