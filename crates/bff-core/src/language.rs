//! The languages of the pages. Every text exists in all of them.

use std::fmt;

use unic_langid::{LanguageIdentifier, langid};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese in traditional characters: the default language.
    ZhHant,
    /// Chinese in simplified characters.
    ZhHans,
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// All languages, in the order in which the page offers them.
    pub const ALL: [Self; 4] = [Self::ZhHant, Self::ZhHans, Self::En, Self::Ja];

    /// Returns the BCP 47 tag for `lang=`, `?lang=`, the cookie and the file name of the texts.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhHant => "zh-Hant",
            Self::ZhHans => "zh-Hans",
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// Returns the name of the language in that language.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::ZhHant => "繁體中文",
            Self::ZhHans => "简体中文",
            Self::En => "English",
            Self::Ja => "日本語",
        }
    }

    /// Returns the language that matches a tag (`zh-TW`, `zh_CN`, `en-GB`), if there is one.
    ///
    /// Chinese without a script or a region counts as simplified, as in CLDR's likely subtags.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let wanted: LanguageIdentifier = tag.trim().parse().ok()?;
        let script = wanted
            .script
            .as_ref()
            .map(unic_langid::subtags::Script::as_str);
        let region = wanted
            .region
            .as_ref()
            .map(unic_langid::subtags::Region::as_str);
        match (wanted.language.as_str(), script, region) {
            ("zh", Some("Hant"), _) | ("zh", None, Some("TW" | "HK" | "MO")) => Some(Self::ZhHant),
            ("zh", Some("Hans") | None, _) => Some(Self::ZhHans),
            ("en", ..) => Some(Self::En),
            ("ja", ..) => Some(Self::Ja),
            _ => None,
        }
    }

    /// Returns the tag as a parsed identifier.
    #[must_use]
    pub fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::ZhHant => langid!("zh-Hant"),
            Self::ZhHans => langid!("zh-Hans"),
            Self::En => langid!("en"),
            Self::Ja => langid!("ja"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_language_that_nothing_is_written_in_is_none() {
        for tag in ["", "*", "fr", "zh-Latn", "not a tag"] {
            assert_eq!(Language::from_tag(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
            assert_eq!(language.identifier().to_string(), language.tag());
            assert_eq!(language.to_string(), language.tag());
        }
        let names = Language::ALL.map(Language::own_name);
        for name in names {
            assert_eq!(names.iter().filter(|other| **other == name).count(), 1);
        }
    }
}
