//! The settings: every fault and every warning is a finding.

use crate::config::{Faults, Loaded};

use super::finding::{Check, Finding};

/// Returns a finding for each fault or warning, or one that there are none.
pub fn examine(loaded: &Result<Loaded, Faults>) -> Vec<Finding> {
    const CHECK: Check = Check::Settings;
    let found: Vec<Finding> = match loaded {
        Ok(loaded) => {
            let warnings = loaded.warnings.iter().map(ToString::to_string);
            let note = |warning| CHECK.note(warning, "change it if it is not intended");
            warnings.map(note).collect()
        }
        Err(faults) => faults.iter().map(|fault| CHECK.error(fault)).collect(),
    };
    if found.is_empty() {
        return vec![CHECK.good("every setting is valid")];
    }
    found
}
