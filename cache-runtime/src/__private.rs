//! The only names that generated code may say.

pub use inventory;

pub use crate::base::entry::Timeout;
pub use crate::base::error::Result;
pub use crate::base::key::{Key, KeyBuf, KeyPart};
pub use crate::cache::identity::Identity;
pub use crate::cache::registration::Registration;
pub use crate::call::dispatch::{Constant, errors, nothing, over, returned, timed, timed_returned};
pub use crate::call::{Function, Intent, Lookup, Verdict};
pub use crate::fragment::rendered::{rendered, rendered_async, text};
pub use crate::fragment::{Fragment, Named, Registered};
#[cfg(feature = "http")]
pub use crate::page::conditioned::{Asked, Conditioned, validators};
#[cfg(feature = "http")]
pub use crate::page::dressing::{Dressed, NeverCache, SetCacheControl, VaryOn};
#[cfg(feature = "http")]
pub use crate::page::headers::Directives;

#[cfg(feature = "http")]
pub mod page {
    //! What `#[cache_page]` says with every web framework.

    pub use crate::page::{
        CachedPage, PageFunction, Policy, SharedField, SharedInput, narrow, narrow_option, narrow_result,
        rendered, shared, shared_value,
    };
}

#[cfg(feature = "axum")]
pub mod axum {
    //! What `#[cache_page]` says on axum.

    pub use crate::page::adapter::axum::{LastInput, PageInput, Response, serve};
}

#[cfg(feature = "actix")]
pub mod actix {
    //! What `#[cache_page]` says on actix.

    pub use crate::page::adapter::actix::{Counted, PageInput, Response, serve};
    pub use crate::page::{CachedPage, PageFunction, PageRequest, Policy, Visit};
}
