//! The page that shows a fault of a template to its author, in development only. It is no template, because templates may be what is broken.

/// Returns a page with the fault as text.
#[must_use]
pub fn fault_page(fault: &str) -> String {
    let mut text = String::with_capacity(fault.len());
    for c in fault.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            other => text.push(other),
        }
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>The page cannot be rendered</title>\n\
         <h1>The page cannot be rendered</h1>\n<pre>{text}</pre>\n\
         <p>Only the development profile shows this. Correct the file, then reload the page.</p>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_is_text_and_never_markup() {
        let page = fault_page("a < b & <script>x</script>");
        assert!(
            page.contains("<pre>a &lt; b &amp; &lt;script&gt;x&lt;/script&gt;</pre>"),
            "{page}"
        );
    }
}
