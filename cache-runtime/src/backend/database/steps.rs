//! What operations do with their connection: which statement comes first, and what follows from the answer.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use super::driver::{Column, Row};
use super::failure::{Failure, Fault};
use super::line::Act;
use super::session::Session;
use super::statement::{Given, Statement, given};
use crate::backend::{Acquired, Claim, Token};
use crate::base::entry::{Life, Record};
use crate::base::error::ErrorKind;

/// How often a step is repeated that another has undone.
const ATTEMPTS: usize = 16;

/// What stands for ever; what is left of such a life is above half of it.
const FOR_EVER: i64 = i64::MAX / 2;

/// A life as the statements take it: milliseconds, to be added to now.
pub(super) fn millis_of(life: Life) -> i64 {
    let millis = life.millis().and_then(|millis| i64::try_from(millis).ok());
    millis.map_or(FOR_EVER, |millis| millis.min(FOR_EVER / 4))
}

/// Whether this much is left of what stands for ever.
pub(super) fn is_for_ever(left: i64) -> bool {
    left > FOR_EVER / 2
}

/// A key as the statements take it.
pub(super) fn bytes_of(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// A token as it stands in a row.
pub(super) fn token_of(token: Token) -> Bytes {
    Bytes::copy_from_slice(&token.0.to_be_bytes())
}

/// Sends a statement that may be sent twice; how many rows it has changed.
pub(super) struct Write {
    pub(super) statement: Statement,
    pub(super) stores: Vec<Bytes>,
}

impl Act for Write {
    type Answer = u64;

    fn stores(&self) -> &[Bytes] {
        &self.stores
    }

    async fn perform(&self, session: &mut Session) -> Result<u64, Failure> {
        session.write(&self.statement).await
    }
}

/// Sends a statement; the rows that it finds.
pub(super) struct Read {
    pub(super) statement: Statement,
    pub(super) columns: &'static [Column],
}

impl Act for Read {
    type Answer = Vec<Row>;

    async fn perform(&self, session: &mut Session) -> Result<Vec<Row>, Failure> {
        session.rows(&self.statement, self.columns).await
    }
}

/// Makes the table and its indexes; whether it was not there.
pub(super) struct Create;

impl Act for Create {
    type Answer = bool;

    async fn perform(&self, session: &mut Session) -> Result<bool, Failure> {
        session.create_table().await
    }
}

/// Stores a value unless there is a live entry; whether it did.
pub(super) struct Add {
    pub(super) keys: [Bytes; 1],
    pub(super) entry: Given,
}

impl Act for Add {
    type Answer = bool;

    const IS_REPEATABLE: bool = false;

    fn stores(&self) -> &[Bytes] {
        &self.keys
    }

    async fn perform(&self, session: &mut Session) -> Result<bool, Failure> {
        let texts = session.texts();
        let Some(revive) = &texts.revive else {
            return Ok(session.write(&texts.add.with(&self.entry)).await? > 0);
        };
        for _ in 0..ATTEMPTS {
            if session.write(&revive.with(&self.entry)).await? > 0 {
                return Ok(true);
            }
            match session.write(&texts.add.with(&self.entry)).await {
                // A live entry, or what has only just come and may be no more than a lease.
                Err(Failure::Fault(Fault::IsThere)) => {
                    let ttl = texts.ttl.with(&given! { key: self.keys[0].clone() });
                    if !session.rows(&ttl, &[Column::Number]).await?.is_empty() {
                        return Ok(false);
                    }
                }
                answer => return answer.map(|_| true),
            }
        }
        Err(Failure::Fault(Fault::Transient))
    }
}

/// Removes rows with their leases; how many live ones there were.
pub(super) struct Delete {
    pub(super) keys: Vec<Bytes>,
}

impl Act for Delete {
    type Answer = u64;

    async fn perform(&self, session: &mut Session) -> Result<u64, Failure> {
        let (texts, keys) = (session.texts(), &self.keys);
        let Some(live) = &texts.delete_live else {
            let delete = texts.delete.in_list(keys, &given! {});
            let rows = session.changed_rows(&delete, &[Column::Number]).await?;
            return Ok(rows.iter().flatten().filter(|was_live| was_live.number() == 1).count() as u64);
        };
        let removed = session.write(&live.in_list(keys, &given! {})).await?;
        if removed < keys.len() as u64 {
            // Leases, and what has expired.
            session.write(&texts.delete.in_list(keys, &given! {})).await?;
        }
        Ok(removed)
    }
}

/// Adds to a plain integer; the sum, or why there is none.
///
/// Optimistic: whoever is overtaken reads again. One of those who try has always come through.
pub(super) struct Incr {
    pub(super) key: Bytes,
    pub(super) by: i64,
}

impl Act for Incr {
    type Answer = Result<i64, ErrorKind>;

    const IS_REPEATABLE: bool = false;

    async fn perform(&self, session: &mut Session) -> Result<Self::Answer, Failure> {
        let texts = session.texts();
        let get = texts.get.with(&given! { key: self.key.clone() });
        loop {
            let rows = session.rows(&get, &[Column::Bytes]).await?;
            let Some(old) = rows.into_iter().flatten().next() else { return Ok(Err(ErrorKind::NotFound)) };
            let old = Bytes::from(old.bytes());
            let Some(number) = number_in(&old) else { return Ok(Err(ErrorKind::NotANumber)) };
            let Some(sum) = number.checked_add(self.by) else { return Ok(Err(ErrorKind::Overflow)) };
            let new = Bytes::from(sum.to_string());
            let replace = texts.replace.with(&given! { key: self.key.clone(), value: new, old: old });
            if session.write(&replace).await? > 0 {
                return Ok(Ok(sum));
            }
        }
    }
}

/// The integer that these bytes are: digits, and a sign before them if it is negative.
fn number_in(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// Makes or lengthens tag records; the version of each, in their order.
pub(super) struct Stamp {
    pub(super) rows: Vec<Given>,
    pub(super) records: Vec<(Bytes, u64)>,
}

impl Act for Stamp {
    type Answer = Vec<u64>;

    async fn perform(&self, session: &mut Session) -> Result<Vec<u64>, Failure> {
        const COLUMNS: [Column; 2] = [Column::Bytes, Column::Bytes];
        let texts = session.texts();
        let stamp = texts.stamp.for_each(&self.rows, &given! {});
        let found = match &texts.stamped {
            None => session.changed_rows(&stamp, &COLUMNS).await?,
            Some(stamped) => {
                session.write(&stamp).await?;
                let keys: Vec<Bytes> = self.records.iter().map(|(key, _)| key.clone()).collect();
                session.rows(&stamped.in_list(&keys, &given! {}), &COLUMNS).await?
            }
        };
        let versions = found.into_iter().map(version_in).collect::<Option<HashMap<_, _>>>();
        let versions = versions.ok_or(Failure::Unexpected)?;
        // A record that has gone meanwhile was invalidated: an entry with the offered version is a miss.
        let version = |(key, offered): &(Bytes, u64)| versions.get(&key[..]).copied().unwrap_or(*offered);
        Ok(self.records.iter().map(version).collect())
    }
}

/// The key and the version in a row of a tag record.
fn version_in(row: Row) -> Option<(Vec<u8>, u64)> {
    let [key, version] = <[_; 2]>::try_from(row).ok()?;
    Some((key.bytes(), u64::from_le_bytes(version.bytes().try_into().ok()?)))
}

/// Takes the lease of a key, or finds its value, or who has the lease.
pub(super) struct Acquire {
    pub(super) key: Bytes,
    pub(super) place: i64,
    pub(super) token: Token,
    pub(super) life: Duration,
    pub(super) claim: Claim,
    pub(super) past: Option<Bytes>,
}

impl Acquire {
    fn given(&self) -> Given {
        let (any, from) = match self.claim {
            Claim::IfAbsent => (0, Bytes::new()),
            Claim::Take => (1, Bytes::new()),
            Claim::TakeFrom(holder) => (0, token_of(holder)),
        };
        given! {
            key: self.key.clone(),
            place: self.place,
            token: token_of(self.token),
            life: millis_of(Life::For(self.life)),
            any: any,
            from: from,
            // No live value is empty.
            past: self.past.clone().unwrap_or_default(),
        }
    }
}

impl Act for Acquire {
    type Answer = Acquired;

    async fn perform(&self, session: &mut Session) -> Result<Acquired, Failure> {
        const COLUMNS: [Column; 3] = [Column::Number, Column::Bytes, Column::Bytes];
        let texts = session.texts();
        let given = self.given();
        for _ in 0..ATTEMPTS {
            if let Some(take) = &texts.take {
                session.write(&take.with(&given)).await?;
            }
            let rows = session.rows(&texts.look.with(&given), &COLUMNS).await?;
            let Some(row) = rows.into_iter().next() else { continue };
            let [is_ours, value, holder] = <[_; 3]>::try_from(row).map_err(|_| Failure::Unexpected)?;
            if is_ours.number() == 1 {
                return Ok(Acquired::Granted);
            }
            let (value, holder) = (value.bytes(), holder.bytes());
            if !value.is_empty() {
                return Ok(Acquired::Found(Record { bytes: value.into() }));
            }
            if let Ok(holder) = <[u8; 16]>::try_from(holder) {
                let holder = Token(u128::from_be_bytes(holder));
                // PostgreSQL looks at what was there before the lease could be taken: by now another has it.
                if self.claim != Claim::TakeFrom(holder) {
                    return Ok(Acquired::Held(holder));
                }
            }
            // What was in the way has gone between the two steps.
        }
        Err(Failure::Fault(Fault::Transient))
    }
}
