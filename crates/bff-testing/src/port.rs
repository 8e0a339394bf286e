//! Free ports for servers of tests.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Returns a free port, below those that systems choose for port 0, so that no other test gets it before the server does.
pub fn free_port() -> u16 {
    // Tests that run at the same time are processes of their own, or threads of one: each begins at another port.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id() % 2_700 * 37;
    let mut ports =
        std::iter::repeat_with(|| 30_000 + (offset + NEXT.fetch_add(1, Relaxed)) % 2_700);
    let free = ports.find_map(|port| TcpListener::bind(format!("127.0.0.1:{port}")).ok());
    let address = free.map(|listener| listener.local_addr().expect("it is bound"));
    address.expect("a port is free").port()
}
