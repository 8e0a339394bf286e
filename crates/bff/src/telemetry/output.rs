//! The outputs of the log: a bounded queue and a thread of its own before each, so that an output that takes nothing delays no request.
//!
//! A pipe, a socket or a terminal has a reader, which may stop reading; its lines are written by the thread. A regular file has none, so its lines are
//! written at once by the caller: when a request goes on, the operating system has its lines. Lines that an output does not take wait in the queue,
//! are tried again, and are dropped and counted when the queue is full. Called by `telemetry`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::metrics::count_dropped;

/// The most bytes that wait for one output: about 5,000 lines, more than come while a reader is restarted.
const LONGEST_QUEUE: usize = 2 * 1024 * 1024;
/// What a waiting line takes besides its text.
const OVERHEAD: usize = 64;
/// When to try again where the output is not blocking and full,
const FULL: Duration = Duration::from_millis(10);
/// and where it failed: a disk without space, a pipe without a reader.
const FAILED: Duration = Duration::from_secs(1);
/// How long the end of the program waits for lines that are not written yet.
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
    /// As metrics and events call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Audit => "audit",
        }
    }
}

/// Who writes a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// The thread, unless the output is a regular file.
    Thread,
    /// The caller, which waits until the output has taken the line. For commands, which serve no request.
    Caller,
}

/// An output. Clones are handles on the same one.
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
    /// The thread has taken a line out and not yet written it.
    is_writing: bool,
    /// The last write failed.
    is_failing: bool,
    /// The log says that lines are not written, and that is not over.
    trouble_is_logged: bool,
    /// Dropped and not yet reported.
    dropped: u64,
    /// The thread reports how many were dropped; that line is not to be dropped itself.
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

    /// Writes a line, or lets it wait, or drops it. Never waits for a reader where the thread writes.
    pub(super) fn line(&self, line: &[u8]) {
        let trouble = self.0.take(line);
        if let Some(trouble) = trouble {
            self.0.log_trouble(&trouble);
        }
    }

    /// Waits until every line is written, but no longer than a second, and not at all where writing fails; how many lines are left.
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

    /// Takes a line from a caller. Returns trouble that the log is to report.
    fn take(&self, mut line: &[u8]) -> Option<String> {
        let mut queue = self.lock();
        let mut trouble = None;
        if self.is_direct && queue.lines.is_empty() && !queue.is_writing {
            match self.write_all(&mut line) {
                Ok(()) => return None,
                // The rest of the line waits with those that follow.
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
            trouble.get_or_insert_with(|| "nothing reads what is written".to_owned());
        }
        trouble.filter(|_| !std::mem::replace(&mut queue.trouble_is_logged, true))
    }

    /// Writes lines as they come, until the process ends.
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

    /// Waits for a line.
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

    /// Waits until a write that failed may succeed.
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

    /// Notes that a line was written, and reports what was dropped as soon as there is room again.
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

    /// Writes until nothing is left of the line; what is left when it fails is the rest.
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

    /// Reports, once until it is over, that security events are not written. Lines of the log cannot be reported now: they would not be written either.
    fn log_trouble(&self, error: &str) {
        if self.carries == Carries::Audit {
            tracing::error!(
                event = "audit_not_written",
                error,
                "security events are not written to the audit log"
            );
        }
    }
}

/// Reports how many lines were dropped.
pub(super) fn log_dropped(carries: Carries, lines: u64) {
    tracing::error!(
        event = "log_lines_dropped",
        log = carries.name(),
        lines,
        "lines were dropped because the output did not take them"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "the thread has nothing else to do"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
