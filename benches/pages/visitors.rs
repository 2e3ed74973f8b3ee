//! Visitors by hand: one who looks whether a page is right, and crowds that ask for a cold one at once.

use std::io::{Read, Result, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Barrier;

/// How many ask at once.
pub(crate) const VISITORS: usize = 500;
/// How long one may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The body of one answer, which must be 200.
pub(crate) fn ask(address: &str, path: &str) -> Result<Vec<u8>> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(request(path).as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|part| part == b"\r\n\r\n");
    match head.filter(|_| is_success(&answer)) {
        Some(end) => Ok(answer.split_off(end + 4)),
        None => Err(std::io::Error::other(format!("{address}{path} does not answer 200"))),
    }
}

/// How many handlers ran in the servers so far.
pub(crate) fn runs(addresses: &[&str]) -> Result<u32> {
    let count = |address: &&str| {
        let body = ask(address, "/runs")?;
        String::from_utf8_lossy(&body).trim().parse::<u32>().map_err(std::io::Error::other)
    };
    addresses.iter().map(count).sum::<Result<u32>>()
}

/// How many handlers run for one cold page, and how many visitors were served.
pub(crate) fn stampede(addresses: &[&str]) -> Result<(u32, u32)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let path = format!("/slow/{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let before = runs(addresses)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(crowd(addresses, &path));
    Ok((runs(addresses)? - before, served))
}

async fn crowd(addresses: &[&str], path: &str) -> u32 {
    let barrier = Arc::new(Barrier::new(VISITORS));
    let visit = |number: usize| {
        let (address, barrier) = (addresses[number % addresses.len()].to_owned(), Arc::clone(&barrier));
        let request = request(path);
        tokio::spawn(async move {
            one(&address, &request, &barrier).await.is_ok_and(|answer| is_success(&answer))
        })
    };
    let visits: Vec<_> = (0..VISITORS).map(visit).collect();
    let mut served = 0;
    for visit in visits {
        served += u32::from(visit.await.unwrap_or(false));
    }
    served
}

/// All connect before one asks.
async fn one(address: &str, request: &str, barrier: &Barrier) -> Result<Vec<u8>> {
    let connection = tokio::net::TcpStream::connect(address).await;
    barrier.wait().await;
    let mut connection = connection?;
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, connection.read_to_end(&mut answer)).await??;
    Ok(answer)
}

/// In HTTP/1.0 no body comes in chunks: it ends with the connection.
fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
}

fn is_success(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.0 200")
}
