//! Closes the listener during a graceful shutdown without losing a connection.
//!
//! Closing a listener resets every connection that the kernel has established and the program has not accepted. A client that sent a request over
//! such a connection cannot know whether the request was read. So the listener is closed in three steps: a socket filter drops new SYN segments, the
//! program accepts the connections in the backlog, and then the listener refuses connections. A client whose SYN was dropped retransmits it and is
//! refused before it has sent a request, so that a proxy tries the next replica. On systems without such a filter the listener stays open until the
//! server stops. Called by [`App`](super::App) only.

use std::net::TcpListener;

use actix_web::dev::ServerHandle;

/// A second handle of the listener of a server.
pub struct Door(TcpListener);

impl Door {
    /// Duplicates the handle of a listener before the server takes the listener.
    pub fn to(listener: &TcpListener) -> std::io::Result<Self> {
        listener.try_clone().map(Self)
    }

    /// Stops accepting new connections, and waits until `server` has accepted every established one.
    #[cfg(target_os = "linux")]
    pub async fn close(&self, server: &ServerHandle) {
        use std::net::Shutdown;
        use std::time::Duration;

        use socket2::SockRef;

        /// Time for a TCP handshake and an `accept`. 50 ms is more than both take with a proxy in the same network.
        const A_MOMENT: Duration = Duration::from_millis(50);

        let listener = SockRef::from(&self.0);
        if let Err(error) = listener.attach_filter(&no_new_connections()) {
            tracing::debug!(event = "door_left_open", %error, "the listener cannot be closed without losing connections; it stays open until the end of the shutdown");
            return;
        }
        tokio::time::sleep(A_MOMENT).await;
        // Paused so that the server does not call `accept` on a listener that is shut down.
        server.pause().await;
        tokio::time::sleep(A_MOMENT).await;
        // Ignored because it fails only when the socket is closed already.
        drop(listener.shutdown(Shutdown::Both));
    }

    /// Does nothing. The listener stays open until the server stops.
    #[cfg(not(target_os = "linux"))]
    pub async fn close(&self, _: &ServerHandle) {}
}

/// Returns a classic BPF program over the TCP header. It drops a segment that opens a connection (SYN without ACK) and passes every other.
#[cfg(target_os = "linux")]
fn no_new_connections() -> [socket2::SockFilter; 5] {
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    let filter = socket2::SockFilter::new;
    [
        filter(LOAD_BYTE, 0, 0, FLAGS),
        filter(AND, 0, 0, SYN | ACK),
        filter(JUMP_IF_EQUAL, 0, 1, SYN),
        filter(RETURN, 0, 0, 0),
        filter(RETURN, 0, 0, u32::MAX),
    ]
}
