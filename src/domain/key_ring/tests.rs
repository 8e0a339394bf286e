//! What a ring opens, what it refuses, and what becomes of its holders when its keys change.

use super::*;
use crate::domain::SystemEntropy;

fn key(byte: u8) -> SealingKey {
    SealingKey::new(Zeroizing::new([byte; 32]))
}

#[test]
fn a_value_opens_only_for_its_purpose_and_place() {
    let ring = KeyRing::new(key(1), vec![]);
    let sealed = ring.seal(Purpose::Tokens, b"row 1", b"secret", &SystemEntropy);
    assert_eq!(
        ring.open(Purpose::Tokens, b"row 1", &sealed)
            .unwrap()
            .as_slice(),
        b"secret"
    );
    assert_eq!(
        ring.open(Purpose::Tokens, b"row 2", &sealed),
        Err(OpenError::Altered)
    );
    assert_eq!(
        ring.open(Purpose::Profile, b"row 1", &sealed),
        Err(OpenError::Altered)
    );
}

#[test]
fn rotated_keys_still_open_and_removed_keys_do_not() {
    let old = KeyRing::new(key(1), vec![]);
    let sealed = old.seal(Purpose::Tokens, b"row", b"secret", &SystemEntropy);
    let rotated = KeyRing::new(key(2), vec![key(1)]);
    assert!(rotated.open(Purpose::Tokens, b"row", &sealed).is_ok());
    let removed = KeyRing::new(key(2), vec![]);
    assert_eq!(
        removed.open(Purpose::Tokens, b"row", &sealed),
        Err(OpenError::UnknownKey)
    );
}

#[test]
fn any_flipped_byte_and_any_cut_is_noticed() {
    let ring = KeyRing::new(key(1), vec![]);
    let sealed = ring.seal(Purpose::Tokens, b"row", b"secret", &SystemEntropy);
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(
            ring.open(Purpose::Tokens, b"row", &altered).is_err(),
            "byte {at}"
        );
        assert!(
            ring.open(Purpose::Tokens, b"row", &sealed[..at]).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn the_same_text_is_never_sealed_the_same_way_twice() {
    let ring = KeyRing::new(key(1), vec![]);
    let first = ring.seal(Purpose::Tokens, b"row", b"secret", &SystemEntropy);
    assert_ne!(
        first,
        ring.seal(Purpose::Tokens, b"row", b"secret", &SystemEntropy)
    );
}

#[test]
fn whoever_holds_the_ring_uses_the_keys_that_were_put_in_last() {
    let ring = KeyRing::new(key(1), vec![]);
    let holder = ring.clone();
    let before = holder.seal(Purpose::Tokens, b"row", b"before", &SystemEntropy);

    ring.replace(key(2), vec![key(1)]);
    let after = holder.seal(Purpose::Tokens, b"row", b"after", &SystemEntropy);
    assert_eq!(holder.ids(), [key(2).id(), key(1).id()]);
    for (sealed, plain) in [(&before, &b"before"[..]), (&after, b"after")] {
        let opened = holder.open(Purpose::Tokens, b"row", sealed).unwrap();
        assert_eq!(opened.as_slice(), plain);
    }
    let old = KeyRing::new(key(1), vec![]);
    assert_eq!(
        old.open(Purpose::Tokens, b"row", &after),
        Err(OpenError::UnknownKey),
        "the new key seals"
    );

    ring.replace(key(2), vec![]);
    assert_eq!(
        holder.open(Purpose::Tokens, b"row", &before),
        Err(OpenError::UnknownKey)
    );
}

#[test]
fn what_is_printed_of_a_ring_is_no_part_of_a_key() {
    let ring = KeyRing::new(key(0xab), vec![key(0xcd)]);
    let shown = format!("{ring:?} {:?} {}", ring.sealing(), ring.sealing().id());
    assert!(
        !shown.contains("abab") && !shown.contains("cdcd"),
        "{shown}"
    );
}

#[test]
fn a_pseudonym_stays_through_a_change_of_keys_and_needs_the_key_that_sealed() {
    let ring = KeyRing::new(key(1), vec![]);
    let sealed = ring.seal(Purpose::Profile, b"place", b"plain", &SystemEntropy);
    let name = ring.pseudonym(&sealed, b"a session").unwrap();
    assert_ne!(ring.pseudonym(&sealed, b"another").unwrap(), name);

    ring.replace(key(2), vec![key(1)]);
    assert_eq!(ring.pseudonym(&sealed, b"a session"), Some(name));
    let by_another = ring.seal(Purpose::Profile, b"place", b"plain", &SystemEntropy);
    assert_ne!(ring.pseudonym(&by_another, b"a session"), Some(name));

    ring.replace(key(2), vec![]);
    assert_eq!(ring.pseudonym(&sealed, b"a session"), None);
    assert_eq!(ring.pseudonym(b"", b"a session"), None);
}
