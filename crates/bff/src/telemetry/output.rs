//! The outputs of the log. Each has a bounded queue and a thread, so that a blocked output delays no request.
//!
//! The reader of a pipe, a socket or a terminal may stop reading, so the thread writes these lines. A regular file has no reader, so the caller
//! writes its lines at once, and the operating system has them before the request continues. Lines that cannot be written wait in the queue and are
//! retried. When the queue is full, new lines are dropped and counted. Called by `telemetry`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::metrics::count_dropped;

/// Maximum size of the queue of one output, in bytes. It holds about 5,000 lines, more than arrive while a reader is restarted.
const LONGEST_QUEUE: usize = 2 * 1024 * 1024;
/// Bytes counted for a queued line in addition to its text.
const OVERHEAD: usize = 64;
/// Retry interval when the output is non-blocking and full.
const FULL: Duration = Duration::from_millis(10);
/// Retry interval after a failed write: a full disk, or a pipe without a reader.
const FAILED: Duration = Duration::from_secs(1);
/// How long the exit of the program waits for lines that are not written yet.
const LAST_WRITES: Duration = Duration::from_secs(1);

/// What an output carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries {
    /// Every line of the log.
    Log,
    /// Security events.
    Audit,
}

impl Carries {
    /// Returns the name used in metrics and events.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Audit => "audit",
        }
    }
}

/// The thread that writes a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// The thread of the output. For a regular file, the caller.
    Thread,
    /// The caller, which blocks until the line is written. For commands, because they serve no requests.
    Caller,
}

/// An output. Clones are handles of the same output.
#[derive(Clone)]
pub(super) struct Output(Arc<Shared>);

struct Shared {
    carries: Carries,
    file: File,
    is_direct: bool,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The thread has removed a line from the queue and not yet written it.
    is_writing: bool,
    /// The last write failed.
    is_failing: bool,
    /// The failure is already logged, and it still lasts.
    trouble_is_logged: bool,
    /// Number of dropped lines that are not yet reported.
    dropped: u64,
    /// The thread is logging the number of dropped lines. That line is queued even when the queue is full.
    logs_dropped: bool,
}

impl Output {
    /// Starts the thread of an output.
    pub(super) fn start(carries: Carries, file: File, writer: Writer) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            carries,
            is_direct: writer == Writer::Caller || file.metadata()?.is_file(),
            file,
            queue: Mutex::default(),
            changed: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(format!("{} output", carries.name()))
            .spawn(move || of_thread.run())?;
        count_dropped(carries.name(), 0);
        Ok(Self(shared))
    }

    /// Writes, queues or drops a line. Never blocks on a reader when the thread writes.
    pub(super) fn line(&self, line: &[u8]) {
        let trouble = self.0.take(line);
        if let Some(trouble) = trouble {
            self.0.log_trouble(&trouble);
        }
    }

    /// Waits until every line is written, for at most one second. Does not wait while writes fail. Returns the number of lines not written.
    pub(super) fn finish(&self) -> u64 {
        let is_busy =
            |queue: &mut Queue| !queue.is_failing && (queue.is_writing || !queue.lines.is_empty());
        let queue = self.0.lock();
        let waited = self
            .0
            .changed
            .wait_timeout_while(queue, LAST_WRITES, is_busy);
        let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queue.dropped + queue.lines.len() as u64 + u64::from(queue.is_writing)
    }
}

impl Write for Output {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes or queues a line of a caller. Returns an error that the caller must log.
    fn take(&self, mut line: &[u8]) -> Option<String> {
        let mut queue = self.lock();
        let mut trouble = None;
        if self.is_direct && queue.lines.is_empty() && !queue.is_writing {
            match self.write_all(&mut line) {
                Ok(()) => return None,
                // The rest of the line is queued before the lines that follow.
                Err(error) => trouble = Some(error.to_string()),
            }
        }
        let bytes = line.len() + OVERHEAD;
        if queue.bytes + bytes <= LONGEST_QUEUE || queue.logs_dropped {
            queue.bytes += bytes;
            queue.lines.push_back(line.to_vec());
            self.changed.notify_all();
        } else {
            queue.dropped += 1;
            count_dropped(self.carries.name(), 1);
            trouble.get_or_insert_with(|| "the reader of the output is closed".to_owned());
        }
        trouble.filter(|_| !std::mem::replace(&mut queue.trouble_is_logged, true))
    }

    /// Writes queued lines until the process ends.
    fn run(&self) {
        loop {
            let line = self.next();
            let mut rest = line.as_slice();
            while let Err(error) = self.write_all(&mut rest) {
                self.pause(&error);
            }
            self.written();
        }
    }

    /// Waits for a queued line and removes it from the queue.
    fn next(&self) -> Vec<u8> {
        let mut queue = self.lock();
        loop {
            if let Some(line) = queue.lines.pop_front() {
                queue.bytes -= line.len() + OVERHEAD;
                queue.is_writing = true;
                return line;
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for the retry interval after a failed write.
    fn pause(&self, error: &io::Error) {
        let is_full = error.kind() == ErrorKind::WouldBlock;
        let mut queue = self.lock();
        queue.is_failing = !is_full;
        let is_news = !is_full && !std::mem::replace(&mut queue.trouble_is_logged, true);
        drop(queue);
        self.changed.notify_all();
        if is_news {
            self.log_trouble(&error.to_string());
        }
        pause(if is_full { FULL } else { FAILED });
    }

    /// Records that a line was written, and logs the number of dropped lines when the queue is at most half full.
    fn written(&self) {
        let mut queue = self.lock();
        queue.is_writing = false;
        queue.is_failing = false;
        if queue.lines.is_empty() {
            queue.trouble_is_logged = false;
        }
        if queue.dropped > 0 && queue.bytes <= LONGEST_QUEUE / 2 {
            let dropped = std::mem::take(&mut queue.dropped);
            queue.logs_dropped = true;
            drop(queue);
            log_dropped(self.carries, dropped);
            queue = self.lock();
            queue.logs_dropped = false;
        }
        drop(queue);
        self.changed.notify_all();
    }

    /// Writes the whole line. After an error, `line` is the part that is not written.
    fn write_all(&self, line: &mut &[u8]) -> io::Result<()> {
        while !line.is_empty() {
            match (&self.file).write(line) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => *line = &line[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Logs that security events are not written. Does nothing for the log itself, because that line could not be written either.
    fn log_trouble(&self, error: &str) {
        if self.carries == Carries::Audit {
            tracing::error!(
                event = "audit_not_written",
                error,
                "security events cannot be written to the audit log"
            );
        }
    }
}

/// Logs the number of dropped lines.
pub(super) fn log_dropped(carries: Carries, lines: u64) {
    tracing::error!(
        event = "log_lines_dropped",
        log = carries.name(),
        lines,
        "log lines were dropped because their output did not accept them"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "the thread has nothing else to do"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
