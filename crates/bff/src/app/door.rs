//! How the listener is closed so that no connection is lost.
//!
//! Closing a listener resets every connection that the kernel has taken and the program has not: whoever sent a request over it does not know whether
//! it was read. So first the kernel takes no more (a filter drops what opens a connection), then the program takes those that are waiting, then the
//! address refuses. Who was dropped in between tries again by itself and is refused, before it has sent anything: a proxy asks the next replica.
//! Where there is no such filter the listener stays open until the server stops. Called by [`App`](super::App) only.

use std::net::TcpListener;

use actix_web::dev::ServerHandle;

/// A second handle on a listener that a server has.
pub struct Door(TcpListener);

impl Door {
    /// To the listener that a server is about to get.
    pub fn to(listener: &TcpListener) -> std::io::Result<Self> {
        listener.try_clone().map(Self)
    }

    /// Lets nobody in any more, and waits until `server` has everybody who was in.
    #[cfg(target_os = "linux")]
    pub async fn close(&self, server: &ServerHandle) {
        use std::net::Shutdown;
        use std::time::Duration;

        use socket2::SockRef;

        /// More than a handshake with a proxy nearby and an `accept` take.
        const A_MOMENT: Duration = Duration::from_millis(50);

        let listener = SockRef::from(&self.0);
        if let Err(error) = listener.attach_filter(&no_new_connections()) {
            tracing::debug!(event = "door_left_open", %error, "the listener cannot be closed gently; it stays open until the end");
            return;
        }
        tokio::time::sleep(A_MOMENT).await;
        // The server must not meet a listener that is none any more.
        server.pause().await;
        tokio::time::sleep(A_MOMENT).await;
        // It fails only where it is closed already.
        drop(listener.shutdown(Shutdown::Both));
    }

    /// Leaves it to the server.
    #[cfg(not(target_os = "linux"))]
    pub async fn close(&self, _: &ServerHandle) {}
}

/// Classic BPF over the TCP header: a segment that opens a connection (SYN without ACK) is dropped, every other passes.
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
