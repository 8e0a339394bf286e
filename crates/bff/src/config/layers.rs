//! The merged values of all sources, with the source of each value and the faults found while merging.
//!
//! [`merge`](super::merge) fills them, and a [`Reader`](super::reader::Reader) reads the sections from them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::definition::{self, Key};
use super::fault::{Fault, Warning, Wrong};
use super::known::Known;
use super::origin::Origin;
use super::raw::{Layered, Raw};

/// Every key with the value of its highest layer, and the faults and warnings found while merging.
pub(super) struct Layers {
    pub(super) values: BTreeMap<String, Layered>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Warning>,
    pub(super) keys: Vec<Key>,
    pub(super) known: Known,
    pub(super) directory: PathBuf,
}

impl Layers {
    /// Sets one value. When it equals the value of the layer below, the layer below remains its source.
    pub(super) fn lay(&mut self, key: &str, raw: Raw, origin: Origin) {
        if self.values.get(key).is_none_or(|below| below.raw != raw) {
            self.values.insert(key.to_owned(), Layered { raw, origin });
        }
    }

    /// Returns the current name of a key, and records a warning for a former key. `None` when the key has no effect any more.
    pub(super) fn resolve(&mut self, key: &str) -> Option<String> {
        if let Some(former) = definition::former(key) {
            let warning = Warning {
                key: former.key,
                what: former.warning,
            };
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        definition::current_name(key).map(str::to_owned)
    }

    /// Records a fault.
    pub(super) fn fault(&mut self, key: &str, origin: Origin, wrong: Wrong) {
        self.faults.push(Fault::new(key, origin, wrong));
    }

    /// Records a fault and marks the key as refused, so that no section parses the value of the layer below.
    pub(super) fn refuse(&mut self, key: &str, origin: Origin, wrong: Wrong) {
        self.lay(key, Raw::Refused, origin.clone());
        self.fault(key, origin, wrong);
    }
}
