//! [`Relay`]: passes connections on to a port, and counts the bytes, the requests and the connections. Every measured byte of HTTP goes through one.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use crate::failure::Outcome;
use crate::running::free_port;

/// What every request line ends with.
const REQUEST: &[u8] = b" HTTP/1.1\r\n";
/// Size of a piece in bytes. A head of the program or of the provider double fits.
const PIECE: usize = 64 * 1024;

/// A relay to one port. It serves until the process ends.
pub struct Relay {
    /// Its own port on 127.0.0.1.
    pub port: u16,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    up: AtomicU64,
    down: AtomicU64,
    requests: AtomicU64,
    connections: AtomicU64,
}

/// What a relay has counted until now.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// Bytes of requests.
    pub up: f64,
    /// Bytes of responses.
    pub down: f64,
    /// Number of requests.
    pub requests: f64,
    /// Number of connections.
    pub connections: f64,
}

impl Relay {
    /// Starts a relay to this port.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when no port is free.
    pub fn start(target: u16) -> Outcome<Self> {
        let port = free_port()?;
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.connections.fetch_add(1, Relaxed);
                // A connection that fails ends, and its client counts the failure.
                drop(serve(client, target, &shared));
            }
        });
        Ok(Self { port, counters })
    }

    /// Returns what it has counted until now.
    pub fn passed(&self) -> Passed {
        let read = |counter: &AtomicU64| counter.load(Relaxed) as f64;
        Passed {
            up: read(&self.counters.up),
            down: read(&self.counters.down),
            requests: read(&self.counters.requests),
            connections: read(&self.counters.connections),
        }
    }
}

fn serve(client: TcpStream, target: u16, counters: &Arc<Counters>) -> Outcome<()> {
    let server = TcpStream::connect(("127.0.0.1", target))?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (up, down) = (Arc::clone(counters), Arc::clone(counters));
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        pass(from, to, |piece| {
            up.up.fetch_add(piece.len() as u64, Relaxed);
            up.requests.fetch_add(requests_in(piece), Relaxed);
        });
    });
    thread::spawn(move || {
        pass(server, client, |piece| {
            down.down.fetch_add(piece.len() as u64, Relaxed);
        });
    });
    Ok(())
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: impl Fn(&[u8])) {
    let mut buffer = vec![0; PIECE];
    loop {
        match from.read(&mut buffer) {
            Ok(length @ 1..) => {
                let piece = buffer.get(..length).unwrap_or_default();
                count(piece);
                if to.write_all(piece).is_err() {
                    break;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
        }
    }
    // The other side may have closed already.
    drop(to.shutdown(Shutdown::Write));
}

fn requests_in(piece: &[u8]) -> u64 {
    let found = piece.windows(REQUEST.len()).filter(|part| *part == REQUEST);
    found.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_counts_the_bytes_of_both_directions() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let target = listener.local_addr().expect("it is bound").port();
        let relay = Relay::start(target).expect("it starts");
        let mut client = TcpStream::connect(("127.0.0.1", relay.port)).expect("it accepts");
        client
            .write_all(b"GET /a HTTP/1.1\r\n\r\n")
            .expect("it reads");
        let (mut server, _) = listener.accept().expect("the relay connects");
        let mut request = [0; 19];
        server.read_exact(&mut request).expect("it arrives");
        server.write_all(b"HTTP/1.1 200\r\n\r\n").expect("it reads");
        drop(server);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).expect("it arrives");
        let passed = relay.passed();
        assert_eq!(answer, b"HTTP/1.1 200\r\n\r\n");
        assert_eq!((passed.up, passed.down), (19.0, 16.0));
        assert_eq!((passed.requests, passed.connections), (1.0, 1.0));
    }
}
