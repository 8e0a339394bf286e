//! The languages of the page, and which one a reader gets.
//!
//! It never answers with an error: what cannot be read is passed over, down to the default. Called
//! by the handlers, once per request for a page.

use unic_langid::{LanguageIdentifier, langid};

/// A language that every word of the page exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese in traditional characters: the first language.
    ZhHant,
    /// Chinese in simplified characters.
    ZhHans,
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// All of them, in the order in which the page offers them.
    pub const ALL: [Self; 4] = [Self::ZhHant, Self::ZhHans, Self::En, Self::Ja];

    /// The tag (BCP 47) for `lang=`, `?lang=`, the cookie and the file name of the words.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhHant => "zh-Hant",
            Self::ZhHans => "zh-Hans",
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The name that its own readers know it by.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::ZhHant => "繁體中文",
            Self::ZhHans => "简体中文",
            Self::En => "English",
            Self::Ja => "日本語",
        }
    }

    /// The language that fits a tag (`zh-TW`, `zh_CN`, `en-GB`), if there is one.
    ///
    /// Chinese without a script or a region is read as simplified, as CLDR's likely subtags do.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let wanted: LanguageIdentifier = tag.trim().parse().ok()?;
        let script = wanted.script.as_ref().map(|script| script.as_str());
        let region = wanted.region.as_ref().map(|region| region.as_str());
        match (wanted.language.as_str(), script, region) {
            ("zh", Some("Hant"), _) | ("zh", None, Some("TW" | "HK" | "MO")) => Some(Self::ZhHant),
            ("zh", Some("Hans") | None, _) => Some(Self::ZhHans),
            ("en", ..) => Some(Self::En),
            ("ja", ..) => Some(Self::Ja),
            _ => None,
        }
    }

    pub(super) fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::ZhHant => langid!("zh-Hant"),
            Self::ZhHans => langid!("zh-Hans"),
            Self::En => langid!("en"),
            Self::Ja => langid!("ja"),
        }
    }
}

/// The reader's language: `?lang=`, then the cookie, then `Accept-Language`, then the default.
pub fn negotiate(
    query: Option<&str>,
    cookie: Option<&str>,
    accept_language: Option<&str>,
    default: Language,
) -> Language {
    query
        .and_then(Language::from_tag)
        .or_else(|| cookie.and_then(Language::from_tag))
        .or_else(|| accept_language.and_then(|header| most_wanted(header, default)))
        .unwrap_or(default)
}

/// The language with the highest weight in an `Accept-Language` header (RFC 9110 §12.5.4); of equal
/// weights the first. `*` stands for the default.
fn most_wanted(header: &str, default: Language) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in header.split(',') {
        let (tag, weight) = match range.split_once(';') {
            None => (range, 1.0),
            Some((tag, parameter)) => (tag, quality(parameter)),
        };
        let language = match tag.trim() {
            "*" => Some(default),
            tag => Language::from_tag(tag),
        };
        if let Some(language) = language
            && weight > best.map_or(0.0, |(heaviest, _)| heaviest)
        {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// The value of `q=`; a malformed one counts as 0, which means "not acceptable".
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

    fn accepted(header: &str) -> Language {
        negotiate(None, None, Some(header), Language::ZhHant)
    }

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_header() {
        let pick = |query, cookie, header| negotiate(query, cookie, header, Language::ZhHant);
        assert_eq!(pick(Some("ja"), Some("en"), Some("zh-CN")), Language::Ja);
        assert_eq!(pick(None, Some("en"), Some("zh-CN")), Language::En);
        assert_eq!(pick(None, None, Some("zh-CN")), Language::ZhHans);
        assert_eq!(pick(None, None, None), Language::ZhHant);
    }

    #[test]
    fn what_is_not_a_language_of_the_page_is_passed_over() {
        let pick = |query, cookie, header| negotiate(query, cookie, header, Language::ZhHant);
        assert_eq!(pick(Some("<script>"), Some("xx"), Some("en")), Language::En);
        assert_eq!(pick(Some(""), Some(""), Some(";;;,,,q=")), Language::ZhHant);
    }

    #[test]
    fn regions_tell_traditional_from_simplified() {
        for tag in [
            "zh-TW",
            "zh-HK",
            "zh-MO",
            "zh-Hant",
            "zh-Hant-HK",
            "zh_tw",
            "ZH-HANT",
        ] {
            assert_eq!(Language::from_tag(tag), Some(Language::ZhHant), "{tag}");
        }
        for tag in ["zh", "zh-CN", "zh-SG", "zh-Hans", "zh-Hans-TW", "zh-MY"] {
            assert_eq!(Language::from_tag(tag), Some(Language::ZhHans), "{tag}");
        }
    }

    #[test]
    fn weights_order_the_header() {
        assert_eq!(accepted("en;q=0.4, ja;q=0.9, zh-CN;q=0.5"), Language::Ja);
        assert_eq!(accepted("fr, de;q=0.9, en;q=0.1"), Language::En);
        assert_eq!(
            accepted("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7"),
            Language::ZhHant
        );
        assert_eq!(accepted("en;q=0, ja;q=0.001"), Language::Ja);
        assert_eq!(accepted("en;q=0"), Language::ZhHant);
        assert_eq!(accepted("en;q=7, ja;q=0.2"), Language::Ja);
        assert_eq!(negotiate(None, None, Some("*"), Language::En), Language::En);
    }

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }
}
