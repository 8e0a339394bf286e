//! What can go wrong at each point, and what is left of the protocol then.

use crate::states::{Caller, Faults, Lease, Loss, Mark, Step, World};
use crate::steps::{Protocol, Variant, delete, spend};

/// What goes wrong. `Done` and `NotDone` are the two truths behind a call of the store that reports a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Crash,
    /// The replica dies, and the request that it has sent goes on.
    CrashWhileSent,
    RequestLost,
    /// The sender gives up, and the request goes on.
    RequestLate,
    AnswerLost,
    CallNotDone,
    CallDone,
    /// `save` has tried for as long as it does.
    GivesUpNotDone,
    GivesUpDone,
    DeleteDone,
    LeaseRunsOut,
    /// The holder stands still for so long that its mark runs out too.
    MarkRunsOut,
    /// The store fails for longer than the mark lasts, and `save` tries on.
    SaveTakesLong,
}

impl Protocol {
    /// What may go wrong now on one replica.
    pub fn faults_at(&self, world: &World, at: usize) -> Vec<Fault> {
        let (replica, left) = (&world.replicas[at], &world.left);
        let mut faults = Vec::new();
        if left.crashes > 0 && (replica.flight.is_some() || replica.revoking.is_some()) {
            faults.push(Fault::Crash);
        }
        if left.store > 0 && self.logout && world.version().is_some() {
            faults.push(Fault::DeleteDone);
        }
        let Some(flight) = replica.flight else {
            return faults;
        };
        if left.store > 0 {
            faults.extend(flight.step.store_faults());
        }
        if left.stalls > 0 && world.is_held_by(at) {
            faults.push(Fault::LeaseRunsOut);
        }
        if left.stalls > 0 && world.is_marked_by(at) {
            faults.push(Fault::MarkRunsOut);
        }
        if left.store > 0 && world.is_marked_by(at) && flight.is_saving() {
            faults.push(Fault::SaveTakesLong);
        }
        if flight.step == Step::Refresh {
            if left.crashes > 0 && world.stray.is_none() {
                faults.push(Fault::CrashWhileSent);
            }
            if left.requests > 0 {
                faults.push(Fault::RequestLost);
                if world.stray.is_none() {
                    faults.push(Fault::RequestLate);
                }
            }
            if left.answers > 0 {
                faults.push(Fault::AnswerLost);
            }
        }
        faults
    }

    pub fn go_wrong(&self, world: &mut World, fault: Fault, at: usize) {
        world.left.pay(fault);
        match fault {
            Fault::Crash => return self.crash(world, at),
            Fault::DeleteDone => {
                let token = delete(world);
                return world.lose(token, Loss::Delete);
            }
            _ => {}
        }
        let Some(flight) = &mut world.replicas[at].flight else {
            return;
        };
        let seen = flight.seen;
        match fault {
            Fault::LeaseRunsOut => {
                flight.stalled = true;
                world.past.ran_out = true;
                world.lease = Lease::Free;
            }
            Fault::MarkRunsOut | Fault::SaveTakesLong => {
                flight.unmarked = true;
                world.past.unmarked = true;
                world.mark = Mark::None;
                if fault == Fault::MarkRunsOut {
                    flight.stalled = true;
                    world.past.ran_out = true;
                    if world.lease == Lease::Held(at as u8) {
                        world.lease = Lease::Free;
                    }
                }
            }
            Fault::CrashWhileSent => {
                (world.stray, world.past.late) = (Some(seen), true);
                self.crash(world, at);
            }
            Fault::RequestLost | Fault::RequestLate => {
                if fault == Fault::RequestLate {
                    (world.stray, world.past.late) = (Some(seen), true);
                }
                world.go_to(at, self.after_fault());
            }
            Fault::AnswerLost => {
                let answer = spend(world, seen);
                world.lose(answer, Loss::Answer);
                world.go_to(at, self.after_fault());
            }
            _ => self.fail_call(world, fault, at),
        }
    }

    fn after_fault(&self) -> Step {
        match self.variant {
            Variant::TroubleIsRefusal => Step::End { refused: false },
            _ => Step::Release(None),
        }
    }

    /// A call of the store reports a failure, and was done or not.
    fn fail_call(&self, world: &mut World, fault: Fault, at: usize) {
        let Some(flight) = world.replicas[at].flight else {
            return;
        };
        let done = matches!(fault, Fault::CallDone | Fault::GivesUpDone);
        match flight.step {
            Step::Read => self.land(world, at, None),
            Step::Lease => {
                if done {
                    self.take_lease(world, at);
                }
                self.land(world, at, None);
            }
            Step::ReadAgain | Step::Refresh => world.go_to(at, Step::Release(None)),
            Step::Mark => {
                if done {
                    self.mark(world, at, flight.seen);
                }
                world.go_to(at, Step::Release(None));
            }
            Step::Save(token) => {
                if done {
                    self.swap_tokens(world, flight.seen, token);
                }
                if matches!(fault, Fault::GivesUpDone | Fault::GivesUpNotDone) {
                    world.lose_unless_stored(token, Loss::Store);
                    world.go_to(at, Step::Release(None));
                }
            }
            Step::End { refused } => {
                if done {
                    self.end(world, flight.seen, refused);
                }
                world.go_to(at, Step::Release(None));
            }
            Step::Release(landing) => {
                if done {
                    self.release(world, at);
                }
                self.land(world, at, landing);
            }
        }
    }

    /// The replica dies and starts again: whatever only it knew is gone.
    fn crash(&self, world: &mut World, at: usize) {
        let leads = world.is_held_by(at);
        let replica = &mut world.replicas[at];
        for caller in &mut replica.callers {
            if !matches!(caller, Caller::Absent | Caller::Idle | Caller::Served) {
                *caller = Caller::Failed;
            }
        }
        let revoking = replica.revoking.take();
        let flight = replica.flight.take();
        world.lose(revoking, Loss::Crash);
        world.orphan(at);
        match flight.map(|flight| (flight.step, flight.seen)) {
            Some((Step::Save(token), _)) => world.lose_unless_stored(token, Loss::Crash),
            Some((Step::ReadAgain | Step::Mark | Step::Refresh, seen)) => {
                world.past.died_leading |= leads && world.version() == Some(seen);
            }
            _ => {}
        }
    }
}

impl Step {
    /// How the store may fail at this step. A `save` that is not done is simply tried again.
    fn store_faults(self) -> &'static [Fault] {
        match self {
            Self::Read | Self::ReadAgain => &[Fault::CallNotDone],
            Self::Lease | Self::Mark | Self::End { .. } | Self::Release(_) => {
                &[Fault::CallNotDone, Fault::CallDone]
            }
            Self::Refresh => &[],
            Self::Save(_) => &[Fault::CallDone, Fault::GivesUpNotDone, Fault::GivesUpDone],
        }
    }
}

impl Faults {
    fn pay(&mut self, fault: Fault) {
        let kind = match fault {
            Fault::Crash | Fault::CrashWhileSent => &mut self.crashes,
            Fault::RequestLost | Fault::RequestLate => &mut self.requests,
            Fault::AnswerLost => &mut self.answers,
            Fault::LeaseRunsOut | Fault::MarkRunsOut => &mut self.stalls,
            Fault::CallNotDone
            | Fault::CallDone
            | Fault::GivesUpNotDone
            | Fault::GivesUpDone
            | Fault::DeleteDone
            | Fault::SaveTakesLong => &mut self.store,
        };
        *kind -= 1;
        self.in_all -= 1;
    }
}
