//! What can happen next, by the names in `flow/refresh.rs`, `flow/logout.rs` and `bff-store/store.rs`, and what can go wrong at each point.
//!
//! A step is one call of the store or of the provider, or one thing that happens by itself. Between two steps any other replica may take any
//! number of theirs. `Protocol::variant` leaves one safeguard out.

use stateright::{Model, Property};

use crate::faults::Fault;
use crate::properties::{self, Goal, Invariant};
use crate::states::{
    Caller, Faults, Flight, Lease, Loss, Mark, Record, Step, Token, Version, World,
};

/// The protocol, among so many replicas and callers, with so many faults.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The callers of each replica.
    pub callers: Vec<usize>,
    /// How often the access token expires.
    pub expiries: Version,
    pub faults: Faults,
    /// Whether the user logs out at some moment.
    pub logout: bool,
    pub variant: Variant,
    pub invariants: Vec<Invariant>,
    pub goals: &'static [Goal],
}

/// The protocol as it is written, or without one of its safeguards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    AsWritten,
    /// Spends the token of the first look, without reading again under the lease, and without the mark.
    NoReadUnderLease,
    /// No replica marks the token that is being spent.
    NoMark,
    /// A mark is made for a version that does not stand any more.
    MarkAtAnyVersion,
    /// A mark is made also by who does not have the lease any more.
    MarkForAll,
    /// `release` takes the mark away whose ever it is.
    ReleaseTakesAnyMark,
    /// Reads again, but refreshes also where the version moved.
    RefreshesAgain,
    /// Who does not get the lease gives up, and its callers are told so.
    NoWaiting,
    /// The lease is granted to every replica.
    LeaseForAll,
    /// No replica renews the lease while the provider is slow.
    NoRenewal,
    /// `release` frees the lease of any holder.
    ReleaseForAll,
    /// `swap_tokens` does not compare the version.
    SwapAtAnyVersion,
    /// `swap_tokens` brings a session back that is gone.
    SwapBringsBack,
    /// `end` does not compare the version.
    EndAtAnyVersion,
    /// A provider that does not answer counts as a refusal.
    TroubleIsRefusal,
    /// Tokens for a session that is gone are dropped, not revoked.
    NothingIsRevoked,
    /// Who joins a flight takes what it brings, also when that is not newer.
    FirstLandingCounts,
    /// The same at the second flight.
    SecondLandingCounts,
}

/// One step. The number is the replica's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The access token of the version that stands expires.
    Expire,
    /// A caller reads the session, and finds its access token expired.
    Open(usize, usize),
    /// A caller asks for newer tokens: joins the flight under way, or begins one.
    Renew(usize, usize),
    Read(usize),
    Lease(usize),
    ReadAgain(usize),
    Mark(usize),
    /// The provider gets the request and its answer arrives.
    Refresh(usize),
    /// `while_leased` asks for the lease again after it ran out.
    RenewLease(usize),
    SwapTokens(usize),
    End(usize),
    Release(usize),
    /// `revoke_later` reaches the provider.
    Revoke(usize),
    LogOut(usize),
    /// The lease of a crashed replica ends.
    LeaseEnds,
    /// The mark of a crashed replica ends.
    MarkEnds,
    /// The request whose sender is gone reaches the provider.
    StrayArrives,
    Fault(Fault, usize),
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(&self.callers, self.faults)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.version() == Some(world.expired) && world.expired < self.expiries {
            actions.push(Action::Expire);
        }
        if world.lease == Lease::Orphan {
            actions.push(Action::LeaseEnds);
        }
        if matches!(world.mark, Mark::Orphan(_)) {
            actions.push(Action::MarkEnds);
        }
        if world.stray.is_some() {
            actions.push(Action::StrayArrives);
        }
        for at in 0..self.callers.len() {
            self.actions_of(world, at, actions);
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = *last;
        match action {
            Action::Expire => world.expired += 1,
            Action::LeaseEnds => world.lease = Lease::Free,
            Action::MarkEnds => world.mark = Mark::None,
            Action::StrayArrives => {
                if let Some(token) = world.stray.take() {
                    let answer = spend(&mut world, token);
                    world.lose(answer, Loss::Answer);
                }
            }
            Action::Open(at, caller) => {
                world.replicas[at].callers[caller] = Caller::Opened(world.version()?);
            }
            Action::Renew(at, caller) => self.renew(&mut world, at, caller),
            Action::Revoke(at) => {
                let token = world.replicas[at].revoking.take()?;
                // A spent token is revoked without effect (RFC 7009 leaves the rest of the grant to the provider).
                world.provider.revoked |= token == world.provider.newest;
            }
            Action::LogOut(at) => {
                let token = delete(&mut world);
                world.replicas[at].revoke_later(token);
            }
            Action::RenewLease(at) => world.lease = Lease::Held(at as u8),
            Action::Fault(fault, at) => self.go_wrong(&mut world, fault, at),
            Action::Read(at)
            | Action::Lease(at)
            | Action::ReadAgain(at)
            | Action::Mark(at)
            | Action::Refresh(at)
            | Action::SwapTokens(at)
            | Action::End(at)
            | Action::Release(at) => self.step(&mut world, at),
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}

impl Protocol {
    fn actions_of(&self, world: &World, at: usize, actions: &mut Vec<Action>) {
        let replica = &world.replicas[at];
        for (number, caller) in replica.callers.iter().enumerate() {
            match caller {
                Caller::Idle if world.version().is_some_and(|v| v < world.expired) => {
                    actions.push(Action::Open(at, number));
                }
                Caller::Opened(_) | Caller::Again(_) => actions.push(Action::Renew(at, number)),
                _ => {}
            }
        }
        if replica.revoking.is_some() {
            actions.push(Action::Revoke(at));
        }
        if self.logout && world.version().is_some() {
            actions.push(Action::LogOut(at));
        }
        if let Some(flight) = replica.flight {
            actions.push(flight.step.action(at));
            if flight.step.is_while_leased() {
                if world.lease == Lease::Free {
                    actions.push(Action::RenewLease(at));
                } else if self.variant == Variant::NoRenewal && world.is_held_by(at) {
                    actions.push(Action::LeaseEnds);
                }
            }
        }
        if world.left.in_all > 0 {
            let possible = self.faults_at(world, at);
            actions.extend(possible.into_iter().map(|fault| Action::Fault(fault, at)));
        }
    }

    /// The caller's part of `renew`, up to where it waits.
    fn renew(&self, world: &mut World, at: usize, number: usize) {
        let replica = &mut world.replicas[at];
        let caller = &mut replica.callers[number];
        let (seen, second) = match *caller {
            Caller::Again(seen) => (seen, true),
            Caller::Opened(seen) => (seen, false),
            _ => return,
        };
        *caller = Caller::Joined { seen, second };
        replica.flight.get_or_insert(Flight {
            seen,
            step: Step::Read,
            stalled: false,
            unmarked: false,
        });
    }
}

/// The provider gets a refresh token: it rotates, or refuses the token and with a spent one the whole grant.
pub fn spend(world: &mut World, token: Token) -> Option<Token> {
    let provider = &mut world.provider;
    if token != provider.newest {
        provider.reused |= token < provider.newest;
        provider.revoked = true;
    }
    if provider.revoked {
        return None;
    }
    provider.newest += 1;
    Some(provider.newest)
}

/// The record is removed; its token is what is revoked then.
pub fn delete(world: &mut World) -> Option<Token> {
    let Record::Live { token, .. } = world.record else {
        return None;
    };
    world.record = Record::Deleted;
    world.past.over = true;
    Some(token)
}
