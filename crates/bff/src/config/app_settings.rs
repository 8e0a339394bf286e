//! What an app adds to the settings: defaults, and sections that are read into types of the app.

use serde::de::DeserializeOwned;

use super::app_values::AppValues;
use super::definition::Key;
use super::reader::Reader;

/// The defaults and the sections of an app. [`App`](crate::App) collects them.
#[derive(Clone, Default)]
pub struct AppSettings {
    pub(super) defaults: Option<&'static str>,
    sections: Vec<(&'static str, ReadSection)>,
}

/// Reads the section with this name into the values.
type ReadSection = fn(&mut Reader, &'static str, &mut AppValues);

impl AppSettings {
    /// Sets the defaults: TOML with a comment above each key.
    pub(crate) fn set_defaults(&mut self, text: &'static str) {
        self.defaults = Some(text);
    }

    /// Adds a section that is read into a `T`.
    pub(crate) fn add_section<T: DeserializeOwned + Send + Sync + 'static>(
        &mut self,
        name: &'static str,
    ) {
        self.sections.push((name, read_section::<T>));
    }

    /// Reads all sections. A key of the app that no section reads is a fault when it looks like a key of the engine. Else it has no effect, so that an
    /// app leaves out a feature by one line and keeps its settings.
    pub(super) fn read(&self, reader: &mut Reader) -> AppValues {
        let mut values = AppValues::default();
        for (name, read) in &self.sections {
            read(reader, name, &mut values);
        }
        let is_read = |section: &str| self.sections.iter().any(|(name, _)| *name == section);
        let is_unread = |key: &Key| key.is_apps && !is_read(key.parts().0);
        for key in reader.keys.list.clone().into_iter().filter(is_unread) {
            if let Some(near) = reader.keys.nearest_of_engine(&key.name) {
                let what = "is in the app's defaults, and the app does not read it";
                let wrong = format!("{what}; did you mean {near}?");
                reader.fault(&key.name, wrong);
            }
        }
        values
    }
}

fn read_section<T: DeserializeOwned + Send + Sync + 'static>(
    reader: &mut Reader,
    name: &'static str,
    values: &mut AppValues,
) {
    if reader.keys.in_section(name, true).next().is_none() {
        let remedy =
            format!("write [{name}] with a line for each key into the text of App::defaults");
        return reader.fault(name, format!("has no defaults; {remedy}"));
    }
    if let Some(section) = reader.app_section::<T>(name)
        && !values.insert(section)
    {
        let wrong = "is read into the type of another section; give each section a type of its own";
        reader.fault(name, wrong);
    }
}
