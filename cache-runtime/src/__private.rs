//! The only names that generated code may say.

pub use inventory;

pub use crate::base::entry::Timeout;
pub use crate::base::error::Result;
pub use crate::base::key::{Key, KeyBuf, KeyPart};
pub use crate::cache::registration::Registration;
pub use crate::call::dispatch::{Constant, errors, nothing, outer, over, returned, timed, timed_returned};
pub use crate::call::{Function, Intent, Lookup, Verdict};
#[cfg(feature = "http")]
pub use crate::page::conditioned::{Asked, Conditioned, validators};
#[cfg(feature = "http")]
pub use crate::page::dressing::{Dressed, NeverCache, SetCacheControl, VaryOn};
#[cfg(feature = "http")]
pub use crate::page::headers::Directives;
