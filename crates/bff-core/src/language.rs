//! The languages that every word of the pages exists in.

use std::fmt;

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
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhHant => "zh-Hant",
            Self::ZhHans => "zh-Hans",
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The name that its own readers know it by.
    #[must_use]
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

    /// The tag as a parsed identifier.
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
