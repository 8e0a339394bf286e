//! [`Baseline`]: the counts of a run and what they depend on, as they stand in `benches/instructions.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Outcome;

/// What counts depend on besides the code, by name.
pub type Conditions = BTreeMap<String, String>;

/// The counts of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What they depend on.
    pub conditions: Conditions,
    /// Instructions of one request, by the name of its path.
    pub counts: BTreeMap<String, u64>,
}

impl Baseline {
    /// Reads it. A missing file is an empty baseline.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when the file is malformed.
    pub fn read(file: &Path) -> Outcome<Self> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(file)?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when the file cannot be written.
    pub fn write(&self, file: &Path) -> Outcome<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)?;
        Ok(fs::write(file, format!("{text}\n"))?)
    }
}
