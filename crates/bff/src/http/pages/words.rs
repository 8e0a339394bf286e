//! The words of the pages: Fluent files, one for each language (`templates/i18n/TAG.ftl`).
//!
//! A message of an app replaces the engine's message with the same id. A missing message is an error, so that a page never has an empty place.
//! Templates read words with the function `t` (see `engine`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement};

use super::error::PageError;
use super::file::File;
use super::files::Layers;
use super::language::{Language, Languages};

/// The id of the message with the name of a language in that language.
const NAME: &str = "language-name";

/// All words in all languages.
pub(super) struct Words {
    bundles: BTreeMap<String, Bundle>,
}

struct Bundle {
    words: FluentBundle<FluentResource>,
    /// The arguments of each message and attribute, by its id.
    ids: BTreeMap<String, BTreeSet<String>>,
}

impl Words {
    /// Reads the files `i18n/*.ftl` of all layers.
    ///
    /// # Errors
    /// Returns [`PageError::Words`] for a file that is malformed or defines a message twice.
    pub(super) fn load(templates: &Layers) -> Result<Self, PageError> {
        let files = templates.all()?;
        Self::read(files.iter().filter_map(|(name, versions)| {
            let tag = name.strip_prefix("i18n/")?.strip_suffix(".ftl")?;
            let texts = versions.iter().filter_map(File::text);
            Some((tag, texts.map(str::to_owned).collect()))
        }))
    }

    /// Reads the files of each language by its tag, the lowest layer first.
    fn read<'a>(files: impl Iterator<Item = (&'a str, Vec<String>)>) -> Result<Self, PageError> {
        let read_one = |(tag, sources)| Ok((str::to_owned(tag), Bundle::read(tag, sources)?));
        Ok(Self {
            bundles: files.map(read_one).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the languages that have a file: those of `offered` in this order, or all of them in the order of their tags when it is empty.
    ///
    /// # Errors
    /// Returns [`PageError::Words`] when a language has no file or lacks a message that another one has, and [`PageError::DefaultLanguage`] when
    /// `default` is none of them.
    pub(super) fn languages(
        &self,
        offered: &[&str],
        default: &str,
    ) -> Result<Languages, PageError> {
        let tags: Vec<&str> = if offered.is_empty() {
            self.bundles.keys().map(String::as_str).collect()
        } else {
            offered.to_vec()
        };
        let all = tags
            .iter()
            .map(|tag| self.language(tag, &tags))
            .collect::<Result<Vec<_>, _>>()?;
        let default = all.iter().find(|language| language.tag() == default);
        let default = default.cloned().ok_or_else(|| PageError::DefaultLanguage {
            languages: tags.join(", "),
        })?;
        Ok(Languages::new(all, default))
    }

    /// Returns one language, when it has every message that any language of `tags` has.
    fn language(&self, tag: &str, tags: &[&str]) -> Result<Language, PageError> {
        let bundle = self
            .bundles
            .get(tag)
            .ok_or_else(|| faulty(tag, "the file is missing".to_owned()))?;
        for other in tags.iter().filter_map(|tag| self.bundles.get(*tag)) {
            let missing = other.ids.keys().filter(|id| !bundle.ids.contains_key(*id));
            let missing: Vec<&str> = missing.map(String::as_str).collect();
            if !missing.is_empty() {
                let ids = missing.join(", ");
                return Err(faulty(
                    tag,
                    format!("missing messages: {ids}; add them, because another language has them"),
                ));
            }
            if let Some((id, _)) = other
                .ids
                .iter()
                .find(|(id, arguments)| bundle.ids.get(*id) != Some(*arguments))
            {
                return Err(faulty(
                    tag,
                    format!("{id}: the arguments differ from those in another language"),
                ));
            }
        }
        self.text(tag, NAME, None)
            .and_then(|name| Language::new(tag, name.into_owned()))
            .ok_or_else(|| {
                faulty(
                    tag,
                    format!("the file name is no language tag, or {NAME} is missing"),
                )
            })
    }

    /// Returns the tags of all languages that have a file.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.bundles.keys().map(String::as_str)
    }

    /// Returns whether a language has this message or attribute.
    pub(super) fn has(&self, tag: &str, id: &str) -> bool {
        self.bundles
            .get(tag)
            .is_some_and(|bundle| bundle.ids.contains_key(id))
    }

    /// Returns the text of `id`, which is a message (`login-button`) or an attribute of one (`error-access_denied.hint`). Returns `None` when this
    /// language lacks it or an argument is missing.
    pub(super) fn text(
        &self,
        tag: &str,
        id: &str,
        args: Option<&FluentArgs<'_>>,
    ) -> Option<Cow<'_, str>> {
        let words = &self.bundles.get(tag)?.words;
        let (message, attribute) = match id.split_once('.') {
            Some((message, attribute)) => (message, Some(attribute)),
            None => (id, None),
        };
        let message = words.get_message(message)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut faults = Vec::new();
        let text = words.format_pattern(pattern, args, &mut faults);
        faults.is_empty().then_some(text)
    }
}

impl Bundle {
    /// Reads the files of one language, the lowest layer first.
    fn read(tag: &str, sources: Vec<String>) -> Result<Self, PageError> {
        let locale = tag
            .parse()
            .map_err(|_| faulty(tag, "the file name is no language tag".to_owned()))?;
        let mut words = FluentBundle::new_concurrent(vec![locale]);
        // Isolation marks are off, because the languages of the engine run left to right and the marks would end up in copied text.
        words.set_use_isolating(false);
        let mut ids = BTreeMap::new();
        for source in sources {
            let resource = FluentResource::try_new(source)
                .map_err(|(_, faults)| faulty(tag, format!("{faults:?}")))?;
            let mut seen = BTreeSet::new();
            for message in resource.entries().filter_map(message) {
                if !seen.insert(message.id.name) {
                    return Err(faulty(
                        tag,
                        format!("duplicate message {}", message.id.name),
                    ));
                }
                ids.extend(ids_of(message));
            }
            words.add_resource_overriding(resource);
        }
        Ok(Self { words, ids })
    }
}

/// Returns the ids of the messages and attributes in a file; those that can be read when it is malformed.
pub(super) fn ids_in(source: &str) -> Vec<String> {
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    let messages = resource.entries().filter_map(message);
    messages.flat_map(ids_of).map(|(id, _)| id).collect()
}

fn message<'a>(entry: &'a Entry<&'a str>) -> Option<&'a Message<&'a str>> {
    match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    }
}

/// Returns the id of a message and those of its attributes, each with the arguments of its text.
fn ids_of<'a>(
    message: &'a Message<&'a str>,
) -> impl Iterator<Item = (String, BTreeSet<String>)> + 'a {
    let name = message.id.name;
    let own = message
        .value
        .as_ref()
        .map(|text| (name.to_owned(), arguments_of(text)));
    let attributes = message.attributes.iter().map(move |attribute| {
        let id = format!("{name}.{}", attribute.id.name);
        (id, arguments_of(&attribute.value))
    });
    own.into_iter().chain(attributes)
}

/// Returns the arguments of a text: `seconds` for `{ $seconds }`.
fn arguments_of(text: &Pattern<&str>) -> BTreeSet<String> {
    let mut arguments = BTreeSet::new();
    for element in &text.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        let (value, variants) = match expression {
            Expression::Inline(value) => (value, [].as_slice()),
            Expression::Select { selector, variants } => (selector, variants.as_slice()),
        };
        if let InlineExpression::VariableReference { id } = value {
            arguments.insert(id.name.to_owned());
        }
        arguments.extend(
            variants
                .iter()
                .flat_map(|variant| arguments_of(&variant.value)),
        );
    }
    arguments
}

fn faulty(tag: &str, why: String) -> PageError {
    PageError::Words {
        file: format!("templates/i18n/{tag}.ftl"),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(files: &[(&str, &[&str])]) -> Result<Words, PageError> {
        let owned = |sources: &[&str]| sources.iter().map(|text| (*text).to_owned()).collect();
        Words::read(files.iter().map(|(tag, sources)| (*tag, owned(sources))))
    }

    fn words_of_two(one: &str, other: &str) -> Words {
        let [one, other] = [one, other].map(|text| format!("language-name = X\n{text}"));
        words(&[("en", &[&one]), ("ja", &[&other])]).unwrap()
    }

    fn engine() -> Words {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/i18n");
        let source = |tag| std::fs::read_to_string(format!("{folder}/{tag}.ftl")).unwrap();
        Words::read(
            ["zh-Hant", "zh-Hans", "en", "ja"]
                .map(|tag| (tag, vec![source(tag)]))
                .into_iter(),
        )
        .unwrap()
    }

    #[test]
    fn every_language_has_the_same_messages() {
        let words = engine();
        let count = words.bundles["zh-Hant"].ids.len();
        assert!(count > 80, "only {count} words are read");
        words.languages(&[], "zh-Hant").unwrap();
    }

    #[test]
    fn the_first_languages_texts_are_the_agreed_ones() {
        let words = engine();
        for (id, text) in [
            ("session-checking", "檢查登入狀態中..."),
            ("signed-out-heading", "請登入以查看帳戶資訊"),
            ("signed-out-lead", "使用一鍵登入快速存取您的帳戶"),
            ("login-button", "🚀 一鍵登入"),
            ("account-welcome", "歡迎回來！"),
            ("sign-out", "登出"),
            ("login-waiting", "登入處理中，請稍候..."),
            ("login-verifying", "正在驗證授權資訊..."),
            ("error-missing_parameters", "未收到有效的授權資訊"),
            ("error-authorization_failed", "授權失敗"),
        ] {
            assert_eq!(
                words.text("zh-Hant", id, None).as_deref(),
                Some(text),
                "{id}"
            );
        }
    }

    #[test]
    fn a_message_of_the_app_replaces_the_engines_and_its_terms_reach_the_engines_messages() {
        let engine = "-provider = P\na = x\nb = by { -provider }";
        let words = words(&[("en", &[engine, "-provider = Q\na = y\nc = z"])]).unwrap();
        let said = |id| words.text("en", id, None).map(Cow::into_owned);
        assert_eq!(said("a").as_deref(), Some("y"));
        assert_eq!(said("b").as_deref(), Some("by Q"));
        assert_eq!(said("c").as_deref(), Some("z"));
    }

    #[test]
    fn a_language_that_lacks_a_message_is_named_with_it() {
        let one = "language-name = One\na = x\n    .hint = y";
        let words = words(&[("en", &[one]), ("ja", &["language-name = Two\na = x"])]).unwrap();
        let fault = words.languages(&[], "en").err().unwrap().to_string();
        assert!(
            fault.contains("templates/i18n/ja.ftl") && fault.contains("a.hint"),
            "{fault}"
        );
        let other = words_of_two("a = { $n }", "a = { $m }");
        let fault = other.languages(&[], "en").err().unwrap().to_string();
        assert!(fault.contains("a: the arguments differ"), "{fault}");
        assert_eq!(
            words.languages(&["en"], "en").unwrap().all()[0].own_name(),
            "One"
        );
    }

    #[test]
    fn a_missing_word_or_argument_is_not_an_empty_text() {
        let words = words(&[("en", &["a = x\nb = { $n } y\n    .c = z"])]).unwrap();
        let said = |id| words.text("en", id, None).map(Cow::into_owned);
        assert_eq!(said("a").as_deref(), Some("x"));
        assert_eq!(said("b.c").as_deref(), Some("z"));
        assert_eq!(said("b"), None);
        assert_eq!(said("none"), None);
        assert_eq!(said("a.none"), None);
    }

    #[test]
    fn a_broken_file_stops_the_start_and_is_named() {
        for broken in ["= x", "a = x\na = y", "a = { "] {
            let fault = words(&[("zh-Hant", &[broken])]).err().unwrap();
            assert!(fault.to_string().contains("zh-Hant.ftl"), "{fault}");
        }
    }
}
