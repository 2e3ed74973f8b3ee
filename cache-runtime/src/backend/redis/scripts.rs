//! What the server does in one step: the scripts, in Lua.

use std::sync::LazyLock;

use redis::{Cmd, Script};

/// A script, and its digest, by which a server that has seen it knows it.
pub(super) struct Lua {
    text: &'static str,
    script: LazyLock<Script>,
}

/// A call of a script: its keys and its arguments.
#[derive(Clone)]
pub(super) struct Invocation {
    pub(super) lua: &'static Lua,
    pub(super) keys: Vec<String>,
    pub(super) arguments: Vec<Vec<u8>>,
}

impl Invocation {
    /// The call by digest, which fails with `NOSCRIPT` on a server that has not seen the script.
    pub(super) fn by_digest(&self) -> Cmd {
        self.command("EVALSHA", self.lua.script.get_hash())
    }

    /// The call by text, after which the server knows the script.
    pub(super) fn by_text(&self) -> Cmd {
        self.command("EVAL", self.lua.text)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len()).arg(&self.keys);
        for argument in &self.arguments {
            command.arg(&argument[..]);
        }
        command
    }
}

macro_rules! lua {
    ($text:expr) => {
        Lua { text: $text, script: LazyLock::new(|| Script::new($text)) }
    };
    // The same for a script that reads with `text`.
    (text: $text:literal) => {
        lua!(concat!(
            // What `GET` says, and an empty text for what is none: another program's list, say.
            r"
local function text(key)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'table' then return value end
  if string.find(value.err, 'WRONGTYPE', 1, true) then return '' end
  return redis.call('GET', key) -- fails as it has before
end
",
            $text
        ))
    };
}

/// Keys: value, lease. Arguments: value, life in milliseconds or an empty text.
pub(super) static ADD: Lua = lua!(
    r"
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
redis.call('DEL', KEYS[2])
return 1
"
);

/// Key: value. Argument: what to add. The sum comes back as text: Lua's numbers are exact to 53 bits only.
pub(super) static INCR: Lua = lua!(
    r"
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local answer = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(answer) == 'table' and answer.err then return answer end
return redis.call('GET', KEYS[1])
"
);

/// Keys: records. Arguments: life in milliseconds or an empty text, then the offered versions.
pub(super) static STAMP: Lua = lua!(
    text: r"
local life, versions = ARGV[1], {}
for index, key in ipairs(KEYS) do
  local version = text(key)
  if version and #version == 8 then
    local left = redis.call('PTTL', key)
    if left >= 0 and life == '' then redis.call('PERSIST', key)
    elseif left >= 0 and left < tonumber(life) then redis.call('PEXPIRE', key, life) end
  else
    version = ARGV[index + 1]
    if life == '' then redis.call('SET', key, version)
    else redis.call('SET', key, version, 'PX', life) end
  end
  versions[index] = version
end
return versions
"
);

/// Keys: value, lease. Arguments: our token, life in milliseconds, then `any` (take the lease from
/// whoever holds it), or `none`, or the token from which it may be taken; then, if given, a value that
/// counts as absent.
///
/// The answer is one of `{'found', value}`, `{'held', token}`, `{'granted'}`.
pub(super) static ACQUIRE: Lua = lua!(
    text: r"
if ARGV[3] ~= 'any' then
  local value = text(KEYS[1])
  if value and value ~= ARGV[4] then return {'found', value} end
  local holder = text(KEYS[2])
  if holder and holder ~= ARGV[3] then return {'held', holder} end
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'granted'}
"
);

/// Keys: value, lease. Arguments: our token, value, life in milliseconds or an empty text.
///
/// The value is set before the lease is removed: after a first write a script is no longer held to
/// `maxmemory`. Where the server refuses the value the lease ends all the same, and an older value goes.
pub(super) static FILL: Lua = lua!(
    text: r"
if text(KEYS[2]) ~= ARGV[1] then return 0 end
local answer
if ARGV[3] == '' then answer = redis.pcall('SET', KEYS[1], ARGV[2])
else answer = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
redis.call('DEL', KEYS[2])
if answer.err then
  redis.call('DEL', KEYS[1])
  return answer
end
return 1
"
);

/// Key: lease. Arguments: our token, life in milliseconds.
pub(super) static EXTEND: Lua = lua!(
    text: r"
if text(KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"
);

/// Key: lease. Argument: our token.
pub(super) static RELEASE: Lua = lua!(
    text: r"
if text(KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"
);
