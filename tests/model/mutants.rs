//! The protocol with one safeguard less each time. The checker must find out what that safeguard is for; where it does not, the model
//! is too kind to be worth anything.

use stateright::{Checker as _, HasDiscoveries, Model as _, Path};

use crate::properties::{
    ALL_SERVED, FENCED, Invariant, NEVER_BACK, NEWER_FOR_ALL, NO_LATE_SPENDER, NO_REUSE,
    NO_TOKEN_FORGOTTEN, ONE_ROTATION, ONE_SPENDER, ONE_SPENDER_A_VERSION, REFUSED_AS_IT_STANDS,
    STAYS_OVER,
};
use crate::states::{Faults, World};
use crate::steps::{Action, Protocol, Variant};

const NO_FAULTS: Faults = Faults {
    in_all: 0,
    crashes: 0,
    requests: 0,
    answers: 0,
    store: 0,
    stalls: 0,
};
/// The fault that shows most: a holder that lives, and whose lease ran out.
const ONE_STALL: Faults = Faults {
    in_all: 1,
    stalls: 1,
    ..NO_FAULTS
};

/// What takes the mark away from a holder that lives and has its lease: a store that fails for long.
const ONE_LONG_SAVE: Faults = Faults {
    in_all: 1,
    store: 1,
    ..NO_FAULTS
};
/// Both.
const STALL_AND_LONG_SAVE: Faults = Faults {
    in_all: 2,
    stalls: 1,
    store: 1,
    ..NO_FAULTS
};

/// `variant` among two replicas, the first with two callers.
fn of(variant: Variant, invariant: Invariant, faults: Faults) -> Protocol {
    Protocol {
        callers: vec![2, 1],
        expiries: 2,
        faults,
        logout: true,
        variant,
        invariants: vec![invariant],
        goals: &[],
    }
}

/// The shortest way to where the protocol breaks one of its invariants.
fn way_to_break(protocol: Protocol) -> Option<Path<World, Action>> {
    let checker = protocol
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let mut found = checker.discoveries().into_values();
    found.next()
}

/// Without the safeguard the invariant breaks; that it holds with it, under more faults than these, is what the other tests show.
fn assert_needed(variant: Variant, invariant: Invariant, faults: Faults) {
    assert_breaks(of(variant, invariant, faults));
}

fn assert_breaks(protocol: Protocol) {
    let (variant, invariant) = (protocol.variant, protocol.invariants[0].name);
    let Some(path) = way_to_break(protocol) else {
        panic!("{variant:?} does not break \"{invariant}\"");
    };
    println!(
        "{variant:?} breaks \"{invariant}\" in {} steps",
        path.into_actions().len()
    );
}

#[test]
fn without_the_look_under_the_lease_a_spent_token_is_spent_again() {
    assert_needed(Variant::NoReadUnderLease, NO_REUSE, NO_FAULTS);
    assert_needed(Variant::NoReadUnderLease, NO_LATE_SPENDER, NO_FAULTS);
}

#[test]
fn without_a_mark_who_succeeds_a_stalled_holder_spends_its_token_again() {
    assert_needed(Variant::NoMark, NO_REUSE, ONE_STALL);
    assert_needed(Variant::NoMark, ONE_SPENDER_A_VERSION, ONE_STALL);
}

#[test]
fn a_mark_for_a_version_that_has_moved_lets_a_stalled_holder_spend_late() {
    assert_needed(Variant::MarkAtAnyVersion, NO_LATE_SPENDER, ONE_STALL);
    assert_needed(Variant::MarkAtAnyVersion, NO_REUSE, ONE_STALL);
}

#[test]
fn a_mark_of_who_lost_the_lease_lets_two_spend_at_once() {
    assert_needed(
        Variant::MarkForAll,
        ONE_SPENDER_A_VERSION,
        STALL_AND_LONG_SAVE,
    );
}

#[test]
fn a_mark_that_any_replica_removes_protects_no_token() {
    assert_needed(Variant::ReleaseTakesAnyMark, NO_REUSE, STALL_AND_LONG_SAVE);
}

#[test]
fn a_holder_that_does_not_compare_the_version_refreshes_twice_an_expiry() {
    assert_needed(Variant::RefreshesAgain, ONE_ROTATION, NO_FAULTS);
}

#[test]
fn who_does_not_wait_for_the_lease_is_not_served() {
    assert_needed(Variant::NoWaiting, ALL_SERVED, NO_FAULTS);
}

#[test]
fn without_a_lease_two_spend_at_once() {
    assert_needed(Variant::LeaseForAll, ONE_SPENDER, ONE_LONG_SAVE);
    assert_needed(Variant::LeaseForAll, NO_REUSE, ONE_LONG_SAVE);
}

#[test]
fn a_lease_that_is_not_renewed_has_two_holders_while_the_provider_is_slow() {
    assert_needed(Variant::NoRenewal, ONE_SPENDER, ONE_LONG_SAVE);
    assert_needed(Variant::NoRenewal, NO_REUSE, ONE_LONG_SAVE);
}

#[test]
fn a_lease_that_any_replica_releases_has_two_holders() {
    assert_needed(Variant::ReleaseForAll, ONE_SPENDER, STALL_AND_LONG_SAVE);
}

#[test]
fn tokens_stored_at_any_version_overwrite_newer_ones() {
    assert_needed(Variant::SwapAtAnyVersion, FENCED, STALL_AND_LONG_SAVE);
    assert_needed(Variant::SwapAtAnyVersion, NEVER_BACK, STALL_AND_LONG_SAVE);
}

#[test]
fn tokens_stored_for_a_session_that_is_gone_bring_it_back() {
    assert_needed(Variant::SwapBringsBack, STAYS_OVER, NO_FAULTS);
}

#[test]
fn a_refusal_of_an_old_token_ends_a_session_that_has_newer_ones() {
    assert_needed(Variant::EndAtAnyVersion, REFUSED_AS_IT_STANDS, ONE_STALL);
}

#[test]
fn a_fault_taken_for_a_refusal_ends_a_live_session() {
    let faults = Faults {
        in_all: 1,
        requests: 1,
        ..NO_FAULTS
    };
    assert_needed(Variant::TroubleIsRefusal, REFUSED_AS_IT_STANDS, faults);
    assert_needed(Variant::TroubleIsRefusal, NO_TOKEN_FORGOTTEN, faults);
}

#[test]
fn tokens_that_come_after_a_logout_and_are_only_dropped_live_on() {
    assert_needed(Variant::NothingIsRevoked, NO_TOKEN_FORGOTTEN, NO_FAULTS);
}

#[test]
fn who_takes_what_any_flight_brings_is_given_old_tokens() {
    assert_needed(Variant::FirstLandingCounts, NEWER_FOR_ALL, NO_FAULTS);
}

/// The second flight may have begun for an older version too: it takes two late readers of an older version on one replica, one before
/// the caller and one between its two flights.
#[test]
fn who_takes_what_a_second_flight_brings_is_given_old_tokens() {
    let protocol = Protocol {
        callers: vec![3, 1],
        ..of(Variant::SecondLandingCounts, NEWER_FOR_ALL, NO_FAULTS)
    };
    assert_breaks(protocol);
}
