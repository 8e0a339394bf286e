//! Random choices that a seed repeats: each part of a run has a stream of its own, so that one part's choices do not depend on how fast
//! another one was.

use std::hash::{BuildHasher as _, RandomState};

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// What every random choice of a run follows from.
#[derive(Clone, Copy)]
pub struct Seed(pub u64);

impl Seed {
    /// A new one.
    pub fn draw() -> Self {
        // Nothing has to be secret here; small enough to be typed again.
        Self(RandomState::new().hash_one(0) % 1_000_000_000)
    }

    /// The choices of the part with this name and number.
    pub fn stream(self, part: &str, number: u64) -> StdRng {
        // FNV-1a: the standard hasher may change between compilers, and a seed must not.
        let name = format!("{} {part} {number}", self.0);
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        StdRng::seed_from_u64(hash)
    }
}
