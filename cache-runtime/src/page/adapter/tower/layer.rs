//! The layers of tower.

use std::sync::Arc;

use tower_layer::Layer;

use super::service::PageService;
use crate::page::invalidate::note;
use crate::page::{CachePage, CacheSite};

macro_rules! layers {
    ($($layer:ident)*) => {$(
        impl<S> Layer<S> for $layer {
            type Service = PageService<S>;

            fn layer(&self, inner: S) -> PageService<S> {
                note(&self.0.alias);
                PageService::new(inner, Arc::new(self.0.clone()))
            }
        }
    )*};
}

layers! { CachePage CacheSite }
