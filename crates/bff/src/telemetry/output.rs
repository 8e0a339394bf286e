//! The outputs of the log. Each has a bounded queue and a thread, so that a blocked output delays no request.
//!
//! The thread formats and writes the lines. A regular file has no reader that may stop reading, so there the thread writes the lines of 10 ms at
//! once, and security events, warnings and errors are written by the caller: the operating system has them before the request continues. Lines that
//! cannot be written wait in the queue and are retried. When the queue is full, new lines are dropped and counted. Called by `telemetry`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::line::{Line, LoggedEvent};
use super::metrics::count_dropped;

/// Maximum size of the queue of one output, in bytes. It holds about 5,000 lines, more than arrive while a reader is restarted.
const LONGEST_QUEUE: usize = 2 * 1024 * 1024;
/// Bytes counted for a queued line in addition to its text.
const OVERHEAD: usize = 64;
/// Retry interval when the output is non-blocking and full.
const FULL: Duration = Duration::from_millis(10);
/// Retry interval after a failed write: a full disk, or a pipe without a reader.
const FAILED: Duration = Duration::from_secs(1);
/// How long the thread collects lines for a regular file before it writes them.
const COLLECTING: Duration = Duration::from_millis(10);
/// Bytes that are written to a regular file at once.
const BATCH: usize = 64 * 1024;
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
    /// The thread of the output. For a regular file, the caller where a line must not be lost.
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
    is_file: bool,
    /// Every line is written by its caller.
    is_direct: bool,
    queue: Mutex<Queue>,
    /// Held by the thread that writes, so that lines keep their order.
    turn: Mutex<()>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Line>,
    bytes: usize,
    /// Number of lines that were removed from the queue and are not written yet.
    writing: u64,
    /// The thread waits for a line.
    is_parked: bool,
    /// The last write failed.
    is_failing: bool,
    /// The failure is already logged, and it still lasts.
    failure_is_logged: bool,
    /// Number of dropped lines that are not yet reported.
    dropped: u64,
    /// The thread is logging the number of dropped lines. That line is queued even when the queue is full.
    logs_dropped: bool,
}

impl Output {
    /// Starts the thread of an output.
    pub(super) fn start(carries: Carries, file: File, writer: Writer) -> io::Result<Self> {
        let is_file = file.metadata()?.is_file();
        let shared = Arc::new(Shared {
            carries,
            is_file,
            is_direct: writer == Writer::Caller || (is_file && carries == Carries::Audit),
            file,
            queue: Mutex::default(),
            turn: Mutex::default(),
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
        self.take(Line::Text(line.to_vec()), false);
    }

    /// Queues or drops an event, which the thread formats. Writes it at once when it is serious and the output is a regular file.
    pub(super) fn event(&self, event: LoggedEvent) {
        let is_serious = event.is_serious();
        self.take(Line::Event(Box::new(event)), is_serious);
    }

    fn take(&self, line: Line, is_serious: bool) {
        let is_urgent = self.0.is_direct || (self.0.is_file && is_serious);
        let failure = self.0.queue_line(line, is_urgent);
        let failure = if is_urgent {
            failure.or_else(|| self.0.write_now())
        } else {
            failure
        };
        if let Some(failure) = failure {
            self.0.log_failure(&failure);
        }
    }

    /// Waits until every line is written, for at most one second. Does not wait while writes fail. Returns the number of lines not written.
    pub(super) fn finish(&self) -> u64 {
        let is_busy =
            |queue: &mut Queue| !queue.is_failing && (queue.writing > 0 || !queue.lines.is_empty());
        let queue = self.0.lock();
        let waited = self
            .0
            .changed
            .wait_timeout_while(queue, LAST_WRITES, is_busy);
        let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queue.dropped + queue.lines.len() as u64 + queue.writing
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

    /// Queues or drops a line of a caller, and wakes the thread unless the caller writes the line. Returns an error that the caller must log.
    fn queue_line(&self, line: Line, is_urgent: bool) -> Option<String> {
        let mut queue = self.lock();
        let bytes = OVERHEAD + line.size();
        if queue.bytes + bytes <= LONGEST_QUEUE || queue.logs_dropped {
            queue.bytes += bytes;
            queue.lines.push_back(line);
            if !is_urgent && std::mem::take(&mut queue.is_parked) {
                self.changed.notify_all();
            }
            return None;
        }
        queue.dropped += 1;
        count_dropped(self.carries.name(), 1);
        let is_news = !std::mem::replace(&mut queue.failure_is_logged, true);
        is_news.then(|| "the reader of the output is closed".to_owned())
    }

    /// Writes the queued lines on the thread of a caller, unless another thread is writing. Leaves what cannot be written to the thread, and returns an
    /// error that the caller must log.
    fn write_now(&self) -> Option<String> {
        let _turn = self.turn.try_lock().ok()?;
        while let Some((batch, lines)) = self.next_batch() {
            let mut rest = batch.as_slice();
            if let Err(error) = self.write_all(&mut rest) {
                let mut queue = self.lock();
                queue.writing = 0;
                queue.bytes += rest.len() + OVERHEAD;
                // The rest is written before the lines that follow.
                queue.lines.push_front(Line::Text(rest.to_vec()));
                queue.is_parked = false;
                let is_news = !std::mem::replace(&mut queue.failure_is_logged, true);
                drop(queue);
                self.changed.notify_all();
                return is_news.then(|| error.to_string());
            }
            self.lock().writing -= lines;
        }
        self.changed.notify_all();
        None
    }

    /// Writes queued lines until the process ends.
    fn run(&self) {
        loop {
            self.wait_for_line();
            let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some((batch, _)) = self.next_batch() {
                let mut rest = batch.as_slice();
                while let Err(error) = self.write_all(&mut rest) {
                    self.pause(&error);
                }
                self.written();
            }
            drop(turn);
            if self.is_file {
                pause(COLLECTING);
            }
        }
    }

    /// Waits until a line is queued.
    fn wait_for_line(&self) {
        let mut queue = self.lock();
        while queue.lines.is_empty() {
            queue.is_parked = true;
            let waited = self.changed.wait(queue);
            queue = waited.unwrap_or_else(PoisonError::into_inner);
        }
        queue.is_parked = false;
    }

    /// Removes lines from the queue and formats them: one line, or as many as a regular file takes at once. Returns their number too.
    fn next_batch(&self) -> Option<(Vec<u8>, u64)> {
        let most = if self.is_file { BATCH } else { 1 };
        let mut queue = self.lock();
        let mut lines = Vec::new();
        let mut bytes = 0;
        while bytes < most
            && let Some(line) = queue.lines.pop_front()
        {
            bytes += OVERHEAD + line.size();
            lines.push(line);
        }
        queue.bytes -= bytes;
        let count = lines.len() as u64;
        queue.writing = count;
        drop(queue);
        let mut batch = Vec::with_capacity(bytes);
        lines.iter().for_each(|line| line.write_to(&mut batch));
        (count > 0).then_some((batch, count))
    }

    /// Waits for the retry interval after a failed write.
    fn pause(&self, error: &io::Error) {
        let is_full = error.kind() == ErrorKind::WouldBlock;
        let mut queue = self.lock();
        queue.is_failing = !is_full;
        let is_news = !is_full && !std::mem::replace(&mut queue.failure_is_logged, true);
        drop(queue);
        self.changed.notify_all();
        if is_news {
            self.log_failure(&error.to_string());
        }
        pause(if is_full { FULL } else { FAILED });
    }

    /// Records that the lines were written, and logs the number of dropped lines when the queue is at most half full.
    fn written(&self) {
        let mut queue = self.lock();
        queue.writing = 0;
        queue.is_failing = false;
        if queue.lines.is_empty() {
            queue.failure_is_logged = false;
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
    fn log_failure(&self, error: &str) {
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
