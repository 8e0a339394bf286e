//! Forbids core dumps: the memory of this process holds tokens, keys and the client's secret.

use std::io;

/// Sets the limit on core files to 0 for good. On Linux it also makes the process not dumpable, because the limit does not bind a program that the
/// system pipes core dumps to, and because other processes of the same user cannot read the memory of a process that is not dumpable.
///
/// # Errors
/// The system refuses one of them.
pub fn forbid() -> io::Result<()> {
    rlimit::Resource::CORE.set(0, 0)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
