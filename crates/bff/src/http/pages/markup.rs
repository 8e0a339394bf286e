//! What must hold for the markup of every page: the Content-Security-Policy, the addresses, the ids.

use std::collections::BTreeSet;

use super::asset;
use super::tests::in_all_languages;

/// The values of an attribute on a page.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let opening = format!(" {name}=\"");
    page.split(&opening)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// Covers: ASVS-3.4.3
#[test]
fn no_page_holds_what_the_content_security_policy_forbids() {
    in_all_languages(|_, name, page| {
        assert!(
            !page.contains("<style") && !page.contains(" style="),
            "{name}: inline style"
        );
        assert!(!page.contains("javascript:"), "{name}: script address");
        for script in page.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(
                tag.contains("type=\"module\"") && tag.contains(" src=\"/static/"),
                "{name}"
            );
            assert!(
                tag.contains(" nonce=\"bm9uY2U\""),
                "{name}: a script without the nonce"
            );
            assert!(rest.starts_with("</script>"), "{name}: inline script");
        }
        for style in page.split("<link rel=\"stylesheet\"").skip(1) {
            assert!(
                style.starts_with(" nonce=\"bm9uY2U\""),
                "{name}: a style without the nonce"
            );
        }
        for handler in ["onclick", "onload", "onerror", "onsubmit"] {
            assert!(!page.contains(handler), "{name}: {handler}");
        }
    });
}

/// Covers: RFC6749-3.1.2.5-1
#[test]
fn pages_lead_nowhere_but_here_and_every_asset_they_name_is_there() {
    let mut assets = BTreeSet::new();
    in_all_languages(|_, name, page| {
        for address in ["href", "src", "action"]
            .iter()
            .flat_map(|kind| attributes(page, kind))
        {
            let is_local = address.starts_with('/') && !address.starts_with("//");
            let is_control_page = address == "http://127.0.0.1:3001/sandbox";
            assert!(
                is_local || is_control_page || address == "#main",
                "{name}: {address}"
            );
            assets.extend(address.strip_prefix("/static/").map(str::to_owned));
        }
    });
    assert!(assets.len() >= 5, "{assets:?}");
    for path in assets {
        assert!(
            asset(&path).is_some_and(|asset| asset.is_immutable),
            "{path}"
        );
    }
}

#[test]
fn an_id_stands_once_on_a_page() {
    in_all_languages(|_, name, page| {
        let mut ids = attributes(page, "id");
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}: {ids:?}");
    });
}
