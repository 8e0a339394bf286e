//! [`PageSample`]: a state of a page of the app, for `templates check` and for tests.

use serde::Serialize;
use serde_json::Value;

/// A state of a page of the app: the template and the data that it is rendered with. `templates check` renders each in every language.
#[derive(Clone, Debug)]
pub struct PageSample {
    name: String,
    state: Option<String>,
    template: &'static str,
    data: Value,
}

impl PageSample {
    /// Returns a state of a page that [`Page::render`](crate::Page::render) renders. `name` appears in the lines of faults.
    #[must_use]
    pub fn page(name: impl Into<String>, template: &'static str, data: &impl Serialize) -> Self {
        Self {
            name: name.into(),
            state: None,
            template,
            data: serde_json::to_value(data).unwrap_or_default(),
        }
    }

    /// Returns a state of the page at `/` for a signed-in user, as [`HomePage::signed_in`](crate::HomePage::signed_in) renders it.
    #[must_use]
    pub fn home(
        name: impl Into<String>,
        state: &str,
        template: &'static str,
        data: &impl Serialize,
    ) -> Self {
        Self {
            state: Some(state.to_owned()),
            ..Self::page(name, template, data)
        }
    }

    /// Returns the name of the state in the lines of faults.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the attribute `data-state` of the page at `/`. `None` for another page.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Returns the name of the template.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.template
    }

    /// Returns the data.
    #[must_use]
    pub const fn data(&self) -> &Value {
        &self.data
    }
}
