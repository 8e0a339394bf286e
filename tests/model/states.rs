//! What there is at one moment: the record and its lease in the store, the provider, the replicas with their flights and callers, and what may
//! still go wrong. Small numbers only, so that millions of moments fit into memory.
//!
//! Refresh token 0 is the one of the login. The provider answers token `n` with token `n + 1`, so the token that belongs to version `n` of
//! the record is token `n`.

use crate::steps::Action;

/// The most replicas there are.
pub const REPLICAS: usize = 3;
/// The most people that one replica serves.
pub const CALLERS: usize = 3;

/// A refresh token, by its place in the chain of rotations.
pub type Token = u8;
/// A version of the record.
pub type Version = u8;

/// Everything at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub record: Record,
    pub lease: Lease,
    pub mark: Mark,
    pub provider: Provider,
    pub replicas: [Replica; REPLICAS],
    /// The access tokens of versions below this one are expired.
    pub expired: Version,
    /// A request whose sender waits no longer and that the provider will still get.
    pub stray: Option<Token>,
    pub left: Faults,
    pub past: Past,
}

/// The session in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    Live {
        version: Version,
        token: Token,
    },
    /// Ended as `refresh_refused`.
    Ended {
        stood: Version,
        refused: Option<Version>,
    },
    Deleted,
}

/// The session's lease in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lease {
    Free,
    /// The flight of this replica has it.
    Held(u8),
    /// The replica that took it has crashed; it expires.
    Orphan,
}

/// The mark that the token of a version is being spent, in the store. It outlives the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    None,
    /// The flight of this replica made it.
    Of(u8, Version),
    /// The replica that made it has crashed; it expires.
    Orphan(Version),
}

/// The provider's side of the grant. It rotates, and takes a spent token as theft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Provider {
    /// The one token that is not spent.
    pub newest: Token,
    /// Whether the grant is dead, and all its tokens with it.
    pub revoked: bool,
    /// Whether a spent token was shown.
    pub reused: bool,
}

/// One running copy of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Replica {
    pub flight: Option<Flight>,
    pub callers: [Caller; CALLERS],
    /// The token that `revoke_later` has in hand.
    pub revoking: Option<Token>,
}

/// One request of the person whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// There is no such person.
    Absent,
    /// Has not come yet.
    Idle,
    /// Has read the session at this version, whose access token is expired.
    Opened(Version),
    /// Waits in `renew` for the flight under way; `second` when not for the first one.
    Joined { seen: Version, second: bool },
    /// The flight that it waited for did not look far enough.
    Again(Version),
    /// Has tokens newer than those it read.
    Served,
    /// Was told that it did not work, or died with its replica.
    Failed,
    /// Was given the tokens that it had already.
    Stale,
}

/// One run of `fly`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flight {
    pub seen: Version,
    pub step: Step,
    /// Whether its lease ran out under it.
    pub stalled: bool,
    /// Whether its mark ran out under it.
    pub unmarked: bool,
}

/// What a flight does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `read`, before it has the lease.
    Read,
    /// `lease`.
    Lease,
    /// `refresh_under_lease`: `read`, once more.
    ReadAgain,
    /// `mark_spending`, for the version seen.
    Mark,
    /// `provider.refresh`, under `while_leased`: the request is on its way.
    Refresh,
    /// `save`, under `while_leased`: `swap_tokens` over the version seen.
    Save(Token),
    /// `end`; whether the provider has refused the token.
    End { refused: bool },
    /// `release`; the version that the callers get, if it went well.
    Release(Option<Version>),
}

/// What may still go wrong, each kind so many times, and how many in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    pub in_all: u8,
    /// A replica dies, and starts again.
    pub crashes: u8,
    /// A request does not reach the provider, or later than its sender waits.
    pub requests: u8,
    /// The provider's answer is lost after the rotation.
    pub answers: u8,
    /// A call of the store fails, done or not.
    pub store: u8,
    /// A holder lives and stands still: its lease runs out, and where that takes long, its mark too.
    pub stalls: u8,
}

/// What happened once and does not show any more. Only the properties look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Past {
    /// The session was ended or deleted.
    pub over: bool,
    /// A lease ran out under a living holder.
    pub ran_out: bool,
    /// A mark ran out under a living holder.
    pub unmarked: bool,
    /// A holder waited for another one's mark.
    pub waited: bool,
    /// A request may have reached the provider after its sender gave up.
    pub late: bool,
    /// A replica died that held the lease and had not spent the token.
    pub died_leading: bool,
    /// The newest token that ever came into the store.
    pub stored: Token,
    /// The newest token that no replica has any more.
    pub lost: Option<(Token, Loss)>,
}

/// How a token was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// Its replica died.
    Crash,
    /// The answer that brought it did not arrive, or no caller waited for it.
    Answer,
    /// The store failed for all the time that `save` tries.
    Store,
    /// `delete` failed towards its caller, but was done: the record is gone, and its token with it.
    Delete,
}

impl World {
    /// A session that has just begun, on `replicas` replicas, with the callers of each.
    pub fn new(callers: &[usize], left: Faults) -> Self {
        let mut replicas = [Replica {
            flight: None,
            callers: [Caller::Absent; CALLERS],
            revoking: None,
        }; REPLICAS];
        for (replica, count) in replicas.iter_mut().zip(callers) {
            replica.callers[..*count].fill(Caller::Idle);
        }
        Self {
            record: Record::Live {
                version: 0,
                token: 0,
            },
            lease: Lease::Free,
            mark: Mark::None,
            provider: Provider {
                newest: 0,
                revoked: false,
                reused: false,
            },
            replicas,
            expired: 0,
            stray: None,
            left,
            past: Past::default(),
        }
    }

    /// The flights under way, each with its replica.
    pub fn flights(&self) -> impl Iterator<Item = (usize, Flight)> {
        let replicas = self.replicas.iter().enumerate();
        replicas.filter_map(|(at, replica)| Some((at, replica.flight?)))
    }

    /// The version of the record, while it lives.
    pub fn version(&self) -> Option<Version> {
        match self.record {
            Record::Live { version, .. } => Some(version),
            Record::Ended { .. } | Record::Deleted => None,
        }
    }

    /// Whether the flight of this replica has the lease.
    pub fn is_held_by(&self, at: usize) -> bool {
        self.lease == Lease::Held(at as u8)
    }

    /// Whether the mark is of the flight of this replica.
    pub fn is_marked_by(&self, at: usize) -> bool {
        matches!(self.mark, Mark::Of(by, _) if by == at as u8)
    }

    /// The flight of this replica is gone; what it has in the store stays there until it ends.
    pub fn orphan(&mut self, at: usize) {
        if self.is_held_by(at) {
            self.lease = Lease::Orphan;
        }
        if let Mark::Of(by, version) = self.mark
            && by == at as u8
        {
            self.mark = Mark::Orphan(version);
        }
    }

    /// What the flight of this replica does next.
    pub fn go_to(&mut self, at: usize, step: Step) {
        if let Some(flight) = &mut self.replicas[at].flight {
            flight.step = step;
        }
    }

    /// No replica has this token any more.
    pub fn lose(&mut self, token: Option<Token>, how: Loss) {
        let lost = token.map(|token| (token, how));
        self.past.lost = self.past.lost.max(lost);
    }

    /// The same, if it has not come into the store.
    pub fn lose_unless_stored(&mut self, token: Token, how: Loss) {
        if !matches!(self.record, Record::Live { token: stored, .. } if stored == token) {
            self.lose(Some(token), how);
        }
    }

    /// The same moment with like replicas, and like callers, in one order: which is which makes no difference.
    pub fn in_order(&self) -> Self {
        let mut world = *self;
        let mut order = [(self.replicas[0], false, false, 0); REPLICAS];
        for (at, place) in order.iter_mut().enumerate() {
            let mut replica = self.replicas[at];
            replica.callers.sort_unstable();
            *place = (replica, self.is_held_by(at), self.is_marked_by(at), at);
        }
        order.sort_unstable();
        for (to, (replica, holds, marks, _)) in order.into_iter().enumerate() {
            world.replicas[to] = replica;
            if holds {
                world.lease = Lease::Held(to as u8);
            }
            if let Mark::Of(_, version) = self.mark
                && marks
            {
                world.mark = Mark::Of(to as u8, version);
            }
        }
        world
    }
}

impl Replica {
    /// Whether a caller waits here for a refresh to end.
    pub fn has_waiting(&self) -> bool {
        let mut callers = self.callers.iter();
        callers.any(|caller| matches!(caller, Caller::Joined { .. }))
    }

    /// A token that is not needed is to be revoked. Of two, the newer one matters: the other is spent.
    pub fn revoke_later(&mut self, token: Option<Token>) {
        self.revoking = self.revoking.max(token);
    }
}

impl Step {
    /// Whether the lease is renewed meanwhile.
    pub fn is_while_leased(self) -> bool {
        matches!(
            self,
            Self::ReadAgain | Self::Mark | Self::Refresh | Self::Save(_)
        )
    }

    /// The step as an action of one replica.
    pub fn action(self, at: usize) -> Action {
        match self {
            Self::Read => Action::Read(at),
            Self::Lease => Action::Lease(at),
            Self::ReadAgain => Action::ReadAgain(at),
            Self::Mark => Action::Mark(at),
            Self::Refresh => Action::Refresh(at),
            Self::Save(_) => Action::SwapTokens(at),
            Self::End { .. } => Action::End(at),
            Self::Release(_) => Action::Release(at),
        }
    }
}

impl Flight {
    /// Whether it is where only one may be.
    pub fn is_spender(self) -> bool {
        matches!(self.step, Step::Refresh | Step::Save(_) | Step::End { .. })
    }

    /// Whether something in the store still keeps others from spending what it spends.
    pub fn is_protected(self) -> bool {
        !(self.stalled && self.unmarked)
    }

    /// Whether it has new tokens in its hands.
    pub fn is_saving(self) -> bool {
        matches!(self.step, Step::Save(_))
    }
}
