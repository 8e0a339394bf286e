//! The refresh protocol as a small state machine, and every order in which its steps can happen.
//!
//! `states` is what there is, `steps` and `flight` what can happen, by the names of `flow/refresh.rs` and `bff-store/store.rs`,
//! `faults` what can go wrong, `properties` what must hold and what must be reached, `mutants` the proof that the model can fail. It
//! starts nothing of the program: the code is held by the tests beside it, and this holds the idea of the code. A change of the
//! protocol changes both.
//!
//! The bounds, which each test names: two or three replicas, one session, up to two expiries, a logout at any moment, and up to three
//! faults, each kind once: a replica dies, a request to the provider is lost or late, an answer is lost after the rotation, a call of the
//! store fails (done or not, or for longer than a mark stands), a lease runs out under a living holder, alone or with its mark. Not in the model: clocks, limits of the session, a provider that
//! forgives a spent token, a write to the store that happens after its failure was reported. Like replicas and like callers are one.
#![cfg(test)]

mod faults;
mod flight;
mod mutants;
mod properties;
mod states;
mod steps;

use stateright::{Checker as _, HasDiscoveries, Model as _};

use properties::{GOALS, INVARIANTS, broken};
use states::{Faults, Version, World};
use steps::{Protocol, Variant};

/// The protocol as it is written, with a logout at any moment and `faults` in all, each kind once at most.
fn protocol(callers: &[usize], expiries: Version, faults: u8) -> Protocol {
    let each = faults.min(1);
    Protocol {
        callers: callers.to_vec(),
        expiries,
        faults: Faults {
            in_all: faults,
            crashes: each,
            requests: each,
            answers: each,
            store: each,
            stalls: each,
        },
        logout: true,
        variant: Variant::AsWritten,
        invariants: INVARIANTS.to_vec(),
        goals: &[],
    }
}

/// Takes every way there is, and fails with the steps of the one on which an invariant breaks, or with the goals that no way reaches.
fn explore(protocol: Protocol) {
    let checker = protocol
        .checker()
        .symmetry_fn(World::in_order)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_dfs()
        .join();
    let model = checker.model();
    let replicas = model.callers.len();
    println!(
        "{replicas} replicas, callers {:?}, {} expiries, {} faults: {} unique states, {} steps, depth {}",
        model.callers,
        model.expiries,
        model.faults.in_all,
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
    );
    let found = checker.discoveries();
    for path in found.values() {
        if let Some(invariant) = broken(model, path.last_state()) {
            let last = *path.last_state();
            let steps = path.clone().into_actions();
            panic!("broken: {invariant}\nby {steps:#?}\nwhich leads to {last:#?}");
        }
    }
    let goals = model.goals.iter().map(|(name, _)| *name);
    let missed: Vec<_> = goals.filter(|name| !found.contains_key(name)).collect();
    assert!(missed.is_empty(), "never reached: {missed:#?}");
}

#[test]
fn two_replicas_without_faults_spend_once_an_expiry() {
    explore(protocol(&[2, 2], 2, 0));
}

#[test]
fn three_replicas_without_faults_spend_once_an_expiry() {
    explore(protocol(&[2, 2, 1], 2, 0));
}

#[test]
fn a_caller_among_late_readers_gets_newer_tokens() {
    explore(protocol(&[3, 1], 2, 0));
}

#[test]
fn two_replicas_keep_every_promise_through_three_faults() {
    explore(protocol(&[2, 1], 2, 3));
}

#[test]
fn two_replicas_with_two_callers_each_keep_every_promise_through_two_faults() {
    explore(protocol(&[2, 2], 2, 2));
}

#[test]
fn three_replicas_keep_every_promise_through_three_faults() {
    explore(protocol(&[1, 1, 1], 2, 3));
}

#[test]
fn three_replicas_of_which_one_has_two_callers_keep_every_promise_through_a_fault() {
    explore(protocol(&[2, 1, 1], 2, 1));
}

#[test]
fn every_moment_that_matters_is_reached() {
    explore(Protocol {
        goals: GOALS,
        ..protocol(&[2, 1], 2, 2)
    });
}
