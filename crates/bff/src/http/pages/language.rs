//! Selects the language of a page.
//!
//! It returns no error: values that cannot be read are ignored, and the default is the last choice. The handlers call it once for each request for a
//! page.

use crate::domain::Language;

/// Returns the page's language: from `?lang=`, then the cookie, then `Accept-Language`, then the default.
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

/// Returns the language with the highest weight in an `Accept-Language` header (RFC 9110 §12.5.4), and the first one of equal weights. `*` means the
/// default.
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
}
