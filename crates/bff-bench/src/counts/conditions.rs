//! What counts depend on besides the code: compilers, the C library, and the features of the processor that libraries choose functions by.

use std::process::Command;

use super::baseline::Conditions;
use crate::bench::Bench;
use crate::failure::Outcome;

/// Looks at this machine.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when valgrind is not installed.
pub fn look(bench: &Bench) -> Outcome<Conditions> {
    let mut features = Command::new("valgrind");
    features
        .args(["--quiet", "--tool=none"])
        .arg(std::env::current_exe()?)
        .args(["part", "features"]);
    let features: Vec<String> = bench.finish(features)?;
    let values = [
        ("compiler", first_line("rustc", &["--version"])),
        ("C compiler", first_line("cc", &["--version"])),
        ("C library", first_line("getconf", &["GNU_LIBC_VERSION"])),
        ("processor", std::env::consts::ARCH.to_owned()),
        ("processor features", features.join(" ")),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value));
    Ok(Conditions::from(values))
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().next().unwrap_or("unknown").to_owned()
}
