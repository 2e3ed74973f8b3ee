//! The operations of a backend as Redis commands.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::{Cmd, Pipeline, Value};

use super::answers::{acquired, number_in};
use super::failure::{Failure, first_error, is_of_another_type};
use super::front::Kept;
use super::many::add_set;
use super::names::{LEASES, beginning_with, is_lease, is_lease_under, lease_of};
use super::recent::Recent;
use super::request::{Ask, Request, Whom};
use super::route::Route;
use super::scripts::{self, Invocation, Lua};
use super::walk::{Found, Walk};
use crate::backend::{
    Acquired, Backend, Capability, Channel, Claim, Front, Operation, Space, Token, is_tag_record,
};
use crate::base::clock::Moment;
use crate::base::entry::{Life, Record, Shared, Ttl};
use crate::base::error::{Error, ErrorKind, Result};

/// The longest value that a server takes unless it is told otherwise.
const LONGEST: usize = 512 * 1024 * 1024;

/// A store in a Redis server, or in many.
pub(super) struct Store {
    pub(super) route: Route,
    /// What was written lately, where replicas are read from.
    pub(super) recent: Option<Recent>,
    /// What this process keeps.
    pub(super) kept: Option<Arc<Kept>>,
    pub(super) place: String,
}

impl Store {
    pub(super) fn new(route: Route, recent: Option<Recent>, kept: Option<Arc<Kept>>, place: String) -> Self {
        Self { route, recent, kept, place }
    }

    /// The answer to a lookup, perhaps a replica's.
    async fn read(&self, operation: &'static str, key: &str, command: Cmd) -> Result<Value> {
        let request = Request::new(self.reading(key), Ask::Command(command));
        self.answer(operation, self.route.ask(key, &request).await)
    }

    /// Whom a lookup of the key may ask.
    pub(super) fn reading(&self, key: &str) -> Whom {
        match &self.recent {
            Some(recent) if !recent.holds(key) => Whom::Any,
            _ => Whom::Leader,
        }
    }

    /// The answer to what changes something.
    async fn write(&self, key: &str, request: &Request) -> std::result::Result<Value, Failure> {
        self.note(key);
        let answer = self.route.ask(key, request).await;
        // Once more, so that the window begins where the write ends.
        self.note(key);
        answer
    }

    /// Notes that a key is written: its lookups ask the leader, and nothing older is kept.
    pub(super) fn note(&self, key: &str) {
        if let Some(recent) = &self.recent {
            recent.note(key);
        }
        if let Some(kept) = &self.kept {
            kept.forget(key);
        }
    }

    /// Notes that any key may be written.
    pub(super) fn note_all(&self) {
        if let Some(recent) = &self.recent {
            recent.note_all();
        }
        if let Some(kept) = &self.kept {
            kept.flush();
        }
    }

    /// The answer, or the error it is or holds.
    pub(super) fn answer(
        &self,
        operation: &'static str,
        answer: std::result::Result<Value, Failure>,
    ) -> Result<Value> {
        match answer {
            Ok(answer @ (Value::ServerError(_) | Value::Array(_))) => match first_error(&answer) {
                Some(failure) => Err(self.failed(operation, &failure)),
                None => Ok(answer),
            },
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.failed(operation, &failure)),
        }
    }

    async fn command(&self, operation: &'static str, key: &str, command: Cmd) -> Result<Value> {
        let request = Request::new(Whom::Leader, Ask::Command(command));
        self.answer(operation, self.write(key, &request).await)
    }

    async fn commands(&self, operation: &'static str, key: &str, commands: Pipeline) -> Result<Vec<Value>> {
        let request = Request::new(Whom::Leader, Ask::Commands(commands));
        match self.answer(operation, self.write(key, &request).await)? {
            Value::Array(answers) => Ok(answers),
            _ => Err(self.unexpected(operation)),
        }
    }

    async fn script(
        &self,
        operation: &'static str,
        lua: &'static Lua,
        keys: Vec<String>,
        arguments: Vec<Vec<u8>>,
    ) -> Result<Value> {
        let key = keys.first().cloned().unwrap_or_default();
        let ask = Ask::Script(Invocation { lua, keys, arguments });
        let whom = Whom::Leader;
        let request = if operation == "add" { Request::once(whom, ask) } else { Request::new(whom, ask) };
        self.answer(operation, self.write(&key, &request).await)
    }

    #[cold]
    pub(super) fn failed(&self, operation: &'static str, failure: &Failure) -> Error {
        failure.during(operation, &self.place, self.route.limit())
    }

    #[cold]
    pub(super) fn unexpected(&self, operation: &'static str) -> Error {
        let text = format!("{}: the answer is not what a Redis server says", self.place);
        Error::new(ErrorKind::Unavailable, operation).context(text)
    }

    pub(super) fn record(&self, operation: &'static str, answer: Value) -> Result<Option<Record>> {
        match answer {
            Value::Nil => Ok(None),
            Value::BulkString(bytes) => Ok(Some(Record { bytes: bytes.into() })),
            // Garbage, as other text that is no entry is: a fill replaces it.
            answer if is_of_another_type(&answer) => Ok(Some(Record { bytes: Bytes::new() })),
            _ => Err(self.unexpected(operation)),
        }
    }

    pub(super) fn number(&self, operation: &'static str, answer: &Value) -> Result<i64> {
        match answer {
            Value::Int(number) => Ok(*number),
            _ => Err(self.unexpected(operation)),
        }
    }
}

impl Backend for Store {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn capability(&self) -> Capability {
        Capability { bounded: true, limit: self.route.limit(), ..Capability::SHARED }
    }

    fn front(&self) -> Option<&dyn Front> {
        self.kept.is_some().then_some(self)
    }

    fn glance(&self, space: Space, key: &[u8], now: Moment) -> Option<Arc<dyn Shared>> {
        self.kept.as_ref()?.memory().glance(space, key, now)
    }

    fn channel(&self) -> Option<&dyn Channel> {
        self.route.speaker().is_some().then_some(self)
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move {
            let answer = self.route.get(self.reading(key), key).await;
            self.record("get", self.answer("get", answer)?)
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(self.find_all(keys))
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            check_length("set", &value)?;
            let mut commands = Pipeline::with_capacity(2);
            commands.cmd("DEL").arg(lease_of(key));
            add_set(&mut commands, key, &value, life);
            self.commands("set", key, commands).await.map(drop)
        })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(self.store_all(entries, life))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            check_length("add", &value)?;
            let arguments = vec![value.to_vec(), millis_of(life)];
            let answer = self.script("add", &scripts::ADD, with_lease(key), arguments).await?;
            Ok(self.number("add", &answer)? == 1)
        })
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let Some(millis) = life.millis() else { return self.persist(key).await };
            let mut expire = redis::cmd("PEXPIRE");
            expire.arg(key).arg(millis);
            let answer = self.command("touch", key, expire).await?;
            Ok(self.number("touch", &answer)? == 1)
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(async move {
            let mut pttl = redis::cmd("PTTL");
            pttl.arg(key);
            let answer = self.read("ttl", key, pttl).await?;
            self.ttl_in("ttl", &answer)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.remove("delete", &[key]).await? == 1) })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        Box::pin(self.remove_all(keys))
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move {
            let arguments = vec![by.to_string().into_bytes()];
            let invocation = Invocation { lua: &scripts::INCR, keys: vec![key.to_owned()], arguments };
            let request = Request::once(Whom::Leader, Ask::Script(invocation));
            match self.write(key, &request).await {
                Ok(Value::Nil) => Err(Error::new(ErrorKind::NotFound, "incr").context(format!("`{key}`"))),
                Ok(Value::BulkString(sum)) => number_in(&sum).ok_or_else(|| self.unexpected("incr")),
                Ok(Value::ServerError(error)) => Err(self.not_incremented(key, &error)),
                Ok(_) => Err(self.unexpected("incr")),
                Err(failure) => Err(self.failed("incr", &failure)),
            }
        })
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        Box::pin(async move {
            // Leases first: a computation that began before cannot fill behind the second walk.
            let admits = |name: &str| is_lease_under(name, prefix);
            self.walk("clear", LEASES, &mut Walk { admits: &admits, found: Found::Removed }).await?;
            let admits = |name: &str| name.starts_with(prefix) && !is_lease(name);
            let mut walk = Walk { admits: &admits, found: Found::Removed };
            self.walk("clear", &beginning_with(prefix), &mut walk).await
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        Box::pin(async move {
            let admits = |name: &str| name.starts_with(prefix) && !is_lease(name) && !is_tag_record(name);
            // A set: a walk may see a key twice.
            let mut walk = Walk { admits: &admits, found: Found::Listed(HashSet::new()) };
            self.walk("keys", &beginning_with(prefix), &mut walk).await?;
            let Found::Listed(names) = walk.found else { unreachable!("the walk was for a list") };
            Ok(names.into_iter().collect())
        })
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(self.stamp_all(records, life))
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        Box::pin(async move {
            let from = match claim {
                Claim::IfAbsent => "none".to_owned(),
                Claim::Take => "any".to_owned(),
                Claim::TakeFrom(holder) => holder.to_string(),
            };
            let mut arguments = vec![bytes_of(token), millis_of(Life::For(life)), from.into_bytes()];
            arguments.extend(past.map(|past| past.to_vec()));
            let answer = self.script("acquire", &scripts::ACQUIRE, with_lease(key), arguments).await?;
            // Our own token is there if the connection ended before the first answer came.
            Ok(match acquired(answer).ok_or_else(|| self.unexpected("acquire"))? {
                Acquired::Held(holder) if holder == token => Acquired::Granted,
                acquired => acquired,
            })
        })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            check_length("fill", &value)?;
            let arguments = vec![bytes_of(token), value.to_vec(), millis_of(life)];
            let answer = self.script("fill", &scripts::FILL, with_lease(key), arguments).await?;
            Ok(self.number("fill", &answer)? == 1)
        })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        Box::pin(async move {
            let arguments = vec![bytes_of(token), millis_of(Life::For(life))];
            let answer = self.script("extend", &scripts::EXTEND, vec![lease_of(key)], arguments).await?;
            Ok(self.number("extend", &answer)? == 1)
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        Box::pin(async move {
            let arguments = vec![bytes_of(token)];
            self.script("release", &scripts::RELEASE, vec![lease_of(key)], arguments).await.map(drop)
        })
    }

    fn close(&self) -> Operation<'_, ()> {
        Box::pin(async move {
            if let Some(kept) = &self.kept {
                kept.close();
            }
            self.route.close();
            Ok(())
        })
    }
}

impl Store {
    pub(super) fn ttl_in(&self, operation: &'static str, answer: &Value) -> Result<Option<Ttl>> {
        Ok(match self.number(operation, answer)? {
            -1 => Some(Ttl::Never),
            left => u64::try_from(left).ok().map(|left| Ttl::After(Duration::from_millis(left))),
        })
    }

    /// Takes the end of its life from an entry; whether there is one.
    async fn persist(&self, key: &str) -> Result<bool> {
        let mut commands = Pipeline::with_capacity(2);
        commands.cmd("PERSIST").arg(key).cmd("EXISTS").arg(key);
        match &self.commands("touch", key, commands).await?[..] {
            [_, exists] => Ok(self.number("touch", exists)? == 1),
            _ => Err(self.unexpected("touch")),
        }
    }

    fn not_incremented(&self, key: &str, error: &redis::ServerError) -> Error {
        let detail = error.details().unwrap_or_default();
        let kind = if detail.contains("would overflow") {
            ErrorKind::Overflow
        } else if detail.contains("not an integer") || error.code() == "WRONGTYPE" {
            ErrorKind::NotANumber
        } else {
            return self.failed("incr", &error.clone().into());
        };
        Error::new(kind, "incr").context(format!("`{key}`"))
    }
}

/// Refuses what no server takes before it is sent: the server would end the connection of all callers.
pub(super) fn check_length(operation: &'static str, value: &[u8]) -> Result<()> {
    if value.len() > LONGEST {
        let text = format!("the value has {} bytes, and a server takes {LONGEST}", value.len());
        return Err(Error::new(ErrorKind::TooLarge, operation).context(text));
    }
    Ok(())
}

fn with_lease(key: &str) -> Vec<String> {
    vec![key.to_owned(), lease_of(key)]
}

/// A life as the scripts take it: milliseconds, or nothing for ever.
pub(super) fn millis_of(life: Life) -> Vec<u8> {
    life.millis().map(|millis| millis.to_string().into_bytes()).unwrap_or_default()
}

fn bytes_of(token: Token) -> Vec<u8> {
    token.to_string().into_bytes()
}
