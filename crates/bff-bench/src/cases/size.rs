//! The size of the program's binary, beside those of nginx and Node.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::Bench;
use crate::case::{Case, Column, NGINX, Plot, Row};
use crate::failure::{Outcome, fail};
use crate::sample::{Figures, Sample};

/// Sizes of files.
pub fn size(program: &str) -> Case {
    Case {
        name: "size",
        title: "Size of the binary",
        about: "The program's binary contains its templates, words and static files. The others also need shared libraries, and Node needs the files of Express.",
        is_quick: true,
        most_rounds: 1,
        subject: "binary",
        columns: vec![Column::new("size", "MiB", 1)],
        ratio: None,
        plot: Some(Plot {
            key: "size",
            heading: "MiB",
            axis: None,
        }),
        rows: vec![
            Row::new(program, |bench: &Bench| measure(&bench.program)),
            Row::new(NGINX, |_: &Bench| measure(&which("nginx")?)),
            Row::new("node", |_: &Bench| measure(&which("node")?)),
        ],
    }
}

fn measure(file: &Path) -> Outcome<Sample> {
    let bytes = fs::metadata(file)?.len();
    Ok(Sample {
        figures: Figures::from([("size", bytes as f64 / 1_048_576.0)]),
        foreign: 0.0,
    })
}

/// Returns the file of a command.
fn which(command: &str) -> Outcome<PathBuf> {
    let output = Command::new("which").arg(command).output()?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if path.is_empty() {
        return fail(format!("{command}: not found; run scripts/bootstrap bench"));
    }
    Ok(fs::canonicalize(path)?)
}
