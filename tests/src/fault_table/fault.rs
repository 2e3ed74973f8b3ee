//! What happens to a store while callers ask it.

use std::time::Duration;

/// A fault, and with it how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `SIGKILL`, and a new start a moment later.
    Killed,
    /// `SIGSTOP`, and `SIGCONT` a moment later.
    Stopped,
    /// The port takes connections and never answers.
    Silent,
    /// The port refuses connections.
    Refusing,
    /// Every answer comes later than anybody waits for it.
    Slow,
    /// The port talks nonsense.
    Garbage,
    /// The server has no memory left, and may evict nothing.
    MemoryFull,
    /// The disk has no room left.
    DiskFull,
    /// The disk takes no writes.
    ReadOnly,
    /// The server that takes writes dies, and another takes over.
    Failover,
    /// The same, where invalidations wait for the replicas.
    FailoverAwaited,
    /// The clock of one of the two processes is an hour ahead.
    ClockOff,
}

impl Fault {
    /// What a server on a network may suffer, and lives through.
    pub(super) const OF_SERVERS: [Self; 7] = [
        Self::Killed,
        Self::Stopped,
        Self::Silent,
        Self::Refusing,
        Self::Slow,
        Self::Garbage,
        Self::ClockOff,
    ];

    /// What a folder on a disk may suffer.
    pub(super) const OF_DISKS: [Self; 2] = [Self::DiskFull, Self::ClockOff];

    /// How it is called in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Killed => "killed, and started again",
            Self::Stopped => "stopped, and continued",
            Self::Silent => "never answers",
            Self::Refusing => "refuses",
            Self::Slow => "answers too late",
            Self::Garbage => "answers garbage",
            Self::MemoryFull => "memory full",
            Self::DiskFull => "disk full",
            Self::ReadOnly => "disk read-only",
            Self::Failover => "failover",
            Self::FailoverAwaited => "failover, `wait_replicas`",
            Self::ClockOff => "a clock one hour off",
        }
    }

    /// How long one lasts: past every limit of a call, and past the failures that open a circuit.
    pub(super) const LASTS: Duration = Duration::from_millis(800);

    /// Whether another server takes over, so that nothing is healed.
    pub(super) const fn is_failover(self) -> bool {
        matches!(self, Self::Failover | Self::FailoverAwaited)
    }
}
