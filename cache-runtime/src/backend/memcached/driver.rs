//! The task that drives one connection: many callers' requests in, their replies out, in order.
//!
//! The protocol answers in the order of the commands, so requests need no numbers, and one whose
//! caller went away is answered into the void. What many callers ask at once goes out in one write.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot};

use super::failure::Fault;
use super::wire::{Nonsense, Reply, next_reply};
use crate::base::clock::{Clock, Moment, Sleep};

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// How many requests go into one write at most.
const PIECES: usize = 64;

/// A request on its way.
pub(super) struct Sent {
    pub(super) bytes: Bytes,
    /// How many replies it has.
    pub(super) count: usize,
    pub(super) since: Moment,
    pub(super) answer: oneshot::Sender<Result<Vec<Reply>, Fault>>,
}

/// A socket.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Drives a connection until it fails, or until nobody can ask any more.
pub(super) struct Driver {
    stream: Stream,
    requests: mpsc::Receiver<Sent>,
    is_left: bool,
    answer_timeout: Duration,
    output: VecDeque<Bytes>,
    input: BytesMut,
    waiting: VecDeque<Waiting>,
    clock: Clock,
    alarm: Option<Alarm>,
}

/// A request that has not got all of its replies.
struct Waiting {
    count: usize,
    replies: Vec<Reply>,
    since: Moment,
    answer: oneshot::Sender<Result<Vec<Reply>, Fault>>,
}

/// Wakes the driver when a request is late: one for all of them, set again only after it rang.
struct Alarm {
    at: Moment,
    _sleep: Sleep,
}

impl Driver {
    pub(super) fn new(stream: Stream, requests: mpsc::Receiver<Sent>, answer_timeout: Duration) -> Self {
        Self {
            stream,
            requests,
            is_left: false,
            answer_timeout,
            output: VecDeque::new(),
            input: BytesMut::new(),
            waiting: VecDeque::new(),
            clock: Clock::system(),
            alarm: None,
        }
    }

    /// Goes on as far as it can; the error ends the connection.
    fn advance(&mut self, context: &mut Context<'_>) -> Result<(), Fault> {
        self.take(context);
        if let Poll::Ready(Err(_)) = self.write(context) {
            return Err(Fault::Lost);
        }
        let ended = self.read(context)?;
        self.check_time(context)?;
        if ended { Err(Fault::Lost) } else { Ok(()) }
    }

    /// Takes what callers ask.
    fn take(&mut self, context: &mut Context<'_>) {
        while !self.is_left
            && let Poll::Ready(request) = self.requests.poll_recv(context)
        {
            let Some(Sent { bytes, count, since, answer }) = request else {
                self.is_left = true;
                return;
            };
            self.output.push_back(bytes);
            self.waiting.push_back(Waiting { count, replies: Vec::with_capacity(count), since, answer });
        }
    }

    fn write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            ready!(self.stream.poll_write_ready(context))?;
            let mut pieces = [IoSlice::new(&[]); PIECES];
            for (piece, bytes) in pieces.iter_mut().zip(&self.output) {
                *piece = IoSlice::new(bytes);
            }
            match self.stream.try_write(&pieces) {
                Ok(length) => self.written(length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Forgets what the socket has taken.
    fn written(&mut self, mut length: usize) {
        while let Some(first) = self.output.front_mut() {
            let taken = length.min(first.len());
            first.advance(taken);
            length -= taken;
            if !first.is_empty() {
                return;
            }
            self.output.pop_front();
        }
    }

    /// Hands out what has come; whether the server has hung up.
    fn read(&mut self, context: &mut Context<'_>) -> Result<bool, Fault> {
        while let Poll::Ready(is_ready) = self.stream.poll_read_ready(context) {
            if is_ready.is_err() {
                return Ok(true);
            }
            self.input.reserve(PIECE);
            match self.stream.try_read_buf(&mut self.input) {
                Ok(0) => return Ok(true),
                Ok(_) => self.hand_out()?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Ok(true),
            }
        }
        Ok(false)
    }

    fn hand_out(&mut self) -> Result<(), Fault> {
        while !self.input.is_empty() {
            let Some(first) = self.waiting.front_mut() else {
                return Err(Fault::Nonsense(Nonsense::Garbage));
            };
            let Some(reply) = next_reply(&mut self.input).map_err(Fault::Nonsense)? else { return Ok(()) };
            first.replies.push(reply);
            if first.replies.len() == first.count
                && let Some(Waiting { replies, answer, .. }) = self.waiting.pop_front()
            {
                // A caller that went away wants no answer.
                let _ = answer.send(Ok(replies));
            }
        }
        Ok(())
    }

    /// Fails if the oldest request is late: what stands behind it cannot come sooner.
    fn check_time(&mut self, context: &mut Context<'_>) -> Result<(), Fault> {
        loop {
            let now = self.clock.now();
            if self.alarm.as_ref().is_some_and(|alarm| now < alarm.at) {
                return Ok(());
            }
            self.alarm = None;
            let Some(oldest) = self.waiting.front() else { return Ok(()) };
            let at = oldest.since.plus(self.answer_timeout);
            if now >= at {
                return Err(Fault::Late);
            }
            let mut sleep = self.clock.sleep_until(at);
            // Ready only if the time has come meanwhile: then the next round says so.
            let _ = Pin::new(&mut sleep).poll(context);
            self.alarm = Some(Alarm { at, _sleep: sleep });
        }
    }

    /// Tells all who wait. Those whose own time is not over may ask again elsewhere.
    fn fail(&mut self, fault: Fault) {
        self.requests.close();
        let now = self.clock.now();
        let fault_for = |since: Moment| match fault {
            Fault::Late if now < since.plus(self.answer_timeout) => Fault::Lost,
            fault => fault,
        };
        for Waiting { since, answer, .. } in self.waiting.drain(..) {
            let _ = answer.send(Err(fault_for(since)));
        }
        while let Ok(Sent { since, answer, .. }) = self.requests.try_recv() {
            let _ = answer.send(Err(fault_for(since)));
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.advance(context) {
            Err(fault) => {
                self.fail(fault);
                Poll::Ready(())
            }
            Ok(()) if self.is_left && self.waiting.is_empty() && self.output.is_empty() => Poll::Ready(()),
            Ok(()) => Poll::Pending,
        }
    }
}

impl Stream {
    fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(context),
            Self::Unix(stream) => stream.poll_read_ready(context),
        }
    }

    fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(context),
            Self::Unix(stream) => stream.poll_write_ready(context),
        }
    }

    fn try_read_buf(&self, buffer: &mut BytesMut) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read_buf(buffer),
            Self::Unix(stream) => stream.try_read_buf(buffer),
        }
    }

    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write_vectored(pieces),
            Self::Unix(stream) => stream.try_write_vectored(pieces),
        }
    }
}
