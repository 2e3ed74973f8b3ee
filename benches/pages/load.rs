//! Loads a server with `wrk`, and says what it said.

use std::process::Command;

use cache_benches::page::Size;

use super::program::Program;

/// Connections that are kept open.
pub(crate) const CONNECTIONS: u32 = 32;

/// One turn of one subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) per_second: f64,
    /// Milliseconds, of the faster half.
    pub(crate) median: f64,
    /// Milliseconds, of all but one in a hundred.
    pub(crate) slowest: f64,
    /// Microseconds of the server's CPU time for one request.
    pub(crate) cpu: f64,
}

/// Asks for a page for so many seconds.
pub(crate) fn turn(server: &Program, size: Size, seconds: u32) -> Turn {
    let url = format!("http://{}{}", server.address, size.path);
    let connections = CONNECTIONS.to_string();
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--connections", &connections, "--latency", "--duration"]);
    let before = server.cpu_seconds();
    let output = command.arg(format!("{seconds}s")).arg(url).output().expect("wrk is installed");
    let cpu = server.cpu_seconds() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !text.contains("Non-2xx"), "{}: {text}", server.address);
    let requests = number(&text, " requests in ").expect("wrk says how many");
    Turn {
        per_second: field(&text, "Requests/sec:").and_then(|rate| rate.parse().ok()).expect("wrk says it"),
        median: field(&text, "50%").and_then(milliseconds).expect("wrk says it"),
        slowest: field(&text, "99%").and_then(milliseconds).expect("wrk says it"),
        cpu: cpu * 1e6 / requests.max(1.0),
    }
}

/// The word behind a label at the beginning of a line.
fn field<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim)
}

/// The number before a text.
fn number(text: &str, behind: &str) -> Option<f64> {
    text.lines().find_map(|line| line.split_once(behind))?.0.trim().parse().ok()
}

/// `635.00us`, `1.04ms`, `2.10s`.
fn milliseconds(time: &str) -> Option<f64> {
    let end = time.find(|letter: char| letter.is_ascii_alphabetic())?;
    let value: f64 = time[..end].parse().ok()?;
    match &time[end..] {
        "us" => Some(value / 1000.0),
        "ms" => Some(value),
        "s" => Some(value * 1000.0),
        "m" => Some(value * 60_000.0),
        _ => None,
    }
}
