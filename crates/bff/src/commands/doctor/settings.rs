//! The settings: every fault and every warning is a finding.

use crate::config::{Faults, Loaded};

use super::finding::{Check, Finding};

/// Returns a finding for each fault or warning, or one that there are none.
pub fn examine(loaded: &Result<Loaded, Faults>) -> Vec<Finding> {
    let found: Vec<Finding> = match loaded {
        Ok(loaded) => loaded
            .warnings
            .iter()
            .map(|warning| {
                Finding::note(
                    Check::Settings,
                    warning.to_string(),
                    "change it if it is not intended",
                )
            })
            .collect(),
        Err(faults) => faults
            .iter()
            .map(|fault| {
                let fault = fault.to_string();
                let (what, fix) = fault
                    .split_once("; ")
                    .unwrap_or((&fault, "correct this setting"));
                Finding::failed(Check::Settings, what, fix)
            })
            .collect(),
    };
    if found.is_empty() {
        return vec![Finding::good(Check::Settings, "every setting is valid")];
    }
    found
}
