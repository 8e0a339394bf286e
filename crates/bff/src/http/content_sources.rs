//! [`ContentSources`]: the sources outside our origin that pages of the app may load from, and the Content-Security-Policy of a page.

/// Sources outside our origin that pages may load from. Scripts and styles are always loaded from our own origin.
#[derive(Clone, Debug, Default)]
pub struct ContentSources {
    images: String,
    fonts: String,
    connections: String,
    /// The first invalid source.
    bad: Option<String>,
}

impl ContentSources {
    /// Allows images from this source (CSP level 3 §6.1.9), such as `https://cdn.example.com` or `data:`.
    pub fn img_src(&mut self, source: &str) -> &mut Self {
        Self::add(&mut self.images, &mut self.bad, source);
        self
    }

    /// Allows fonts from this source (§6.1.4).
    pub fn font_src(&mut self, source: &str) -> &mut Self {
        Self::add(&mut self.fonts, &mut self.bad, source);
        self
    }

    /// Allows scripts of the page to connect to this source (§6.1.2).
    pub fn connect_src(&mut self, source: &str) -> &mut Self {
        Self::add(&mut self.connections, &mut self.bad, source);
        self
    }

    /// Returns the first source that is invalid in a policy, if there is one.
    pub(crate) fn bad(&self) -> Option<&str> {
        self.bad.as_deref()
    }

    fn add(sources: &mut String, bad: &mut Option<String>, source: &str) {
        let is_source = !source.is_empty()
            && source
                .chars()
                .all(|one| one.is_ascii_graphic() && !";,'\"".contains(one));
        if is_source {
            sources.push(' ');
            sources.push_str(source);
        } else {
            bad.get_or_insert_with(|| source.to_owned());
        }
    }

    /// Returns the Content-Security-Policy of a page with this nonce.
    pub(crate) fn policy(&self, nonce: &str) -> String {
        let Self {
            images,
            fonts,
            connections,
            ..
        } = self;
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'{images}; font-src 'self'{fonts}; \
             connect-src 'self'{connections}; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; report-to csp"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stand_beside_our_own_origin_and_nothing_else_gets_in() {
        let mut sources = ContentSources::default();
        sources
            .img_src("https://cdn.example.com")
            .img_src("data:")
            .connect_src("https://api.example.com");
        let policy = sources.policy("n");
        assert!(policy.contains("img-src 'self' https://cdn.example.com data:; "));
        assert!(policy.contains("connect-src 'self' https://api.example.com; "));
        assert!(policy.contains("font-src 'self'; "));
        assert_eq!(sources.bad(), None);
        for bad in [
            "",
            "a b",
            "x; script-src *",
            "'unsafe-inline'",
            "x,y",
            "\u{e9}",
        ] {
            let mut sources = ContentSources::default();
            sources.font_src(bad);
            assert_eq!(sources.bad(), Some(bad));
            assert!(sources.policy("n").contains("font-src 'self'; "));
        }
    }
}
