//! The languages of the pages: one for each file `templates/i18n/TAG.ftl`, and the choice between them for a request.
//!
//! The choice returns no error: values that cannot be read are ignored, and the default is the last choice.

use std::sync::Arc;

use unic_langid::LanguageIdentifier;

/// A language of the pages. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    tag: String,
    name: String,
    /// With the likely script and region (CLDR likely subtags).
    identifier: LanguageIdentifier,
}

impl Language {
    /// Creates a language. `name` is its name in the language itself. Returns `None` when `tag` is no language tag (BCP 47).
    pub(super) fn new(tag: &str, name: String) -> Option<Self> {
        Some(Self(Arc::new(Inner {
            tag: tag.to_owned(),
            name,
            identifier: likely(tag)?,
        })))
    }

    /// Returns the BCP 47 tag for `lang=`, `?lang=`, the cookie and the file name of the words.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0.tag
    }

    /// Returns the name of the language in that language.
    #[must_use]
    pub fn own_name(&self) -> &str {
        &self.0.name
    }

    /// Returns whether a reader of `wanted` can read this language: the same language in the same script.
    fn serves(&self, wanted: &LanguageIdentifier) -> bool {
        let own = &self.0.identifier;
        own.language == wanted.language && own.script == wanted.script
    }
}

/// Parses a tag such as `zh_tw` and adds the likely script and region: `zh-Hant-TW`.
fn likely(tag: &str) -> Option<LanguageIdentifier> {
    let mut identifier: LanguageIdentifier = tag.trim().parse().ok()?;
    identifier.maximize();
    (!identifier.language.is_empty()).then_some(identifier)
}

/// All languages of the pages, in the order in which a page offers them.
#[derive(Clone, Debug)]
pub struct Languages {
    all: Vec<Language>,
    default: Language,
}

impl Languages {
    /// Creates the list. `default` is one of `all`.
    pub(super) const fn new(all: Vec<Language>, default: Language) -> Self {
        Self { all, default }
    }

    /// Returns all languages.
    #[must_use]
    pub fn all(&self) -> &[Language] {
        &self.all
    }

    /// Returns the tag of each language.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(Language::tag)
    }

    /// Returns the language that a reader of `tag` (`zh-TW`, `zh_CN`, `en-GB`) can read, if there is one. The one of the same region comes first.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<&Language> {
        let wanted = likely(tag)?;
        let mut readable = self.all.iter().filter(|language| language.serves(&wanted));
        let first = readable.clone().next();
        readable
            .find(|language| language.0.identifier.region == wanted.region)
            .or(first)
    }

    /// Returns the page's language: from `?lang=`, then the cookie, then `Accept-Language`, then the default.
    #[must_use]
    pub fn negotiate(
        &self,
        query: Option<&str>,
        cookie: Option<&str>,
        accept_language: Option<&str>,
    ) -> &Language {
        query
            .and_then(|tag| self.find(tag))
            .or_else(|| self.find(cookie?))
            .or_else(|| self.most_wanted(accept_language?))
            .unwrap_or(&self.default)
    }

    /// Returns the language with the highest weight in an `Accept-Language` header (RFC 9110 §12.5.4), and the first one of equal weights. `*` means
    /// the default.
    fn most_wanted(&self, header: &str) -> Option<&Language> {
        let mut best: Option<(f32, &Language)> = None;
        for range in header.split(',') {
            let (tag, weight) = match range.split_once(';') {
                None => (range, 1.0),
                Some((tag, parameter)) => (tag, quality(parameter)),
            };
            let language = match tag.trim() {
                "*" => Some(&self.default),
                tag => self.find(tag),
            };
            if let Some(language) = language
                && weight > best.map_or(0.0, |(heaviest, _)| heaviest)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// Returns the value of `q=`. A malformed one counts as 0, which means "not acceptable".
fn quality(parameter: &str) -> f32 {
    let Some((name, value)) = parameter.split_once('=') else {
        return 0.0;
    };
    if !name.trim().eq_ignore_ascii_case("q") {
        return 0.0;
    }
    value
        .trim()
        .parse::<f32>()
        .ok()
        .filter(|weight| (0.0..=1.0).contains(weight))
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(default: &str) -> Languages {
        let all: Vec<Language> = ["zh-Hant", "zh-Hans", "en", "ja"]
            .map(|tag| Language::new(tag, tag.to_owned()).unwrap())
            .to_vec();
        let default = all.iter().find(|one| one.tag() == default).unwrap().clone();
        Languages::new(all, default)
    }

    fn accepted(header: &str) -> String {
        let languages = languages("zh-Hant");
        languages
            .negotiate(None, None, Some(header))
            .tag()
            .to_owned()
    }

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_header() {
        let languages = languages("zh-Hant");
        let pick = |query, cookie, header| languages.negotiate(query, cookie, header).tag();
        assert_eq!(pick(Some("ja"), Some("en"), Some("zh-CN")), "ja");
        assert_eq!(pick(None, Some("en"), Some("zh-CN")), "en");
        assert_eq!(pick(None, None, Some("zh-CN")), "zh-Hans");
        assert_eq!(pick(None, None, None), "zh-Hant");
    }

    #[test]
    fn a_language_that_the_page_lacks_is_ignored() {
        let languages = languages("zh-Hant");
        let pick = |query, cookie, header| languages.negotiate(query, cookie, header).tag();
        assert_eq!(pick(Some("<script>"), Some("xx"), Some("en")), "en");
        assert_eq!(pick(Some(""), Some(""), Some(";;;,,,q=")), "zh-Hant");
        for tag in ["", "*", "fr", "zh-Latn", "not a tag"] {
            assert_eq!(languages.find(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn weights_order_the_header() {
        assert_eq!(accepted("en;q=0.4, ja;q=0.9, zh-CN;q=0.5"), "ja");
        assert_eq!(accepted("fr, de;q=0.9, en;q=0.1"), "en");
        assert_eq!(accepted("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7"), "zh-Hant");
        assert_eq!(accepted("en;q=0, ja;q=0.001"), "ja");
        assert_eq!(accepted("en;q=0"), "zh-Hant");
        assert_eq!(accepted("en;q=7, ja;q=0.2"), "ja");
        assert_eq!(languages("en").negotiate(None, None, Some("*")).tag(), "en");
    }

    #[test]
    fn regions_tell_traditional_from_simplified() {
        let languages = languages("en");
        for (tags, expected) in [
            (
                "zh-TW zh-HK zh-MO zh-Hant zh-Hant-HK zh_tw ZH-HANT",
                "zh-Hant",
            ),
            ("zh zh-CN zh-SG zh-Hans zh-Hans-TW zh-MY", "zh-Hans"),
            ("en-GB en_us", "en"),
            ("ja-JP", "ja"),
        ] {
            for tag in tags.split(' ') {
                assert_eq!(
                    languages.find(tag).map(Language::tag),
                    Some(expected),
                    "{tag}"
                );
            }
        }
    }

    #[test]
    fn the_readers_own_region_comes_first() {
        let all = ["pt-BR", "pt-PT"].map(|tag| Language::new(tag, tag.to_owned()).unwrap());
        let languages = Languages::new(all.to_vec(), all[0].clone());
        for (tag, expected) in [("pt-PT", "pt-PT"), ("pt", "pt-BR"), ("pt-AO", "pt-BR")] {
            assert_eq!(
                languages.find(tag).map(Language::tag),
                Some(expected),
                "{tag}"
            );
        }
    }
}
