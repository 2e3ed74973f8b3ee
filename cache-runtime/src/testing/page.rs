//! What a store outside of this process holds of a page, for tests of its bytes and for a look into a store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::base::entry::{Kind, Life};
use crate::base::error::Result;
use crate::base::setup::Codec;
use crate::call::Keep;
use crate::codec::{Encoding, Meta, open};
use crate::page::{Page, PageKeep, Stored};

/// What a store outside of this process holds under the key of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPage(Arc<Stored>);

impl StoredPage {
    /// Reads an entry; `None` where the cache sees a miss.
    pub fn read(entry: &Bytes) -> Option<Self> {
        let opened = open(entry).ok()?;
        PageKeep::decode(&opened).ok().map(Self)
    }

    /// An entry that never expires, carries no tags, and is not compressed.
    ///
    /// # Errors
    ///
    /// `TooLarge`, as for any entry.
    pub fn write(&self) -> Result<Bytes> {
        let meta = Meta { life: Life::Forever, compute: Duration::ZERO, tags: &[] };
        // Pages have a form of their own, whatever the codec of values is.
        let encoding = Encoding { codec: Codec::Bincode, compression: None, compress_above: 0 };
        PageKeep::encode(Kind::Value, &self.0, &meta, &encoding)
    }

    /// The page; `None` for the list of what its variants differ in.
    pub fn page(&self) -> Option<&Page> {
        match &*self.0 {
            Stored::Page(page) => Some(page),
            Stored::Varies(_) => None,
        }
    }

    /// The request headers that the page varies on; `None` for the page itself.
    pub fn varies_on(&self) -> Option<&[String]> {
        match &*self.0 {
            Stored::Page(_) => None,
            Stored::Varies(varies) => Some(&varies.names),
        }
    }
}
