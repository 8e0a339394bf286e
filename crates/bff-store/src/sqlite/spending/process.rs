//! Whether a process of this machine is gone: one that was killed will not store what it was about to, one that was stopped may.

use std::fs;

/// This process, so that another one can tell whether it still lives: its space of process numbers, its number, and when it started. `None`
/// where the system does not say.
pub fn own() -> Option<String> {
    let number = std::process::id();
    let (_, started) = stat(number)?;
    Some(format!("{} {number} {started}", space()?))
}

/// Whether the process that [`own`] described is gone for certain. Of another space of numbers (a container's) nothing is known.
pub fn is_gone(process: &str) -> bool {
    let mut parts = process.split(' ');
    let (Some(in_space), Some(number), Some(started)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Some(own_space), Ok(number)) = (space(), number.parse()) else {
        return false;
    };
    // A number may have been given to another process since; one that has ended stays as a zombie until its parent looks.
    let lives =
        |(state, since): (String, String)| since == started && !matches!(state.as_str(), "Z" | "X");
    own_space == in_space && !stat(number).is_some_and(lives)
}

fn space() -> Option<String> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_str()?.replace(' ', ""))
}

/// The state and the start of a process (proc_pid_stat(5)): the third field and the 22nd. The second is its name, which may hold anything.
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
        // Killed, and not waited for: a zombie.
        while stat(number).unwrap().0 != "Z" {
            std::thread::yield_now();
        }
        assert!(is_gone(&described));
        child.wait().unwrap();
        assert!(is_gone(&described));
    }
}
