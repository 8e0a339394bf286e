//! A server that was started as a process of its own, pinned to some processors. Dropping it ends the process.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock::{Stopwatch, pause};
use crate::failure::{Outcome, fail};
use crate::http;
use crate::processes;

/// Longest time of a start. A store with a million sessions opens in less.
const START: Duration = Duration::from_secs(60);
/// Longest time of a graceful end. After it the process is killed.
const END: Duration = Duration::from_secs(10);
/// Pause between two probes. It limits the precision of measured starts.
const PROBE_PAUSE: Duration = Duration::from_micros(500);

/// How to find out that a server is ready.
#[derive(Clone, Copy)]
pub enum Probe {
    /// It answers 200 to a GET of this path.
    Path(&'static str),
    /// It accepts connections.
    Connection,
}

/// A started server.
pub struct Running {
    child: Child,
    name: String,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// Seconds from the start of the process until the probe succeeded.
    pub start_seconds: f64,
    /// A folder that is removed with it.
    scratch: Option<PathBuf>,
}

impl Running {
    /// Runs the command, with its output in `folder`, and waits until it is ready.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) with the log's path when the process ends or does not become ready.
    pub fn start(
        name: &str,
        mut command: Command,
        port: u16,
        probe: Probe,
        folder: &Path,
    ) -> Outcome<Self> {
        let path = folder.join(format!("{name}.log"));
        let log = File::options().create(true).append(true).open(&path)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let watch = Stopwatch::start();
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return fail(format!("{name}: {error}; run scripts/bootstrap bench")),
        };
        let mut running = Self {
            child,
            name: name.to_owned(),
            port,
            start_seconds: 0.0,
            scratch: None,
        };
        while !probe.succeeds(port) {
            if running.child.try_wait()?.is_some() || watch.elapsed() > START {
                return fail(format!("{name}: not ready; see {}", path.display()));
            }
            pause(PROBE_PAUSE);
        }
        running.start_seconds = watch.seconds();
        Ok(running)
    }

    /// Removes this folder when the server has ended.
    pub fn removing(mut self, folder: PathBuf) -> Self {
        self.scratch = Some(folder);
        self
    }

    /// Returns the id of its first process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the ids of its processes.
    pub fn pids(&self) -> Vec<u32> {
        processes::tree(self.pid())
    }

    /// Returns the resident memory of its processes in MiB.
    pub fn memory_mib(&self) -> f64 {
        processes::resident_mib(&self.pids())
    }

    fn end(&mut self) -> Outcome<()> {
        let pids = self.pids();
        signal(self.child.id(), Signal::TERM);
        let watch = Stopwatch::start();
        while self.child.try_wait()?.is_none() {
            if watch.elapsed() > END {
                pids.iter().for_each(|pid| signal(*pid, Signal::KILL));
                self.child.wait()?;
                return fail(format!("{}: killed after {END:?}", self.name));
            }
            pause(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended by itself, and the failure of its sample says so.
        drop(self.end());
        if let Some(folder) = &self.scratch {
            // What is left is in the system's folder for temporary files.
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

impl Probe {
    fn succeeds(self, port: u16) -> bool {
        match self {
            Self::Path(path) => {
                http::get(port, path, None).is_ok_and(|answer| answer.status == 200)
            }
            Self::Connection => TcpStream::connect(("127.0.0.1", port)).is_ok(),
        }
    }
}

fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _: Result<(), _> = kill_process(pid, signal); // The process may have ended.
    }
}

/// Returns a free port. It lies below the ports that the system chooses for outgoing connections.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when no port is free.
pub fn free_port() -> Outcome<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id() % 20_000 * 31;
    for _ in 0..20_000 {
        let number = 10_000 + (offset + NEXT.fetch_add(1, Relaxed)) % 20_000;
        let port = u16::try_from(number).unwrap_or(10_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    fail("no port is free")
}
