//! The operations of a backend as Redis commands.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::{Cmd, Pipeline, Value};

use super::answers::{acquired, first_error, number_in, version_of};
use super::channel;
use super::connect::{Ask, Connector};
use super::failure::Failure;
use super::names::{LEASES, beginning_with, is_lease, is_lease_under, lease_of};
use super::scripts::{self, Invocation, Lua};
use super::walk::{Found, Walk};
use crate::backend::line::{Connector as _, Lines, Request};
use crate::backend::{Acquired, Backend, Capability, Channel, Claim, Operation, Token, is_tag_record};
use crate::base::entry::{Life, Record, Ttl};
use crate::base::error::{Error, ErrorKind, Result};

/// How many keys one request names at most; `set_many` also sends about a mebibyte at a time.
///
/// Few enough for their values to come within the limit of one answer.
pub const BATCH: usize = 250;

/// The longest value that a server takes unless it is told otherwise.
const LONGEST: usize = 512 * 1024 * 1024;

/// A store in a Redis server.
pub(super) struct Store {
    lines: Arc<Lines<Connector>>,
    pub(super) place: String,
}

impl Store {
    pub(super) fn new(connector: Connector, place: String) -> Self {
        Self { lines: Lines::new(connector), place }
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.lines.connector
    }

    async fn ask(&self, operation: &'static str, ask: Ask, is_repeatable: bool) -> Result<Value> {
        self.answered(operation, self.lines.ask(Request { ask, is_repeatable }).await)
    }

    /// What was asked for, unless the answer says what failed.
    fn answered(&self, operation: &'static str, answer: Result<Value, Failure>) -> Result<Value> {
        match answer {
            Ok(Value::ServerError(error)) => Err(self.failed(operation, &Failure::Client(error.into()))),
            Ok(Value::Array(answers)) => match first_error(&answers) {
                Some(failure) => Err(self.failed(operation, &failure)),
                None => Ok(Value::Array(answers)),
            },
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.failed(operation, &failure)),
        }
    }

    pub(super) async fn command(&self, operation: &'static str, command: Cmd) -> Result<Value> {
        self.ask(operation, Ask::Command(command), true).await
    }

    async fn commands(&self, operation: &'static str, commands: Pipeline) -> Result<Vec<Value>> {
        match self.ask(operation, Ask::Commands(commands), true).await? {
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
        let is_repeatable = !matches!(operation, "add" | "incr");
        let invocation = Invocation { lua, keys, arguments };
        self.ask(operation, Ask::Script(invocation), is_repeatable).await
    }

    #[cold]
    pub(super) fn failed(&self, operation: &'static str, failure: &Failure) -> Error {
        failure.during(operation, &self.place, self.lines.connector.limit())
    }

    #[cold]
    pub(super) fn unexpected(&self, operation: &'static str) -> Error {
        let text = format!("{}: the answer is not what a Redis server says", self.place);
        Error::new(ErrorKind::Unavailable, operation).context(text)
    }

    fn record(&self, operation: &'static str, answer: Value) -> Result<Option<Record>> {
        match answer {
            Value::Nil => Ok(None),
            Value::BulkString(bytes) => Ok(Some(Record { bytes: bytes.into() })),
            _ => Err(self.unexpected(operation)),
        }
    }

    fn number(&self, operation: &'static str, answer: &Value) -> Result<i64> {
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
        Capability { bounded: true, limit: self.lines.connector.limit(), ..Capability::SHARED }
    }

    fn channel(&self) -> Option<&dyn Channel> {
        channel::is_there(self.connector()).then_some(self)
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move { self.record("get", self.answered("get", self.lines.get(key).await)?) })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move {
            let mut records = Vec::with_capacity(keys.len());
            for batch in keys.chunks(BATCH) {
                let mut mget = redis::cmd("MGET");
                mget.arg(batch);
                match self.command("get_many", mget).await? {
                    Value::Array(answers) if answers.len() == batch.len() => {
                        for answer in answers {
                            records.push(self.record("get_many", answer)?);
                        }
                    }
                    _ => return Err(self.unexpected("get_many")),
                }
            }
            Ok(records)
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            check_length("set", &value)?;
            let mut commands = Pipeline::with_capacity(2);
            commands.cmd("DEL").arg(lease_of(key));
            add_set(&mut commands, key, &value, life);
            self.commands("set", commands).await.map(drop)
        })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            for (_, value) in entries {
                check_length("set_many", value)?;
            }
            let mut rest = entries;
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(batch_of(rest));
                let mut commands = Pipeline::with_capacity(batch.len() + 1);
                commands.cmd("DEL").arg(batch.iter().map(|(key, _)| lease_of(key)).collect::<Vec<_>>());
                for (key, value) in batch {
                    add_set(&mut commands, key, value, life);
                }
                self.commands("set_many", commands).await?;
                rest = later;
            }
            Ok(())
        })
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
            let answer = self.command("touch", expire).await?;
            Ok(self.number("touch", &answer)? == 1)
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(async move {
            let mut pttl = redis::cmd("PTTL");
            pttl.arg(key);
            let answer = self.command("ttl", pttl).await?;
            Ok(match self.number("ttl", &answer)? {
                -1 => Some(Ttl::Never),
                left => u64::try_from(left).ok().map(|left| Ttl::After(Duration::from_millis(left))),
            })
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.remove("delete", &[key]).await? == 1) })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        Box::pin(async move {
            let mut removed = 0;
            for batch in keys.chunks(BATCH) {
                let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
                removed += self.remove("delete_many", &batch).await?;
            }
            Ok(removed)
        })
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move {
            let arguments = vec![by.to_string().into_bytes()];
            let invocation = Invocation { lua: &scripts::INCR, keys: vec![key.to_owned()], arguments };
            let request = Request { ask: Ask::Script(invocation), is_repeatable: false };
            match self.lines.ask(request).await {
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
        Box::pin(async move {
            if records.is_empty() {
                return Ok(Vec::new());
            }
            let keys = records.iter().map(|(key, _)| key.clone()).collect();
            let offered = records.iter().map(|(_, version)| version.to_le_bytes().to_vec());
            let arguments = std::iter::once(millis_of(life)).chain(offered).collect();
            let answer = self.script("stamp", &scripts::STAMP, keys, arguments).await?;
            let Value::Array(versions) = answer else { return Err(self.unexpected("stamp")) };
            let versions: Option<Vec<u64>> = versions.iter().map(version_of).collect();
            versions
                .filter(|versions| versions.len() == records.len())
                .ok_or_else(|| self.unexpected("stamp"))
        })
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
            self.lines.close();
            Ok(())
        })
    }
}

impl Store {
    /// Takes the end of its life from an entry; whether there is one.
    async fn persist(&self, key: &str) -> Result<bool> {
        let mut commands = Pipeline::with_capacity(2);
        commands.cmd("PERSIST").arg(key).cmd("EXISTS").arg(key);
        match &self.commands("touch", commands).await?[..] {
            [_, exists] => Ok(self.number("touch", exists)? == 1),
            _ => Err(self.unexpected("touch")),
        }
    }

    /// Removes leases and then values, in one write; how many values there were.
    ///
    /// Plain commands, which a server at `maxmemory` still takes.
    async fn remove(&self, operation: &'static str, keys: &[&str]) -> Result<u64> {
        let mut commands = Pipeline::with_capacity(2);
        commands.cmd("DEL").arg(keys.iter().map(|key| lease_of(key)).collect::<Vec<_>>());
        commands.cmd("DEL").arg(keys);
        match &self.commands(operation, commands).await?[..] {
            [_, removed] => Ok(u64::try_from(self.number(operation, removed)?).unwrap_or_default()),
            _ => Err(self.unexpected(operation)),
        }
    }

    fn not_incremented(&self, key: &str, error: &redis::ServerError) -> Error {
        let detail = error.details().unwrap_or_default();
        let kind = if detail.contains("would overflow") {
            ErrorKind::Overflow
        } else if detail.contains("not an integer") || error.code() == "WRONGTYPE" {
            ErrorKind::NotANumber
        } else {
            return self.failed("incr", &Failure::Client(error.clone().into()));
        };
        Error::new(kind, "incr").context(format!("`{key}`"))
    }
}

/// Refuses what no server takes before it is sent: the server would end the connection of all callers.
fn check_length(operation: &'static str, value: &[u8]) -> Result<()> {
    if value.len() > LONGEST {
        let text = format!("the value has {} bytes, and a server takes {LONGEST}", value.len());
        return Err(Error::new(ErrorKind::TooLarge, operation).context(text));
    }
    Ok(())
}

fn add_set(commands: &mut Pipeline, key: &str, value: &[u8], life: Life) {
    let set = commands.cmd("SET").arg(key).arg(value);
    if let Some(millis) = life.millis() {
        set.arg("PX").arg(millis);
    }
}

/// How many of these entries go into one request: as many as it names, and about a mebibyte.
fn batch_of(entries: &[(String, Bytes)]) -> usize {
    let mut bytes = 0;
    let fits = entries.iter().take(BATCH).take_while(|(key, value)| {
        let is_first = bytes == 0;
        bytes += key.len() + value.len();
        is_first || bytes <= 1 << 20
    });
    fits.count()
}

fn with_lease(key: &str) -> Vec<String> {
    vec![key.to_owned(), lease_of(key)]
}

/// A life as the scripts take it: milliseconds, or nothing for ever.
fn millis_of(life: Life) -> Vec<u8> {
    life.millis().map(|millis| millis.to_string().into_bytes()).unwrap_or_default()
}

fn bytes_of(token: Token) -> Vec<u8> {
    token.to_string().into_bytes()
}
