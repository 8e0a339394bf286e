//! One flight, step by step, as `Refresher::fly` goes when nothing goes wrong; and what the store does at its calls.

use crate::states::{Caller, Flight, Lease, Mark, Record, Step, Token, Version, World};
use crate::steps::{Protocol, Variant, spend};

impl Protocol {
    /// The next step of the flight of one replica.
    pub fn step(&self, world: &mut World, at: usize) {
        let Some(flight) = world.replicas[at].flight else {
            return;
        };
        let next = match flight.step {
            Step::Read => match world.version() {
                None => return self.land(world, at, None),
                Some(version) if version > flight.seen => {
                    return self.land(world, at, Some(version));
                }
                Some(_) => Step::Lease,
            },
            Step::Lease => {
                if self.take_lease(world, at) {
                    match self.variant {
                        Variant::NoReadUnderLease => Step::Refresh,
                        _ => Step::ReadAgain,
                    }
                } else if self.variant == Variant::NoWaiting {
                    return self.land(world, at, None);
                } else {
                    Step::Read
                }
            }
            Step::ReadAgain => match world.version() {
                None => Step::Release(None),
                Some(version) if self.variant == Variant::RefreshesAgain => {
                    world.replicas[at].flight = Some(Flight {
                        seen: version,
                        step: Step::Mark,
                        ..flight
                    });
                    return;
                }
                Some(version) if version > flight.seen => Step::Release(Some(version)),
                Some(_) => Step::Mark,
            },
            Step::Mark if self.mark(world, at, flight.seen) => Step::Refresh,
            Step::Mark => Step::ReadAgain,
            Step::Refresh => match spend(world, flight.seen) {
                Some(token) => Step::Save(token),
                None => Step::End { refused: true },
            },
            Step::Save(token) => match self.swap_tokens(world, flight.seen, token) {
                Some(version) => Step::Release(Some(version)),
                None => {
                    if self.variant != Variant::NothingIsRevoked {
                        world.replicas[at].revoke_later(Some(token));
                    }
                    Step::Release(None)
                }
            },
            Step::End { refused } => self.end(world, flight.seen, refused),
            Step::Release(landing) => {
                self.release(world, at);
                return self.land(world, at, landing);
            }
        };
        world.go_to(at, next);
    }

    pub fn take_lease(&self, world: &mut World, at: usize) -> bool {
        let is_free = world.lease == Lease::Free || self.variant == Variant::LeaseForAll;
        if is_free {
            world.lease = Lease::Held(at as u8);
        }
        is_free
    }

    /// Whether the mark for this version is made: the version stands, the lease is ours, and no other's mark stands.
    pub fn mark(&self, world: &mut World, at: usize, seen: Version) -> bool {
        if self.variant == Variant::NoMark {
            return true;
        }
        let stands = world.version() == Some(seen)
            || world.version().is_some() && self.variant == Variant::MarkAtAnyVersion;
        let is_ours = world.is_held_by(at)
            || matches!(self.variant, Variant::LeaseForAll | Variant::MarkForAll);
        let is_anothers = match world.mark {
            Mark::None => false,
            Mark::Of(by, version) => by != at as u8 && version == seen,
            Mark::Orphan(version) => version == seen,
        };
        world.past.waited |= stands && is_anothers;
        let is_made = stands && is_ours && !is_anothers;
        if is_made {
            world.mark = Mark::Of(at as u8, seen);
        }
        is_made
    }

    pub fn release(&self, world: &mut World, at: usize) {
        let is_ours = world.is_held_by(at);
        if is_ours || self.variant == Variant::ReleaseForAll {
            world.lease = Lease::Free;
        }
        if world.is_marked_by(at) || self.variant == Variant::ReleaseTakesAnyMark {
            world.mark = Mark::None;
        }
    }

    /// The version that stands after it; `None` when the session is gone.
    pub fn swap_tokens(&self, world: &mut World, seen: Version, token: Token) -> Option<Version> {
        match &mut world.record {
            Record::Live {
                version,
                token: stored,
            } => {
                if *version == seen || self.variant == Variant::SwapAtAnyVersion {
                    *version += 1;
                    *stored = token;
                    world.past.stored = world.past.stored.max(token);
                }
                Some(*version)
            }
            gone if self.variant == Variant::SwapBringsBack => {
                let version = seen + 1;
                *gone = Record::Live { version, token };
                Some(version)
            }
            _ => None,
        }
    }

    pub fn end(&self, world: &mut World, seen: Version, refused: bool) -> Step {
        let Some(stood) = world.version() else {
            return Step::Release(None);
        };
        if stood != seen && self.variant != Variant::EndAtAnyVersion {
            return Step::Release(Some(stood));
        }
        world.record = Record::Ended {
            stood,
            refused: refused.then_some(seen),
        };
        world.past.over = true;
        Step::Release(None)
    }

    /// Whether a caller takes what a flight brings although it is not newer; `second` when it is not the first flight that it waited for.
    fn is_content(&self, second: bool) -> bool {
        match self.variant {
            Variant::FirstLandingCounts => true,
            Variant::SecondLandingCounts => second,
            _ => false,
        }
    }

    /// The flight is over: all who waited for it get what it brings, and look whether that is new to them.
    pub fn land(&self, world: &mut World, at: usize, landing: Option<Version>) {
        world.orphan(at);
        let replica = &mut world.replicas[at];
        replica.flight = None;
        for caller in &mut replica.callers {
            if let Caller::Joined { seen, second } = *caller {
                *caller = match landing {
                    None => Caller::Failed,
                    Some(version) if version > seen => Caller::Served,
                    Some(_) if self.is_content(second) => Caller::Stale,
                    Some(_) => Caller::Again(seen),
                };
            }
        }
    }
}
