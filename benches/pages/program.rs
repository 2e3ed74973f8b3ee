//! A server as a process of its own: started, awaited, and ended with all that it has started.

use std::io::{BufRead, BufReader, Error, Result};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take until it takes connections, and until it ends when it is told to.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(20);

/// A running program.
pub(crate) struct Program {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Program {
    /// Starts what prints its URL as its first line.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().expect("the output is piped");
        let read = BufReader::new(output).read_line(&mut line);
        let address = line.trim().trim_start_matches("http://").to_owned();
        let program = Self { child, address };
        if read? == 0 { Err(Error::other("it ended at once")) } else { Ok(program) }
    }

    /// Starts what takes connections at `address` after a while.
    pub(crate) fn start_at(command: &mut Command, address: String) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut program = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(&program.address).is_err() {
            if let Some(status) = program.child.try_wait()? {
                return Err(Error::other(format!("it ended at once: {status}")));
            }
            if begun.elapsed() > PATIENCE {
                return Err(Error::other(format!("it took no connection within {PATIENCE:?}")));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(program)
    }

    /// The CPU time of the process and those it has started, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let hundredths: u64 = self.family().into_iter().filter_map(cpu_hundredths).sum();
        #[expect(clippy::cast_precision_loss, reason = "minutes")]
        let seconds = hundredths as f64 / 100.0;
        seconds
    }

    /// The process and its children.
    fn family(&self) -> Vec<u32> {
        let own = self.child.id();
        let text = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        text.split_whitespace().filter_map(|id| id.parse().ok()).chain([own]).collect()
    }
}

/// Told to end first: a master that is killed leaves its workers behind.
impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < PATIENCE {
            std::thread::sleep(PAUSE);
        }
        // An error says that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// User and system time of all threads of a process, those that have ended included; the clock of `/proc` has 100 ticks
/// in a second on every Linux that Rust runs on.
fn cpu_hundredths(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before the last parenthesis may hold spaces.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

/// An address that nobody listens at.
pub(crate) fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Whether a program can be started.
pub(crate) fn is_there(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", program]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}
