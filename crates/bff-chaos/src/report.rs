//! What was expected and what was found: a line each as soon as it is known, all of it as JSON at the end.

use std::fmt::Display;
use std::path::Path;

use serde_json::{Value, json};

/// The findings of a run.
pub struct Report {
    seed: u64,
    scenario: String,
    lines: Vec<Value>,
    passed: usize,
    failed: usize,
}

impl Report {
    /// Empty, for this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            scenario: String::new(),
            lines: Vec::new(),
            passed: 0,
            failed: 0,
        }
    }

    /// What follows belongs to this scenario.
    pub fn begin(&mut self, scenario: &str) {
        scenario.clone_into(&mut self.scenario);
        println!("\n{scenario}");
    }

    /// A figure that nothing is expected of.
    pub fn figure(&mut self, what: &str, found: impl Display) {
        println!("        {what:<58} {found}");
        self.note(what, &found.to_string(), None);
    }

    /// A finding that must be exactly this.
    pub fn exactly<T: Display + PartialEq>(&mut self, what: &str, expected: T, found: T) {
        let holds = found == expected;
        self.expect(what, holds, format!("{found} (expected {expected})"));
    }

    /// A finding that must hold.
    pub fn expect(&mut self, what: &str, holds: bool, found: impl Display) {
        let word = if holds { "  ok" } else { "FAIL" };
        println!("  {word}  {what:<58} {found}");
        self.note(what, &found.to_string(), Some(holds));
        if holds {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    fn note(&mut self, what: &str, found: &str, holds: Option<bool>) {
        self.lines
            .push(json!({"scenario": self.scenario, "what": what, "found": found, "holds": holds}));
    }

    /// Writes everything down and says how it went; false when an expectation does not hold.
    pub fn end(self, folder: &Path) -> bool {
        let all = json!({
            "seed": self.seed,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
            "findings": self.lines,
        });
        let path = folder.join("chaos.json");
        let text = format!("{all:#}\n");
        std::fs::write(&path, text).expect("the findings can be written");
        println!("\nseed {}; all findings: {}", self.seed, path.display());
        println!("chaos: {} passed, {} failed", self.passed, self.failed);
        self.failed == 0 && self.passed > 0
    }
}
