//! The operations of a store on its folder: each blocks its thread, and holds the lock of one shard at a
//! time.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::bounds::{Bounds, Room, Totals};
use super::crew::Limit;
use super::entry::{self, Entry, Peeked, Times};
use super::owner::{Holder, Owner};
use super::shard::{Missing, Place, Shard, Shards, Stripes};
use crate::backend::{Acquired, Claim, Token};
use crate::base::clock::Clock;
use crate::base::entry::{Life, Record, Ttl};
use crate::base::error::ErrorKind;

/// A folder of entries.
pub(super) struct Disk {
    pub(super) root: PathBuf,
    clock: Clock,
    stripes: Stripes,
    pub(super) owner: Owner,
    pub(super) bounds: Bounds,
    pub(super) totals: Totals,
    /// Held by the thread that makes room.
    pub(super) makes_room: Mutex<()>,
    /// Where the next sweep begins; held by the thread that sweeps.
    pub(super) sweeps_from: Mutex<usize>,
}

impl Disk {
    pub(super) fn new(root: PathBuf, bounds: Bounds, clock: &Clock) -> Self {
        Self {
            owner: Owner::under(&root),
            root,
            clock: clock.clone(),
            stripes: Stripes::new(),
            bounds,
            totals: Totals::default(),
            makes_room: Mutex::default(),
            sweeps_from: Mutex::default(),
        }
    }

    /// The time of day in milliseconds: what all processes of a machine agree on.
    pub(super) fn now(&self) -> u64 {
        let since = self.clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn place(&self, key: &str) -> Place {
        Place::of(&self.root, key)
    }

    pub(super) fn shards(&self) -> Shards<'_> {
        Shards { root: &self.root, stripes: &self.stripes, totals: &self.totals }
    }

    /// The shard of the key, locked; it is made where it is missing.
    fn lock(&self, place: &Place, limit: &Limit) -> io::Result<Shard<'_>> {
        let shard = self.shards().lock(place.shard, Missing::Make, limit)?;
        Ok(shard.expect("it is made where it is missing"))
    }

    /// The shard of the key, locked, unless there is no such shard, and so no such key.
    fn lock_if_there(&self, place: &Place, limit: &Limit) -> io::Result<Option<Shard<'_>>> {
        self.shards().lock(place.shard, Missing::Leave, limit)
    }

    fn live(&self, place: &Place, key: &str) -> io::Result<Option<Entry>> {
        let now = self.now();
        Ok(entry::read(&place.entry(), key)?.filter(|entry| entry.times.are_live(now)))
    }

    fn live_times(&self, place: &Place, key: &str) -> io::Result<Option<Times>> {
        let Some(Peeked::Entry(head)) = entry::peek(&place.entry())? else { return Ok(None) };
        Ok((head.key == key && head.times.are_live(self.now())).then_some(head.times))
    }
}

/// Entries.
impl Disk {
    pub(super) fn get(&self, key: &str) -> io::Result<Option<Record>> {
        Ok(self.live(&self.place(key), key)?.map(|entry| Record { bytes: entry.value }))
    }

    pub(super) fn ttl(&self, key: &str) -> io::Result<Option<Ttl>> {
        Ok(self.live_times(&self.place(key), key)?.map(|times| times.ttl(self.now())))
    }

    pub(super) fn set(&self, key: &str, value: &[u8], life: Life, limit: &Limit) -> io::Result<()> {
        let place = self.place(key);
        let room = self.prepare(&place, key, value, limit);
        let mut shard = self.lock(&place, limit)?;
        shard.end_lease(&place.lease())?;
        self.put(&mut shard, &place, key, value, life, &room)
    }

    pub(super) fn add(&self, key: &str, value: &[u8], life: Life, limit: &Limit) -> io::Result<bool> {
        let place = self.place(key);
        let room = self.prepare(&place, key, value, limit);
        let mut shard = self.lock(&place, limit)?;
        if self.live(&place, key)?.is_some() {
            return Ok(false);
        }
        shard.end_lease(&place.lease())?;
        self.put(&mut shard, &place, key, value, life, &room).map(|()| true)
    }

    pub(super) fn touch(&self, key: &str, life: Life, limit: &Limit) -> io::Result<bool> {
        let place = self.place(key);
        let Some(mut shard) = self.lock_if_there(&place, limit)? else { return Ok(false) };
        let Some(entry) = self.live(&place, key)? else { return Ok(false) };
        shard.put(&place, key, &entry.value, Times::of(life, self.now())).map(|()| true)
    }

    pub(super) fn delete(&self, key: &str, limit: &Limit) -> io::Result<bool> {
        let place = self.place(key);
        let Some(mut shard) = self.lock_if_there(&place, limit)? else { return Ok(false) };
        shard.end_lease(&place.lease())?;
        let was_live = self.live_times(&place, key)?.is_some();
        Ok(shard.remove(&place.entry())? && was_live)
    }

    /// The sum, or why there is none.
    pub(super) fn incr(&self, key: &str, by: i64, limit: &Limit) -> io::Result<Result<i64, ErrorKind>> {
        let place = self.place(key);
        let Some(mut shard) = self.lock_if_there(&place, limit)? else { return Ok(Err(ErrorKind::NotFound)) };
        let Some(entry) = self.live(&place, key)? else { return Ok(Err(ErrorKind::NotFound)) };
        let Some(number) = integer_of(&entry.value) else { return Ok(Err(ErrorKind::NotANumber)) };
        let Some(sum) = number.checked_add(by) else { return Ok(Err(ErrorKind::Overflow)) };
        let text = itoa::Buffer::new().format(sum).to_owned();
        shard.put(&place, key, text.as_bytes(), entry.times.rewritten(self.now()))?;
        Ok(Ok(sum))
    }

    pub(super) fn stamp(&self, key: &str, offered: u64, life: Life, limit: &Limit) -> io::Result<u64> {
        let place = self.place(key);
        let value = offered.to_le_bytes();
        let room = self.prepare(&place, key, &value, limit);
        let mut shard = self.lock(&place, limit)?;
        let wanted = Times::of(life, self.now());
        if let Some(entry) = self.live(&place, key)?
            && let Ok(version) = <[u8; 8]>::try_from(&entry.value[..])
        {
            if entry.times.ends < wanted.ends {
                shard.put(&place, key, &version, wanted)?;
            }
            return Ok(u64::from_le_bytes(version));
        }
        self.put(&mut shard, &place, key, &value, life, &room).map(|()| offered)
    }

    /// Sees to it that the bounds hold when this entry has come.
    fn prepare(&self, place: &Place, key: &str, value: &[u8], limit: &Limit) -> io::Result<Room<'_>> {
        self.make_room_for(entry::size_of(key, value), &place.entry(), limit)
    }

    /// Puts the entry, or leaves nothing in its place: what was to be replaced must not come back.
    fn put(
        &self,
        shard: &mut Shard<'_>,
        place: &Place,
        key: &str,
        value: &[u8],
        life: Life,
        room: &io::Result<Room<'_>>,
    ) -> io::Result<()> {
        let put = match room {
            Ok(_) => shard.put(place, key, value, Times::of(life, self.now())),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        };
        if put.is_err() {
            shard.remove(&place.entry())?;
        }
        put
    }
}

/// Leases.
impl Disk {
    pub(super) fn acquire(
        &self,
        key: &str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&Bytes>,
        limit: &Limit,
    ) -> io::Result<Acquired> {
        let place = self.place(key);
        let owner = self.owner.id()?;
        let mut shard = self.lock(&place, limit)?;
        if claim != Claim::Take {
            let found = self.live(&place, key)?.filter(|entry| past != Some(&entry.value));
            if let Some(entry) = found {
                return Ok(Acquired::Found(Record { bytes: entry.value }));
            }
            let holder = self.live_holder(&place, key, owner)?.filter(|holder| *holder != token);
            if let Some(holder) = holder.filter(|holder| claim != Claim::TakeFrom(*holder)) {
                return Ok(Acquired::Held(holder));
            }
        }
        let times = Times::of(Life::For(life), self.now());
        shard.put_lease(&place, key, &Holder { token, owner }.to_bytes(), times)?;
        Ok(Acquired::Granted)
    }

    pub(super) fn fill(
        &self,
        key: &str,
        token: Token,
        value: &[u8],
        life: Life,
        limit: &Limit,
    ) -> io::Result<bool> {
        let place = self.place(key);
        let room = self.prepare(&place, key, value, limit);
        let Some(mut shard) = self.lock_if_there(&place, limit)? else { return Ok(false) };
        if !self.is_held_by(&place, key, token)? {
            return Ok(false);
        }
        shard.end_lease(&place.lease())?;
        self.put(&mut shard, &place, key, value, life, &room).map(|()| true)
    }

    pub(super) fn extend(&self, key: &str, token: Token, life: Duration, limit: &Limit) -> io::Result<bool> {
        let place = self.place(key);
        let Some(mut shard) = self.lock_if_there(&place, limit)? else { return Ok(false) };
        let Some(holder) = self.holder(&place, key)?.filter(|holder| holder.token == token) else {
            return Ok(false);
        };
        let times = Times::of(Life::For(life), self.now());
        shard.put_lease(&place, key, &holder.to_bytes(), times).map(|()| true)
    }

    pub(super) fn release(&self, key: &str, token: Token, limit: &Limit) -> io::Result<()> {
        let place = self.place(key);
        let Some(mut shard) = self.lock_if_there(&place, limit)? else { return Ok(()) };
        if self.is_held_by(&place, key, token)? { shard.end_lease(&place.lease()) } else { Ok(()) }
    }

    fn is_held_by(&self, place: &Place, key: &str, token: Token) -> io::Result<bool> {
        Ok(self.holder(place, key)?.is_some_and(|holder| holder.token == token))
    }

    /// The holder of a lease whose time is not over.
    fn holder(&self, place: &Place, key: &str) -> io::Result<Option<Holder>> {
        let now = self.now();
        let lease = entry::read(&place.lease(), key)?.filter(|lease| lease.times.are_live(now));
        Ok(lease.and_then(|lease| Holder::from_bytes(&lease.value)))
    }

    /// The token of a lease whose time is not over, and whose process lives.
    fn live_holder(&self, place: &Place, key: &str, ours: u64) -> io::Result<Option<Token>> {
        let Some(holder) = self.holder(place, key)? else { return Ok(None) };
        let is_live = holder.owner == ours || !self.owner.is_gone(holder.owner)?;
        Ok(is_live.then_some(holder.token))
    }
}

/// The integer whose plain form these bytes are: `+1`, `007` and `-0` must come back as they were.
fn integer_of(bytes: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    (itoa::Buffer::new().format(number).as_bytes() == bytes).then_some(number)
}
