//! What must hold at every moment, and what must come about at some moment, so that the search is known to have got there.

use stateright::Property;

use crate::states::{Caller, Flight, Record, Step, World};
use crate::steps::Protocol;

/// What must hold at every moment.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    pub name: &'static str,
    pub holds: fn(&Protocol, &World) -> bool,
}

pub const INVARIANTS: &[Invariant] = &[
    ONE_SPENDER,
    ONE_SPENDER_A_VERSION,
    NO_REUSE,
    ONE_ROTATION,
    FENCED,
    NEVER_BACK,
    STAYS_OVER,
    REFUSED_AS_IT_STANDS,
    NO_TOKEN_FORGOTTEN,
    NEWER_FOR_ALL,
    NO_LATE_SPENDER,
    ALL_SERVED,
    NO_NEEDLESS_WAIT,
];

pub const ONE_SPENDER: Invariant = Invariant {
    name: "of the flights whose lease did not run out, one at most is at the provider or stores",
    holds: |_, world| {
        let spenders = world.flights().filter(|(_, flight)| flight.is_spender());
        spenders.filter(|(_, flight)| !flight.stalled).count() <= 1
    },
};

pub const ONE_SPENDER_A_VERSION: Invariant = Invariant {
    name: "of the flights of one version whose lease or mark did not run out, one at most is at the provider or stores",
    holds: |_, world| {
        let spenders = || {
            let flights = world.flights().map(|(_, flight)| flight);
            flights.filter(|flight| flight.is_spender() && flight.is_protected())
        };
        spenders().all(|one| spenders().filter(|other| other.seen == one.seen).count() == 1)
    },
};

pub const NO_REUSE: Invariant = Invariant {
    name: "a spent token is shown again only after a loss, a late request, or a lease and a mark that ran out",
    holds: |_, world| {
        let past = &world.past;
        let is_excused = past.ran_out && past.unmarked || past.late || past.lost.is_some();
        !world.provider.reused || is_excused
    },
};

pub const ONE_ROTATION: Invariant = Invariant {
    name: "there are no more rotations than expiries",
    holds: |_, world| world.provider.newest <= world.expired,
};

pub const FENCED: Invariant = Invariant {
    name: "tokens are stored only over the version that was spent",
    holds: |_, world| match world.record {
        Record::Live { version, token } => version == token,
        Record::Ended { .. } | Record::Deleted => true,
    },
};

pub const NEVER_BACK: Invariant = Invariant {
    name: "older tokens never overwrite newer ones",
    holds: |_, world| match world.record {
        Record::Live { token, .. } => token == world.past.stored,
        Record::Ended { .. } | Record::Deleted => true,
    },
};

pub const STAYS_OVER: Invariant = Invariant {
    name: "a session that is over stays over",
    holds: |_, world| !world.past.over || world.version().is_none(),
};

pub const REFUSED_AS_IT_STANDS: Invariant = Invariant {
    name: "a session ends as refused only where the provider refused the version that stands",
    holds: |_, world| match world.record {
        Record::Ended { stood, refused } => refused == Some(stood),
        Record::Live { .. } | Record::Deleted => true,
    },
};

/// Lost are the tokens of [`Loss`](crate::states::Loss), and no others.
pub const NO_TOKEN_FORGOTTEN: Invariant = Invariant {
    name: "a living token is stored, held by a replica, being revoked, or known to be lost",
    holds: |_, world| world.provider.revoked || newest_is_somewhere(world),
};

pub const NEWER_FOR_ALL: Invariant = Invariant {
    name: "no caller is given the tokens that it had already",
    holds: |_, world| !any_caller(world, Caller::Stale),
};

pub const NO_LATE_SPENDER: Invariant = Invariant {
    name: "no replica spends a token whose successor is stored, unless a lease and a mark ran out",
    holds: |_, world| {
        let mut flights = world.flights();
        world.past.ran_out && world.past.unmarked
            || !flights.any(|(_, flight)| flight.step == Step::Refresh && is_behind(world, flight))
    },
};

/// With [`ONE_ROTATION`] and [`NO_REUSE`]: exactly one spend for each expiry that a replica noticed.
pub const ALL_SERVED: Invariant = Invariant {
    name: "without faults and logout every caller is served",
    holds: |protocol, world| {
        protocol.faults.in_all > 0 || world.past.over || !any_caller(world, Caller::Failed)
    },
};

/// What holds the model itself: the code has one place where a flight lands, and so has this.
pub const NO_NEEDLESS_WAIT: Invariant = Invariant {
    name: "who waits, waits for a flight",
    holds: |_, world| {
        let mut replicas = world.replicas.iter();
        replicas.all(|replica| replica.flight.is_some() || !replica.has_waiting())
    },
};

/// What the checker looks for: the protocol's invariants as one property, since each costs time at every moment, and its goals.
pub fn of(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let mut all = vec![Property::always("every invariant", |protocol, world| {
        broken(protocol, world).is_none()
    })];
    all.extend(
        protocol
            .goals
            .iter()
            .map(|(name, is_met)| Property::sometimes(name, *is_met)),
    );
    all
}

/// The name of the invariant that does not hold now.
pub fn broken(protocol: &Protocol, world: &World) -> Option<&'static str> {
    let mut invariants = protocol.invariants.iter();
    let found = invariants.find(|invariant| !(invariant.holds)(protocol, world));
    found.map(|invariant| invariant.name)
}

/// What must come about at some moment.
pub type Goal = (&'static str, fn(&Protocol, &World) -> bool);

/// Moments that matter, each of which the search must have seen. They take a crash, a stall and a failing store, and two expiries.
pub const GOALS: &[Goal] = &[
    (
        "a reader of the old version comes after the refresh",
        |_, world| {
            let mut flights = world.flights();
            flights.any(|(_, flight)| flight.step == Step::Read && is_behind(world, flight))
        },
    ),
    ("a caller needs a second flight", |_, world| {
        let mut callers = world.replicas.iter().flat_map(|replica| replica.callers);
        callers.any(|caller| matches!(caller, Caller::Again(_)))
    }),
    (
        "the user logs out while new tokens are on their way",
        |_, world| {
            world.record == Record::Deleted && world.flights().any(|(_, flight)| flight.is_saving())
        },
    ),
    (
        "tokens that came after the logout are revoked",
        |_, world| {
            world.record == Record::Deleted && world.provider.newest > 0 && world.provider.revoked
        },
    ),
    (
        "a holder dies before it spends, and another one does its work",
        |_, world| world.past.died_leading && world.version() == Some(world.expired),
    ),
    (
        "a successor waits for the mark of a stalled holder, and gets what that one stored",
        |_, world| {
            let past = &world.past;
            past.waited && past.ran_out && !past.unmarked && world.version() > Some(0)
        },
    ),
    (
        "a stalled holder and its successor are at work at once",
        |_, world| {
            let spenders = || world.flights().filter(|(_, flight)| flight.is_spender());
            spenders().any(|(_, flight)| flight.stalled)
                && spenders().any(|(_, flight)| !flight.stalled)
        },
    ),
    (
        "a former holder comes to store tokens after newer ones",
        |_, world| {
            let mut flights = world.flights();
            flights.any(|(_, flight)| {
                let version = world.version().unwrap_or_default();
                flight.stalled && flight.is_saving() && version > flight.seen + 1
            })
        },
    ),
    ("a session ends as refused", |_, world| {
        matches!(world.record, Record::Ended { .. })
    }),
    ("a refusal comes when newer tokens stand", |_, world| {
        let mut flights = world.flights();
        flights
            .any(|(_, flight)| matches!(flight.step, Step::End { .. }) && is_behind(world, flight))
    }),
];

/// Whether the one token that is not spent is where it should be, or known not to be.
fn newest_is_somewhere(world: &World) -> bool {
    let newest = world.provider.newest;
    matches!(world.record, Record::Live { token, .. } if token == newest)
        || world.past.lost.is_some_and(|(token, _)| token == newest)
        || world.replicas.iter().any(|replica| {
            replica.revoking == Some(newest)
                || replica
                    .flight
                    .is_some_and(|flight| flight.step == Step::Save(newest))
        })
}

fn any_caller(world: &World, like: Caller) -> bool {
    let mut replicas = world.replicas.iter();
    replicas.any(|replica| replica.callers.contains(&like))
}

fn is_behind(world: &World, flight: Flight) -> bool {
    world.version().is_some_and(|version| version > flight.seen)
}
