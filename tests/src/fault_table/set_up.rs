//! The set-ups: what may happen to each, and how old an answer may be meanwhile.

use std::time::Duration;

use super::disks::OnADisk;
use super::fault::Fault;
use super::shapes::{Clustered, Watched};
use super::victim::{Victim, database, memcached, redis, replicated, tiered};
use crate::SqlServer;

/// How long entries live where a failover may bring them back, and so how old answers may then be.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How long a tier serves what it keeps in front while it hears nothing.
const TRUST: Duration = Duration::from_millis(500);

/// The longest that a caller elsewhere is answered by a flight of its own process that began before an invalidation, and has
/// computed by then: what a call waits for its store at most.
const FLIGHT: Duration = Duration::from_millis(250);

/// What a busy machine adds to a bound that is not zero.
const LATE: Duration = Duration::from_millis(500);

/// Servers, or a disk, as users run them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// One Redis server.
    Redis,
    /// A leader, and a replica that is read; invalidations wait for it.
    RedisReplica,
    /// Six nodes.
    RedisCluster,
    /// A master with two replicas, behind three sentinels.
    RedisSentinel,
    /// One Memcached server.
    Memcached,
    /// Three of them, one of which fails.
    MemcachedThree,
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    Mariadb,
    /// Memory in front of one Redis server.
    Tiered,
    /// A file of SQLite.
    Sqlite,
    /// One entry a file.
    Files,
}

impl SetUp {
    /// All of them, those first that take longest.
    pub const ALL: [Self; 11] = [
        Self::Redis,
        Self::RedisReplica,
        Self::RedisCluster,
        Self::RedisSentinel,
        Self::Memcached,
        Self::MemcachedThree,
        Self::Postgres,
        Self::Mariadb,
        Self::Tiered,
        Self::Sqlite,
        Self::Files,
    ];

    /// How it is called in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redis => "Redis",
            Self::RedisReplica => "Redis, a replica is read",
            Self::RedisCluster => "Redis cluster of six",
            Self::RedisSentinel => "Redis behind sentinels",
            Self::Memcached => "Memcached",
            Self::MemcachedThree => "Memcached, one of three",
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
            Self::Tiered => "tiered over Redis",
            Self::Sqlite => "SQLite",
            Self::Files => "files",
        }
    }

    /// What may happen to it; what servers do not live through comes last.
    pub fn faults(self) -> Vec<Fault> {
        let more: &[Fault] = match self {
            Self::Postgres | Self::Mariadb => &[],
            Self::RedisCluster | Self::RedisSentinel => {
                &[Fault::MemoryFull, Fault::Failover, Fault::FailoverAwaited]
            }
            Self::Sqlite => return Fault::OF_DISKS.to_vec(),
            Self::Files => return [&[Fault::ReadOnly], &Fault::OF_DISKS[..]].concat(),
            _ => &[Fault::MemoryFull],
        };
        [&Fault::OF_SERVERS[..], more].concat()
    }

    /// How old an answer may be: in the process that invalidates, and in others.
    pub(super) fn bounds(self, fault: Fault) -> [Duration; 2] {
        if self.may_fail_over(fault) && fault != Fault::FailoverAwaited {
            return [TIMEOUT + LATE; 2];
        }
        match self {
            Self::Tiered => [Duration::ZERO, TRUST + LATE],
            _ => [Duration::ZERO, FLIGHT + LATE],
        }
    }

    /// Whether another server takes over: a master that sentinels cannot reach is replaced after a second.
    fn may_fail_over(self, fault: Fault) -> bool {
        fault.is_failover() || self == Self::RedisSentinel && fault != Fault::ClockOff
    }

    /// Whether what this fault leaves is no longer what the next one is to find.
    pub(super) fn ends_by(self, fault: Fault) -> bool {
        self.may_fail_over(fault) && fault != Fault::MemoryFull
    }

    /// Starts it; `None` where this machine does not let it be harmed.
    pub(super) fn start(self, fault: Fault) -> Option<Box<dyn Victim>> {
        Some(match self {
            Self::Redis => Box::new(redis()),
            Self::RedisReplica => Box::new(replicated()),
            Self::RedisCluster => Box::new(match fault {
                Fault::Failover => Clustered::failing("?timeout=2"),
                Fault::FailoverAwaited => Clustered::failing("?wait_replicas=1"),
                _ => Clustered::steady(),
            }),
            Self::RedisSentinel => Box::new(Watched::start(match fault {
                Fault::FailoverAwaited => "?wait_replicas=2",
                _ => "?timeout=2",
            })),
            Self::Memcached => Box::new(memcached(1)),
            Self::MemcachedThree => Box::new(memcached(3)),
            Self::Postgres => Box::new(database(SqlServer::postgres())),
            Self::Mariadb => Box::new(database(SqlServer::mariadb())),
            Self::Tiered => Box::new(tiered("trust_for=500ms&poll_every=50ms")),
            Self::Sqlite => Box::new(OnADisk::sqlite()?),
            Self::Files => Box::new(OnADisk::files()?),
        })
    }

    /// Whether a fault before this one leaves what it needs.
    pub(super) fn begins_anew_for(fault: Fault) -> bool {
        fault.is_failover()
    }
}
