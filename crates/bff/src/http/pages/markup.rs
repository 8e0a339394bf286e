//! Rules for the markup of every page: the Content-Security-Policy, the links, the ids.

use std::collections::HashSet;

use super::renderer::Pages;

impl Pages {
    /// Returns the faults in the markup of a rendered page: what the Content-Security-Policy forbids, links to other origins, assets that do not
    /// exist, and ids that occur twice. `nonce` is the nonce of the page. `sandbox` and the link to the support are the only links to another origin that are allowed.
    #[must_use]
    pub fn markup_faults(&self, page: &str, nonce: &str, sandbox: Option<&str>) -> Vec<String> {
        let urls = self.engine.urls().unwrap_or_default();
        let mut faults = Vec::new();
        let mut fault = |is_faulty: bool, what: String| {
            if is_faulty {
                faults.push(what);
            }
        };
        fault(
            page.contains("<style") || page.contains(" style="),
            "inline style".to_owned(),
        );
        fault(page.contains("javascript:"), "a javascript: URL".to_owned());
        let nonce = format!(" nonce=\"{nonce}\"");
        for script in page.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap_or_default();
            let is_module = tag.contains("type=\"module\"") && tag.contains(" src=\"/static/");
            fault(
                !is_module,
                format!("a script that is no module of this origin: {tag}"),
            );
            fault(
                !tag.contains(&nonce),
                format!("a script without the nonce: {tag}"),
            );
            fault(
                !rest.starts_with("</script>"),
                "an inline script".to_owned(),
            );
        }
        for style in page.split("<link rel=\"stylesheet\"").skip(1) {
            fault(
                !style.starts_with(&nonce),
                "a style sheet without the nonce".to_owned(),
            );
        }
        for handler in [" onclick", " onload", " onerror", " onsubmit"] {
            fault(
                page.contains(&format!("{handler}=")),
                format!("an inline handler:{handler}"),
            );
        }
        for address in ["href", "src", "action"]
            .iter()
            .flat_map(|kind| attributes(page, kind))
        {
            let is_local = address.starts_with('/') && !address.starts_with("//");
            let is_allowed = is_local || address.starts_with('#') || sandbox == Some(address);
            let is_allowed = is_allowed || self.support_url.as_deref() == Some(address);
            fault(!is_allowed, format!("a link to another origin: {address}"));
            let is_asset = address.starts_with("/static/");
            fault(
                is_asset && !urls.values().any(|url| url == address),
                format!("an asset that does not exist: {address}"),
            );
        }
        let mut ids = HashSet::new();
        for id in attributes(page, "id") {
            fault(!ids.insert(id), format!("the id {id} twice"));
        }
        faults
    }
}

/// Returns the values of an attribute on a page.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let opening = format!(" {name}=\"");
    page.split(&opening)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::pages;

    #[test]
    fn each_rule_finds_its_fault() {
        let pages = pages();
        let nonce = "bm9uY2U";
        let script = pages.engine.urls().unwrap()["js/app.js"].clone();
        for (page, fault) in [
            ("<p style=\"x\">".to_owned(), "inline style"),
            ("<a href=\"javascript:x\">".to_owned(), "javascript:"),
            (
                format!("<script type=\"module\" src=\"{script}\"></script>"),
                "without the nonce",
            ),
            (
                format!("<script type=\"module\" nonce=\"{nonce}\" src=\"{script}\">x</script>"),
                "inline script",
            ),
            (format!("<script nonce=\"{nonce}\"></script>"), "no module"),
            (
                format!("<link rel=\"stylesheet\" href=\"{script}\">"),
                "without the nonce",
            ),
            ("<p onclick=\"x\">".to_owned(), "inline handler"),
            ("<a href=\"//evil.test\">".to_owned(), "another origin"),
            (
                "<img src=\"/static/x/none.svg\">".to_owned(),
                "does not exist",
            ),
            ("<p id=\"a\"><p id=\"a\">".to_owned(), "twice"),
        ] {
            let faults = pages.markup_faults(&page, nonce, None);
            assert!(
                faults.iter().any(|found| found.contains(fault)),
                "{page}: {faults:?}"
            );
        }
        let sound = format!(
            "<p id=\"a\"><script type=\"module\" nonce=\"{nonce}\" src=\"{script}\"></script><a href=\"#main\">"
        );
        assert_eq!(
            pages.markup_faults(&sound, nonce, None),
            Vec::<String>::new()
        );
    }
}
