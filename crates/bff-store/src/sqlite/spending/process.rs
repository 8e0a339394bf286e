//! Detects whether a process of this machine has ended: a killed process will not store new tokens any more, a stopped one still may.

use std::fs;

/// Describes this process, so that another process can tell whether it still runs: its PID namespace, its PID and its start time. `None` where
/// the operating system does not provide them.
pub fn own() -> Option<String> {
    let number = std::process::id();
    let (_, started) = stat(number)?;
    Some(format!("{} {number} {started}", space()?))
}

/// Reports whether the process that [`own`] described has certainly ended. For another PID namespace (a container) it answers `false`.
pub fn is_gone(process: &str) -> bool {
    let mut parts = process.split(' ');
    let (Some(in_space), Some(number), Some(started)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Some(own_space), Ok(number)) = (space(), number.parse()) else {
        return false;
    };
    // The PID may belong to another process by now. An ended process stays as a zombie until its parent waits for it.
    let lives =
        |(state, since): (String, String)| since == started && !matches!(state.as_str(), "Z" | "X");
    own_space == in_space && !stat(number).is_some_and(lives)
}

fn space() -> Option<String> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_str()?.replace(' ', ""))
}

/// Returns the state and start time of a process (proc_pid_stat(5)): fields 3 and 22. Field 2 is its name and may contain any characters.
fn stat(number: u32) -> Option<(String, String)> {
    let line = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let mut fields = line.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.to_owned(), fields.nth(18)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_gone_when_it_has_ended_and_not_while_it_stands_still() {
        let us = own().unwrap();
        assert!(!is_gone(&us));
        for (what, unknown) in [
            ("another space", us.replacen("pid:[", "pid:[1", 1)),
            ("no process", String::new()),
        ] {
            assert!(!is_gone(&unknown), "{what}");
        }
        let mut parts: Vec<&str> = us.split(' ').collect();
        parts[2] = "1";
        assert!(is_gone(&parts.join(" ")), "its number is another's by now");

        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let number = child.id();
        let described = format!("{} {number} {}", space().unwrap(), stat(number).unwrap().1);
        let stopped = Command::new("kill")
            .args(["-STOP", &number.to_string()])
            .status();
        assert!(stopped.unwrap().success());
        assert!(!is_gone(&described));
        child.kill().unwrap();
        // The process was killed and not waited for, so it is a zombie.
        while stat(number).unwrap().0 != "Z" {
            std::thread::yield_now();
        }
        assert!(is_gone(&described));
        child.wait().unwrap();
        assert!(is_gone(&described));
    }
}
