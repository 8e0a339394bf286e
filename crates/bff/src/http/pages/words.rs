//! The words of the pages: one Fluent file for each language (`templates/i18n/*.ftl`).
//!
//! A missing word is an error, so that a page never has an empty place. Templates read words with the function `t` (see `engine`).

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::{Language, PageError};

/// All words in all languages.
pub(super) struct Words {
    bundles: Vec<(Language, FluentBundle<FluentResource>)>,
}

impl Words {
    /// Reads one file for each language. `read` returns the text of a file by its name.
    ///
    /// # Errors
    /// Returns [`PageError::Words`] for a file that is missing, malformed, or defines a message twice.
    pub(super) fn load(read: impl Fn(&str) -> Option<String>) -> Result<Self, PageError> {
        let load_one = |language: Language| {
            let file = format!("{}.ftl", language.tag());
            let wrong = |why: String| PageError::Words {
                file: file.clone(),
                why,
            };
            let source = read(&file).ok_or_else(|| wrong("the file is missing".to_owned()))?;
            let resource = FluentResource::try_new(source)
                .map_err(|(_, faults)| wrong(format!("{faults:?}")))?;
            let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
            // Isolation marks are off, because all languages here run left to right and the marks would end up in copied text.
            bundle.set_use_isolating(false);
            bundle
                .add_resource(resource)
                .map_err(|faults| wrong(format!("{faults:?}")))?;
            Ok((language, bundle))
        };
        let bundles = Language::ALL
            .into_iter()
            .map(load_one)
            .collect::<Result<_, _>>()?;
        Ok(Self { bundles })
    }

    /// Returns the text of `id`, which is a message (`login-button`) or an attribute of one (`error-access_denied.hint`). Returns `None` when this
    /// language lacks it or an argument is missing.
    pub(super) fn text(
        &self,
        language: Language,
        id: &str,
        args: Option<&FluentArgs<'_>>,
    ) -> Option<Cow<'_, str>> {
        let (_, bundle) = self.bundles.iter().find(|(known, _)| *known == language)?;
        let (message, attribute) = match id.split_once('.') {
            Some((message, attribute)) => (message, Some(attribute)),
            None => (id, None),
        };
        let message = bundle.get_message(message)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut faults);
        faults.is_empty().then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn source(language: Language) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/i18n");
        std::fs::read_to_string(folder.join(format!("{}.ftl", language.tag()))).unwrap()
    }

    /// Returns every message and attribute of a file, with its arguments:
    /// `status-unknown.hint`, `refresh-wait $seconds`.
    fn entries(source: &str) -> Vec<String> {
        let mut message = "";
        let mut entries = Vec::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, text)) = line.split_once(" = ") else {
                continue;
            };
            let id = match name.trim_start().strip_prefix('.') {
                Some(attribute) => format!("{message}.{attribute}"),
                None => {
                    message = name;
                    name.to_owned()
                }
            };
            let arguments = text
                .split("{ ")
                .skip(1)
                .map(|rest| rest.split(' ').next().unwrap());
            entries.push(
                std::iter::once(id.as_str())
                    .chain(arguments)
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }
        entries
    }

    #[test]
    fn every_language_says_the_same_things_with_the_same_arguments() {
        let first = entries(&source(Language::ZhHant));
        assert!(first.len() > 100, "only {} words are read", first.len());
        for language in Language::ALL {
            assert_eq!(entries(&source(language)), first, "{}", language.tag());
        }
    }

    #[test]
    fn nothing_is_said_twice() {
        let all = entries(&source(Language::ZhHant));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn every_word_is_used_by_a_template() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/pages");
        let mut templates = String::new();
        for folder in [folder.clone(), folder.join("parts")] {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_file() {
                    templates.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        // Code builds these ids at run time. The test of all pages checks that each exists.
        let by_code = [
            "ended-", "error-", "problem-", "trouble-", "notice-", "status-",
        ];
        for entry in entries(&source(Language::ZhHant)) {
            let id = entry.split(' ').next().unwrap();
            let is_used = by_code.iter().any(|family| id.starts_with(family))
                || templates.contains(&format!("id=\"{id}\""));
            assert!(is_used, "nothing asks for `{id}`");
        }
    }

    #[test]
    fn the_first_languages_texts_are_the_agreed_ones() {
        let words = Words::load(|_| Some(source(Language::ZhHant))).unwrap();
        for (id, text) in [
            ("app-title", "我的第三方應用"),
            ("session-checking", "檢查登入狀態中..."),
            ("signed-out-heading", "請登入以查看帳戶資訊"),
            ("signed-out-lead", "使用一鍵登入快速存取您的帳戶"),
            ("login-button", "🚀 一鍵登入"),
            ("account-welcome", "歡迎回來！"),
            ("account-username", "用戶名："),
            ("account-email", "電子郵件："),
            ("account-balance", "帳戶餘額："),
            ("refresh-balance", "刷新餘額"),
            ("top-up", "帳戶儲值"),
            ("sign-out", "登出"),
            ("notice-balance_updated", "餘額已更新"),
            ("notice-refresh_failed", "刷新失敗，請重新登入"),
            ("login-waiting", "登入處理中，請稍候..."),
            ("login-verifying", "正在驗證授權資訊..."),
            ("error-missing_parameters", "未收到有效的授權資訊"),
            ("error-authorization_failed", "授權失敗"),
        ] {
            assert_eq!(
                words.text(Language::ZhHant, id, None).as_deref(),
                Some(text),
                "{id}"
            );
        }
    }

    #[test]
    fn a_missing_word_or_argument_is_not_an_empty_text() {
        let words = Words::load(|_| Some("a = x\nb = { $n } y\n    .c = z".to_owned())).unwrap();
        let said = |id| words.text(Language::En, id, None).map(Cow::into_owned);
        assert_eq!(said("a").as_deref(), Some("x"));
        assert_eq!(said("b.c").as_deref(), Some("z"));
        assert_eq!(said("b"), None);
        assert_eq!(said("none"), None);
        assert_eq!(said("a.none"), None);
    }

    #[test]
    fn a_broken_file_stops_the_start_and_is_named() {
        for broken in [None, Some("= x"), Some("a = x\na = y"), Some("a = { ")] {
            let fault = Words::load(|_| broken.map(str::to_owned)).err().unwrap();
            assert!(fault.to_string().contains("zh-Hant.ftl"), "{fault}");
        }
    }
}
