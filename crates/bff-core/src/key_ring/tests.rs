//! What a ring opens, what it refuses, and how a change of keys affects its clones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::SystemEntropy;

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

/// An entropy source that always returns the same bytes.
struct Nines;

impl Entropy for Nines {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(9);
    }
}

/// Stores and cookies hold the sealed form, so it must stay as docs/security.md describes it. The expected values were made from that
/// description by another library: Python's `cryptography`, with a key of 32 bytes of value 1 and "secret" at the place "row".
#[test]
fn the_sealed_form_is_the_documented_one() {
    let ring = KeyRing::new(key(1), vec![]);
    for (purpose, name, expected) in [
        (
            Purpose::LoginAttempt,
            "login_attempt",
            "ASRvODMJCQkJCQkJCQkJCQkJCQkJtSd4HYqEXaSuqbEq2IM0y2MzunWvfw",
        ),
        (
            Purpose::ReplacedSession,
            "replaced_session",
            "ASRvODMJCQkJCQkJCQkJCQkJCQkJZIyBquhv6tS63zecarjcf2ikFhPUAw",
        ),
        (
            Purpose::Profile,
            "profile",
            "ASRvODMJCQkJCQkJCQkJCQkJCQkJk1rVMX-Cna09ZPl43S5ugKv5UnyLtA",
        ),
        (
            Purpose::Tokens,
            "tokens",
            "ASRvODMJCQkJCQkJCQkJCQkJCQkJhe-TJFCCcMKlIjbgqusS48qeK86Z-A",
        ),
        (
            Purpose::AppData,
            "app_data",
            "ASRvODMJCQkJCQkJCQkJCQkJCQkJ60voTLek4vQG3ucESzO0TVk8sBD8SA",
        ),
        (
            Purpose::Probe,
            "probe",
            "ASRvODMJCQkJCQkJCQkJCQkJCQkJex3gdQsBPxtcMpZrjHQEGdMXFi2QSg",
        ),
    ] {
        assert_eq!(purpose.name(), name);
        let sealed = ring.seal(purpose, b"row", b"secret", &Nines);
        assert_eq!(URL_SAFE_NO_PAD.encode(&sealed), expected, "{purpose:?}");
        assert_eq!(
            ring.open(purpose, b"row", &sealed).unwrap().as_slice(),
            b"secret"
        );
    }
    let pseudonym = ring.pseudonym(&ring.seal(Purpose::Profile, b"", b"", &Nines), b"a session");
    assert_eq!(
        u128::from_be_bytes(pseudonym.unwrap()),
        0x460f_c2b2_312c_4ff2_8693_886b_0e30_55ac
    );
}

#[test]
fn an_invalid_value_and_an_altered_value_are_different_errors() {
    let ring = KeyRing::new(key(1), vec![]);
    let sealed = ring.seal(Purpose::Tokens, b"row", b"secret", &SystemEntropy);
    let short = &sealed[..HEADER_BYTES - 1];
    assert_eq!(
        ring.open(Purpose::Tokens, b"row", short),
        Err(OpenError::Malformed)
    );
    let newer = [&[VERSION + 1], &sealed[1..]].concat();
    assert_eq!(
        ring.open(Purpose::Tokens, b"row", &newer),
        Err(OpenError::Malformed)
    );
    let cut = &sealed[..sealed.len() - 1];
    assert_eq!(
        ring.open(Purpose::Tokens, b"row", cut),
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

/// Covers: RFC6749-10.3-1
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
fn every_copy_of_the_ring_uses_the_newest_keys() {
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
fn the_debug_text_of_a_ring_contains_no_key() {
    let ring = KeyRing::new(key(0xab), vec![key(0xcd)]);
    let shown = format!("{ring:?} {:?} {}", ring.sealing(), ring.sealing().id());
    assert!(
        !shown.contains("abab") && !shown.contains("cdcd"),
        "{shown}"
    );
    // The first 4 bytes of `sha256sum` over the label and the key.
    assert_eq!(key(1).id().to_string(), "246f3833");
    let ring = KeyRing::new(key(1), vec![key(2)]);
    assert_eq!(format!("{ring:?}"), "KeyRing([246f3833, c4e44e68])");
    assert_eq!(format!("{:?}", ring.sealing()), "SealingKey(***)");
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
