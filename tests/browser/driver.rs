//! Debian's chromedriver as a child of the test: the only door to Chromium. The kit starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use thirtyfour::SessionId;

/// A chromedriver of our own, ended with the value.
pub struct DriverProcess {
    child: Child,
    /// `HOST:PORT`.
    pub address: String,
}

impl DriverProcess {
    /// Starts it on a free port, and waits until it listens.
    pub fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: see `scripts/test browser`");
        let output = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let port = lines
            .by_ref()
            .find_map(|line| {
                line.split_once("successfully on port ")
                    .map(|(_, port)| port.to_owned())
            })
            .expect("chromedriver says its port");
        // Read on, so that it never stops at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("127.0.0.1:{}", port.trim_end_matches('.'));
        Self { child, address }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends a session and so its browser, without a runtime (WebDriver §8.2). Errors do not matter:
    /// this runs when the test has failed.
    pub fn end_session(&self, session: &SessionId) {
        if let Ok(mut connection) = TcpStream::connect(&self.address) {
            let request = format!(
                "DELETE /session/{session} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.address
            );
            drop(connection.write_all(request.as_bytes()));
            drop(connection.read(&mut [0; 1024]));
        }
    }
}

impl Drop for DriverProcess {
    fn drop(&mut self) {
        // Nothing is left to do where it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
