//! Reads a struct from named values with serde, and reports every fault in them.
//!
//! Serde stops at the first error. So the refused value is reported and replaced by its stand-in (an entry of a list is left out), and the struct is
//! read again, until all values are read. Called by the reader, for sections and for `[[proxy]]` tables.

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::{Map, Value};
use serde_path_to_error::{Error, Segment};

use super::fault::Wrong;
use super::message;
use super::secret::{NOT_A_SECRET, is_name_of_secret};

/// How many entries of one list are reported. The list is read once for each of them.
const MOST_ENTRIES: usize = 20;

/// The named values of a section or of a table.
#[derive(Default)]
pub(super) struct Fields {
    list: Vec<Field>,
    /// The faults: the field, or an empty name for the struct as a whole.
    pub(super) faults: Vec<(String, Wrong)>,
}

/// One value. An empty text is `null`, which serde reads as `None`.
struct Field {
    name: String,
    value: Option<Value>,
    /// The value that takes the place of a refused one.
    stand_in: Option<Value>,
    is_replaced: bool,
    /// Whether the value is the text of a variable.
    is_text: bool,
    /// How many entries of the list are left out.
    left_out: usize,
}

/// Why serde cannot read the struct.
struct Refusal {
    message: String,
    /// The field. Empty for the struct as a whole.
    field: String,
    /// The entry of the list, counted from 0.
    entry: Option<usize>,
}

impl Fields {
    /// Adds a field. In place of a refused or missing value, which is already reported, the stand-in is read.
    pub(super) fn add(
        &mut self,
        name: &str,
        value: Option<&toml::Value>,
        stand_in: Option<&toml::Value>,
        is_text: bool,
    ) {
        self.list.push(Field {
            name: name.to_owned(),
            value: value.or(stand_in).map(json),
            stand_in: stand_in.map(json),
            is_replaced: value.is_none(),
            is_text,
            left_out: 0,
        });
    }

    /// Reads the struct. Returns `None` when a fault has no stand-in.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        loop {
            let mut ignored = Vec::new();
            match read(self.values(), &mut ignored) {
                Err(refusal) => self.refuse(refusal)?,
                Ok(value) => {
                    let wrong = "is read by no field of the section's struct; add the field, or remove the key from the defaults";
                    let faults = ignored.into_iter().map(|name| (name, wrong.into()));
                    self.faults.extend(faults);
                    return Some(value);
                }
            }
        }
    }

    /// Returns the fields that are read as a [`Secret`](super::Secret), or contain one. Such a field gives the error of a `Secret` when a number takes
    /// the place of a text.
    pub(super) fn secrets<T: DeserializeOwned>(&self) -> Vec<&str> {
        let is_secret = |values| {
            let read: Result<T, Refusal> = read(values, &mut Vec::new());
            read.is_err_and(|refusal| refusal.message.ends_with(NOT_A_SECRET))
        };
        let with_number = |index: usize, mut place: usize| {
            let mut values = self.values();
            let (_, value) = values.get_mut(index)?;
            put_number(value, &mut place).then_some(values)
        };
        let values = self.values().into_iter().enumerate();
        values
            .filter(|(index, _)| {
                (0..)
                    .map_while(|place| with_number(*index, place))
                    .any(is_secret)
            })
            .map(|(_, (name, _))| name)
            .collect()
    }

    fn values(&self) -> Vec<(&str, Value)> {
        let value = |field: &Field| field.value.clone();
        let values = self.list.iter();
        values
            .filter_map(|field| Some((field.name.as_str(), value(field)?)))
            .collect()
    }

    /// Reports the error, and takes what is wrong out of the values.
    fn refuse(&mut self, refusal: Refusal) -> Option<()> {
        let mut wrong = self.describe(&refusal);
        let mut fields = self.list.iter_mut();
        let Some(field) = fields.find(|field| field.name == refusal.field) else {
            self.faults.push((refusal.field, wrong));
            return None;
        };
        if field.reread(&refusal).is_some() {
            return Some(());
        }
        if let Some(entry) = refusal.entry {
            wrong = wrong.in_entry(entry + field.left_out + 1);
        }
        // An error of the list as a whole is a consequence of the entries that are left out, and an error of a stand-in one of its own.
        if !field.is_replaced && (refusal.entry.is_some() || field.left_out == 0) {
            self.faults.push((refusal.field, wrong));
        }
        match (&mut field.value, refusal.entry) {
            (Some(Value::Array(list)), Some(entry))
                if entry < list.len() && field.left_out < MOST_ENTRIES =>
            {
                list.remove(entry);
                field.left_out += 1;
            }
            _ if field.is_replaced => return None,
            _ => {
                field.value.clone_from(&field.stand_in);
                (field.is_replaced, field.left_out) = (true, 0);
            }
        }
        Some(())
    }

    /// Returns serde's message in the words of an operator. The message of a type outside this module is left out when it may show a value: it is
    /// about a secret, or contains the text of the value. A message about the struct as a whole may contain any value.
    fn describe(&self, refusal: &Refusal) -> Wrong {
        let is_whole = refusal.field.is_empty();
        let may_quote = |field: &Field| {
            let mut value = field.value.iter();
            value.any(|value| message::mentions(&refusal.message, value))
                || (!is_whole && is_name_of_secret(&field.name))
        };
        let is_about = |field: &Field| is_whole || field.name == refusal.field;
        let is_quoted = self
            .list
            .iter()
            .any(|field| is_about(field) && may_quote(field));
        message::of_settings(&refusal.message).unwrap_or_else(|| match is_quoted {
            true => "is not valid; correct the value".into(),
            false => message::of_type(&refusal.message),
        })
    }
}

impl Field {
    /// Takes the value in another form that the type of the field may want: an empty text for none, and a number or boolean for the text of a
    /// variable, because an empty default does not tell the type. Returns `None` when there is no other form.
    fn reread(&mut self, refusal: &Refusal) -> Option<()> {
        let value = match (self.value.as_mut()?, refusal.entry) {
            (Value::Array(list), Some(entry)) => list.get_mut(entry)?,
            (value, _) => value,
        };
        let is_for = |found: &str| refusal.message.starts_with(found);
        *value = match value {
            Value::Null if is_for("invalid type: null") => Value::from(""),
            Value::String(text) if self.is_text && is_for("invalid type: string") => {
                let typed: Value = text.parse().ok()?;
                Some(typed).filter(|typed| typed.is_number() || typed.is_boolean())?
            }
            _ => return None,
        };
        Some(())
    }
}

fn read<T: DeserializeOwned>(
    values: Vec<(&str, Value)>,
    ignored: &mut Vec<String>,
) -> Result<T, Refusal> {
    let values = MapDeserializer::new(values.into_iter());
    let mut ignore = |path: serde_ignored::Path<'_>| ignored.push(path.to_string());
    let values = serde_ignored::Deserializer::new(values, &mut ignore);
    serde_path_to_error::deserialize(values).map_err(|error: Error<serde_json::Error>| {
        let message = error.inner().to_string();
        let mut path = error.path().iter();
        let field = match path.next() {
            Some(Segment::Map { key }) => key.clone(),
            _ => message::named_field(&message).to_owned(),
        };
        let entry = path.find_map(|segment| match segment {
            Segment::Seq { index } => Some(*index),
            _ => None,
        });
        Refusal {
            message,
            field,
            entry,
        }
    })
}

/// Converts a value of a section. White space at its ends is removed, because pasted values and `_FILE`s often have it, and no value of this program
/// does.
fn json(value: &toml::Value) -> Value {
    fn trim(value: &mut Value) {
        match value {
            Value::String(text) => *text = text.trim().to_owned(),
            Value::Array(entries) => entries.iter_mut().for_each(trim),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(value).unwrap_or_default();
    trim(&mut value);
    match &value {
        Value::String(text) if text.is_empty() => Value::Null,
        // JSON has neither `nan` nor `inf`. Every field for one value refuses a table in their place.
        Value::Null => Value::Object(Map::new()),
        _ => value,
    }
}

/// Replaces one text inside a value by a number. `place` counts the texts from 0. Returns false when there are fewer texts.
fn put_number(value: &mut Value, place: &mut usize) -> bool {
    match value {
        Value::Array(list) => list.iter_mut().any(|value| put_number(value, place)),
        Value::Object(fields) => fields.values_mut().any(|value| put_number(value, place)),
        value if *place == 0 => {
            *value = Value::from(0);
            true
        }
        _ => {
            *place -= 1;
            false
        }
    }
}
