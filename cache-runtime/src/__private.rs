//! The only names that generated code may say.

pub use inventory;
