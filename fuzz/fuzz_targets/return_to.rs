//! Return addresses: what is taken stays on our origin, however often it is read, and leads to no place of the login itself.
#![no_main]

use aihubmix_bff_fuzz::program::closed_paths;
use aihubmix_bff_fuzz::rules::{ORIGINS, resolved};
use bff::domain::ReturnTo;
use libfuzzer_sys::fuzz_target;
use url::Url;

/// Paths that no login returns to: they start a login again, or are no pages. The router does not read `%2F` as a slash.
const NO_PLACE: [&str; 4] = ["/auth/", "/oauth/", "/api/", "/topup"];

fuzz_target!(|text: &str| {
    let closed = closed_paths();
    for origin in ORIGINS {
        let origin = Url::parse(origin).expect("an origin");
        let Ok(address) = ReturnTo::parse(text, &origin, &closed) else {
            continue;
        };
        for location in [address.as_str().to_owned(), address.after_login()] {
            // What goes into a header and into a page is one line of ASCII with no blank.
            assert!(
                location.bytes().all(|byte| byte.is_ascii_graphic()),
                "{location:?}"
            );
            assert!(!location.contains('\\'), "{location}");
            let once = resolved(&origin, &location);
            assert_eq!(once.origin(), origin.origin(), "{location}");
            // Relative to where it led, and as a server or a script that decodes it first would read it.
            let twice = resolved(&once, &location);
            assert_eq!(once, twice, "{location}");
            let decoded: String = percent_decoded(once.path());
            assert!(
                !decoded.starts_with("//") && !decoded.contains('\\'),
                "{location}"
            );
            let routed =
                percent_decoded(&once.path().replace("%2f", "%2F").replace("%2F", "%252F"));
            let is_no_place = NO_PLACE.iter().any(|place| {
                routed
                    .strip_prefix(place)
                    .is_some_and(|rest| place.ends_with('/') || rest.is_empty())
            });
            assert!(!is_no_place, "{location}");
        }
        let marks = address.after_login();
        let marks = resolved(&origin, &marks);
        let logins: Vec<_> = marks
            .query_pairs()
            .filter(|(name, _)| name == "login")
            .collect();
        assert!(
            logins.iter().any(|(_, value)| value == "success"),
            "{marks}"
        );
        // Reading it again changes nothing.
        assert_eq!(
            ReturnTo::parse(address.as_str(), &origin, &closed).as_ref(),
            Ok(&address)
        );
    }
});

/// The path with its percent-coding taken off once, byte for byte.
fn percent_decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.map(|two| u8::from_str_radix(two, 16)) {
            Some(Ok(byte)) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
