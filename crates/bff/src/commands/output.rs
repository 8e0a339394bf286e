//! Prints the lines of a command to standard output and standard error.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::fd::AsFd as _;
use std::sync::mpsc;
use std::time::Duration;

use super::error::CliError;

/// How long the program waits for a blocked standard output or error. One second, so that a blocked output delays the program only briefly.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// Prints a line to standard output. A pipe closed by its reader (`| head`) is no error.
///
/// # Errors
/// [`CliError::Output`], when the line was not written completely.
pub fn print(text: &str) -> Result<(), CliError> {
    // Written as a file, because `Stdout` reports success when its descriptor is not open for writing.
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    match stdout.and_then(|mut stdout| stdout.write_all(format!("{text}\n").as_bytes())) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}

/// Prints a line to standard error.
pub fn print_to_stderr(text: &str) {
    let text = text.to_owned();
    // A write error is ignored because there is no other output to report it to.
    print_in_time(move || drop(writeln!(io::stderr(), "{text}")));
}

/// Prints in a separate thread and waits at most [`OUTPUT_TIMEOUT`] for it, so that a blocked output keeps the program neither from serving nor from
/// exiting.
pub fn print_in_time(write: impl FnOnce() + Send + 'static) {
    let (written, wait) = mpsc::channel::<()>();
    let thread = std::thread::Builder::new().spawn(move || {
        write();
        drop(written);
    });
    if thread.is_ok() {
        let _ = wait.recv_timeout(OUTPUT_TIMEOUT);
    }
}
