//! ① One cached call: key → lookup → flight → lease → compute → store.

mod entry;
mod function;
mod miss;
mod shape;

pub use entry::{BlockingEntry, FunctionEntry};
pub use function::{DEFAULT_WAIT, Function, Intent, Lookup};
pub use miss::{Judge, Miss, Usual, Verdict};
pub use shape::{
    Fallible, FallibleKept, Keep, LocalSame, LocalWhole, LocallyCacheable, Optional, Outcome, Plain, Same,
    Shape, Sorted, Whole,
};
