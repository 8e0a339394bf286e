//! Disables core dumps, because the memory of this process contains tokens, keys and the client secret.

use std::io;

/// Sets the soft and hard limit of the core file size to 0, so that the limit cannot be raised again. On Linux it also makes the process not
/// dumpable, because the limit does not apply when the kernel pipes core dumps to a program, and because other processes of the same user cannot
/// read the memory of such a process.
///
/// # Errors
/// The operating system refuses one of the two changes.
pub fn forbid() -> io::Result<()> {
    rlimit::Resource::CORE.set(0, 0)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
