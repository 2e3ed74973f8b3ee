//! What cached functions do, in every shape that a function has.
