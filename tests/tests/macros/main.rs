//! What cached functions do, in every shape that a function has.

#![expect(
    clippy::unused_async,
    clippy::unnecessary_wraps,
    clippy::redundant_closure_call,
    clippy::too_many_arguments,
    reason = "functions of every shape are what is cached here, and what they do is beside the point"
)]

mod attributes;
mod companions;
mod derive;
mod digests;
mod hygiene;
mod keys;
mod methods;
mod options;
mod outcomes;
mod shapes;
mod stage;
mod strict;
