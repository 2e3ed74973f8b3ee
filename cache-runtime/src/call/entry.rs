//! The entry of one set of arguments: what the companions of a cached function do to it.

use std::marker::PhantomData;

use super::flight::Purpose;
use super::function::Function;
use super::keep::Keep;
use super::lookup::{self, pack};
use super::one::Call;
use super::shape::{Outcome, Sorted};
use crate::backend::Filled;
use crate::base::entry::{Held, HeldValue, Kind, Life, Timeout};
use crate::base::error::{Error, ErrorKind, Result, during};
use crate::base::event::MissReason;
use crate::base::key::{Key, KeyBuf};
use crate::base::sync::block_on;
use crate::cache::{Cache, stored};
use crate::codec::{self, Meta};

/// The entry of one set of arguments.
#[must_use]
pub struct FunctionEntry<O: Outcome, K> {
    function: &'static Function,
    key: Key,
    tags: Vec<String>,
    timeout: Option<Timeout>,
    shape: PhantomData<fn() -> (O, K)>,
}

impl<O: Outcome, K: Keep<O::Value>> FunctionEntry<O, K> {
    pub(super) fn new(function: &'static Function, key: Key) -> Self {
        Self { function, key, tags: Vec::new(), timeout: None, shape: PhantomData }
    }

    /// The key, as the low-level API takes it.
    pub fn key(&self) -> Key {
        self.key.clone()
    }

    /// A tag that a value stored by [`set`](Self::set) carries; its text is rendered as a key is.
    pub fn tag(mut self, render: impl FnOnce(&mut KeyBuf)) -> Self {
        let mut tag = KeyBuf::new();
        render(&mut tag);
        self.tags.push(tag.into_key().into_string());
        self
    }

    /// How long a value stored by [`set`](Self::set) is fresh, instead of the function's own timeout.
    pub fn timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.timeout = Some(timeout.into());
        self
    }

    /// Removes the entry, and keeps out what is being computed now; whether there was one.
    pub async fn invalidate(&self) -> Result<bool> {
        self.function.find_cache()?.delete(&self.key).await.map_err(during("invalidate"))
    }

    /// The value in the entry, if there is one; never computes.
    pub async fn peek(&self) -> Result<Option<O::Value>> {
        Ok(self.peek_returned().await?.and_then(O::unwrap))
    }

    /// What the function would return from the entry, if there is one; never computes.
    pub async fn peek_returned(&self) -> Result<Option<O::Return>> {
        let mut call = self.call()?;
        let found = match call.cache.local() {
            Some(local) => lookup::look_for::<O, K>(local, &call),
            None => lookup::ask::<O, K>(&mut call).await,
        };
        match found {
            Ok(returned) => Ok(Some(returned)),
            Err(MissReason::Unreachable) => Err(call.why_the_store_failed("peek")),
            Err(_) => Ok(None),
        }
    }

    /// Stores a value that was computed elsewhere.
    ///
    /// It is not fenced: of a value set by hand and an invalidation, the later one stays.
    pub async fn set(&self, value: &O::Value) -> Result<()> {
        let held = |cache: &Cache| Some((K::hold(value), K::weigh(value, cache)));
        let encode = |meta: &Meta<'_>, cache: &Cache| K::encode(Kind::Value, value, meta, &cache.encoding());
        self.put(self.timeout, held, encode).await.map_err(during("set"))
    }

    /// Stores what the function would have returned; `None` and `Err` only if the function stores them.
    ///
    /// # Errors
    ///
    /// `Unsupported`, if the function does not store this.
    pub async fn set_returned(&self, returned: &O::Return) -> Result<()> {
        let timeout = match O::sort(returned) {
            Sorted::Value(value) => return self.set(value).await,
            Sorted::Nothing => self.function.none,
            Sorted::Failure => self.function.err,
        };
        let Some(timeout) = timeout else { return Err(unkept(self.function)) };
        let encode = |meta: &Meta<'_>, cache: &Cache| match O::sort(returned) {
            Sorted::Nothing => Ok(codec::encode_nothing(meta)),
            _ => O::encode_failure(returned, meta, &cache.encoding())
                .unwrap_or_else(|| Err(unkept(self.function))),
        };
        let stated = (timeout != Timeout::Default).then_some(timeout);
        self.put(self.timeout.or(stated), |_: &Cache| Some((pack::<O, K>(returned)?, 1)), encode)
            .await
            .map_err(during("set"))
    }

    /// The same operations for a function that is not `async`; works inside and outside of a runtime.
    pub fn blocking(self) -> BlockingEntry<O, K> {
        BlockingEntry(self)
    }

    fn call(&self) -> Result<Call> {
        let cache = self.function.find_cache()?;
        let mut call = Call::new(cache, self.key.clone(), self.function.policy(), Purpose::Fill);
        call.tags.clone_from(&self.tags);
        Ok(call)
    }

    async fn put(
        &self,
        timeout: Option<Timeout>,
        hold: impl FnOnce(&Cache) -> Option<(HeldValue, u32)>,
        encode: impl FnOnce(&Meta<'_>, &Cache) -> Result<bytes::Bytes>,
    ) -> Result<()> {
        let call = self.call()?;
        let timeout = timeout.unwrap_or(self.function.timeout);
        let Some(life) = timeout.life(call.cache.core().common.timeout) else {
            return call.cache.delete(&self.key).await.map(drop);
        };
        if call.cache.local().is_some() {
            let (value, weight) = hold(&call.cache).ok_or_else(|| unkept(self.function))?;
            return set_held(&call, value, weight, life);
        }
        let tags = match call.spend(stored::stamp(&call.cache, &call.tags, life)).await {
            Ok(tags) => tags,
            Err(error) => {
                // Its caller has replaced the old value, which goes now, or as soon as the store hears of it.
                let _ = call.cache.delete(&self.key).await;
                return Err(error);
            }
        };
        let meta = Meta { life, compute: std::time::Duration::ZERO, tags: &tags };
        let bytes = encode(&meta, &call.cache)?;
        let set = async { call.cache.core().backend.set(&call.final_key, bytes, life).await };
        call.cache.changing(&[&call.final_key], call.spend(set)).await
    }
}

fn set_held(call: &Call, value: HeldValue, weight: u32, life: Life) -> Result<()> {
    let local = call.cache.local().expect("the caller has asked");
    let held = Held { value, expires_at: life.expires_at(call.now()), tags: call.stamps().tags, weight };
    match local.set(call.cache.space(), call.key().as_bytes(), held) {
        Filled::Stored | Filled::Refused => Ok(()),
        Filled::TooLarge => Err(Error::new(ErrorKind::TooLarge, "set").context(format!("`{}`", call.key()))),
    }
}

fn unkept(function: &Function) -> Error {
    let text = format!(
        "`{}` stores neither `None` nor `Err` unless `cache_none` or `cache_err` says so",
        function.name
    );
    Error::new(ErrorKind::Unsupported, "set").context(text)
}

/// [`FunctionEntry`] for code that is not `async`.
#[must_use]
pub struct BlockingEntry<O: Outcome, K>(FunctionEntry<O, K>);

impl<O: Outcome, K: Keep<O::Value>> BlockingEntry<O, K> {
    /// See [`FunctionEntry::invalidate`].
    pub fn invalidate(&self) -> Result<bool> {
        block_on(self.0.invalidate())
    }

    /// See [`FunctionEntry::peek`].
    pub fn peek(&self) -> Result<Option<O::Value>> {
        block_on(self.0.peek())
    }

    /// See [`FunctionEntry::peek_returned`].
    pub fn peek_returned(&self) -> Result<Option<O::Return>> {
        block_on(self.0.peek_returned())
    }

    /// See [`FunctionEntry::set`].
    pub fn set(&self, value: &O::Value) -> Result<()> {
        block_on(self.0.set(value))
    }

    /// See [`FunctionEntry::set_returned`].
    pub fn set_returned(&self, returned: &O::Return) -> Result<()> {
        block_on(self.0.set_returned(returned))
    }
}
