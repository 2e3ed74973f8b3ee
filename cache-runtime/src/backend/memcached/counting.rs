//! `incr`: the server's own where it counts as we do, else a comparison and a change.

use super::item::Contents;
use super::node::Node;
use super::store::CONTENTION_LIMIT;
use super::wire::Reply;
use crate::base::clock::Stopwatch;
use crate::base::error::{Error, ErrorKind, Result};

/// What a number and an increment must stay below for the server to add them: it knows no sign and wraps
/// at 64 bits, and between our look and its sum others may have added as much.
const MOST: i64 = 1 << 60;

/// A number that the server can add to.
struct Countable {
    by: u64,
}

impl Node {
    pub(super) async fn incr(&self, key: &str, by: i64) -> Result<i64> {
        let watch = Stopwatch::start();
        while watch.elapsed() < CONTENTION_LIMIT {
            let found = self.whole("incr", key).await?;
            let contents = found.as_ref().map(|item| item.contents(self.now())).unwrap_or_default();
            if let Some(countable) = countable(&contents, by) {
                match self.count_up(key, countable).await? {
                    Some(sum) => return Ok(sum),
                    None => continue,
                }
            }
            let (sum, changed) =
                added(&contents, by).map_err(|kind| Error::new(kind, "incr").context(format!("`{key}`")))?;
            if self.replace("incr", key, found.as_ref(), changed).await? {
                return Ok(sum);
            }
        }
        Err(self.contended("incr"))
    }

    /// The sum, as the server adds; `None` if another item is there by now.
    async fn count_up(&self, key: &str, Countable { by }: Countable) -> Result<Option<i64>> {
        let [reply] = self.ask_for("incr", key, |commands, name| commands.count_up(name, by)).await?;
        match reply {
            Reply::Item(item) => number_in(&item.data).map(Some).ok_or_else(|| self.unexpected("incr")),
            Reply::NotFound | Reply::NotANumber => Ok(None),
            reply => Err(self.refused("incr", &reply)),
        }
    }
}

/// Whether the server adds as we do: both are positive and not huge, the number stands there as it is
/// written (the server pads one that becomes shorter), and no lease stands before it.
fn countable(contents: &Contents, by: i64) -> Option<Countable> {
    let (value, _) = contents.value.as_ref().filter(|_| contents.lease.is_none())?;
    let number = number_in(value).filter(|number| (0..MOST).contains(number))?;
    let is_plain = number.to_string().as_bytes() == value.as_ref();
    let by = u64::try_from(by).ok().filter(|_| by < MOST && is_plain)?;
    Some(Countable { by })
}

/// The sum, and what holds it for as long as before.
fn added(contents: &Contents, by: i64) -> Result<(i64, Contents), ErrorKind> {
    let (value, life) = contents.value.as_ref().ok_or(ErrorKind::NotFound)?;
    let number = number_in(value).ok_or(ErrorKind::NotANumber)?;
    let sum = number.checked_add(by).ok_or(ErrorKind::Overflow)?;
    let value = Some((sum.to_string().into(), *life));
    Ok((sum, Contents { value, lease: contents.lease }))
}

fn number_in(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
