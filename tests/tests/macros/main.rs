//! What cached functions do, in every shape that a function has.

mod attributes;
mod companions;
mod derive;
mod hygiene;
mod keys;
mod methods;
mod options;
mod outcomes;
mod shapes;
mod stage;
mod strict;
