//! `bff-bench scaling`: measures what `docs/scaling.md` computes with. First the cost of single operations at one replica, then one point of the
//! computation for real: three replicas on a Redis Cluster. `scripts/scaling.py` reads the result.

mod point;
mod redis;
mod relay;
mod stage;
mod unit;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::failure::Outcome;
use crate::machine::Machine;

/// The settings.
#[derive(Args)]
pub struct Settings {
    /// The binary of the program, such as `target/release/my-app`
    #[arg(long)]
    program: PathBuf,
    /// The file for the result, as JSON
    #[arg(long)]
    json: PathBuf,
    /// Divides the numbers of sessions by 100: for tests of the bench itself
    #[arg(long)]
    small: bool,
}

/// Measures, and writes the result.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when a process does not start, or an operation fails.
pub fn run(settings: &Settings, folder: &Path) -> Outcome<()> {
    let bench = Bench::new(&settings.program, folder, 1, settings.small)?;
    let machine = Machine::look(&bench.program);
    println!("{}", machine.to_markdown());
    eprintln!("scaling: single operations, one and a half minutes");
    let units = unit::measure(&bench)?;
    eprintln!("scaling: three replicas on a Redis Cluster");
    let point = point::measure(&bench)?;
    let result = rounded(json!({
        "machine": machine.to_json(),
        "build": build(&bench.program),
        "operations": units.operations,
        "stored": units.stored,
        "point": point,
    }));
    std::fs::write(&settings.json, format!("{result:#}\n"))?;
    bench.clean()
}

/// Returns the profile of the build, which names its folder.
fn build(program: &Path) -> String {
    let folder = program.parent().and_then(Path::file_name);
    folder.unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns the value with all numbers rounded to two decimals.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(0.0);
            json!((number * 100.0).round() / 100.0)
        }
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(values) => {
            let values = values.into_iter();
            values.map(|(name, value)| (name, rounded(value))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_document_holds_what_the_script_computes() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/scaling.py");
        let mut command = Command::new("python3");
        let output = command
            .args([script, "--check"])
            .output()
            .expect("Python 3");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn numbers_are_rounded_wherever_they_are() {
        let value = json!({"a": [1.234_56, {"b": 2}], "c": "3.14159"});
        let expected = json!({"a": [1.23, {"b": 2.0}], "c": "3.14159"});
        assert_eq!(rounded(value), expected);
    }
}
