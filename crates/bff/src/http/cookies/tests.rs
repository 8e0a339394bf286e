//! How cookies are read and issued.

use super::*;
use crate::domain::SystemEntropy;

fn read(lines: &[&[u8]], secure: bool) -> RequestCookies {
    let line = |line: &&[u8]| (COOKIE, HeaderValue::from_bytes(line).unwrap());
    RequestCookies::read(&lines.iter().map(line).collect(), Cookies { secure })
}

#[test]
fn cookies_of_the_apps_own_are_read_by_their_exact_name_and_ours_are_not_among_them() {
    let line = b"theme=dark%20; Theme=x; nick=\xe7\x8e\x8b; twice=1; session=s; language=en";
    let login = b"twice=2;empty=; login-x=y; __Host-Http-session=z";
    let cookies = read(&[line, login], false);
    for (name, expected) in [
        ("theme", Some(&b"dark%20"[..])),
        ("nick", Some(b"\xe7\x8e\x8b")),
        ("empty", Some(b"")),
        ("__Host-Http-session", Some(b"z")),
        ("twice", None),
        ("none", None),
        ("session", None),
        ("language", None),
        ("login-x", None),
    ] {
        assert_eq!(cookies.get(name), expected, "{name}");
    }
    assert_eq!(cookies.language(), Some("en"));
}

#[test]
fn a_value_counts_in_the_form_in_which_it_is_issued_and_in_no_other() {
    for secure in [true, false] {
        let id = SessionId::random(&SystemEntropy);
        let issued = Cookies { secure }.issued(&id);
        assert_eq!(
            issued,
            Cookies { secure }.session(&id).stripped().to_string()
        );
        let found = read(&[issued.as_bytes()], secure);
        assert!(found.session().is_some_and(|found| found.matches(&id)));
        assert!(read(&[issued.as_bytes()], !secure).session().is_none());
        for other in [
            format!("{issued}A"),
            format!("{issued}="),
            issued[..issued.len() - 1].to_owned(),
            issued.replacen('=', "=\"", 1) + "\"",
            // The last character has two bits that stand for nothing; they must be zero.
            format!("{}B", &issued[..issued.len() - 1]),
            format!("{}+", &issued[..issued.len() - 1]),
        ] {
            assert!(
                read(&[other.as_bytes()], secure).session().is_none(),
                "{other}"
            );
        }
    }
}
