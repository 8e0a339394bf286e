//! Reads a struct from named values with serde, and reports every fault in them.
//!
//! Serde stops at the first error. So the refused value is reported and replaced by its stand-in (an entry of a list is left out), and the struct is
//! read again, until all values are read. Called by the reader, for sections and for `[[proxy]]` tables.

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::Value;
use serde_path_to_error::Segment;

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
    /// The value that takes the place of a refused or missing one.
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
    /// The field and the entry of the list, counted from 0. The field is empty for the struct as a whole.
    field: String,
    entry: Option<usize>,
}

impl Fields {
    /// Adds a field. In place of a refused value, which is already reported, the stand-in is read.
    pub(super) fn add(
        &mut self,
        name: &str,
        value: Option<&toml::Value>,
        stand_in: Option<&toml::Value>,
        is_text: bool,
    ) {
        self.list.push(Field {
            name: name.to_owned(),
            value: value.or(stand_in).map(or_null),
            stand_in: stand_in.map(or_null),
            is_replaced: value.is_none(),
            is_text,
            left_out: 0,
        });
    }

    /// Adds a field without a value. When serde misses it, the stand-in is read.
    pub(super) fn add_missing(&mut self, name: &str, stand_in: &toml::Value) {
        self.add(name, None, Some(stand_in), false);
        if let Some(field) = self.list.last_mut() {
            (field.value, field.is_replaced) = (None, false);
        }
    }

    /// Reads the struct. Returns `None` when a fault has no stand-in.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut ignored = Vec::new();
        loop {
            ignored.clear();
            match read(self.values(), &mut ignored) {
                Ok(value) => break Some(value),
                Err(refusal) => self.refuse(refusal)?,
            }
        }
        .inspect(|_| {
            let wrong = "is read by no field of the section's struct; add the field, or remove the key from the defaults";
            let faults = ignored.into_iter().map(|name| (name, Wrong::new(wrong)));
            self.faults.extend(faults);
        })
    }

    /// Returns the fields that are read as a [`Secret`](super::Secret), or contain one: only a `Secret` answers with its own message when a number is
    /// in the place of the text.
    pub(super) fn secrets<T: DeserializeOwned>(&self) -> Vec<String> {
        let is_secret = |index: usize| {
            for place in 0.. {
                let (mut values, mut place) = (self.values(), place);
                if !put_number(&mut values[index].1, &mut place) {
                    break;
                }
                let read: Result<T, Refusal> = read(values, &mut Vec::new());
                if read.is_err_and(|refusal| refusal.message.ends_with(NOT_A_SECRET)) {
                    return true;
                }
            }
            false
        };
        let values = self.values().into_iter().enumerate();
        values
            .filter(|(index, _)| is_secret(*index))
            .map(|(_, (name, _))| name.to_owned())
            .collect()
    }

    fn values(&self) -> Vec<(&str, Value)> {
        let values = self.list.iter();
        values
            .filter_map(|field| Some((field.name.as_str(), field.value.clone()?)))
            .collect()
    }

    /// Reports the error, and takes what is wrong out of the values.
    fn refuse(&mut self, refusal: Refusal) -> Option<()> {
        let mut wrong = self.describe(&refusal);
        let Some(field) = self.list.iter_mut().find(|it| it.name == refusal.field) else {
            self.faults.push((refusal.field, wrong));
            return None;
        };
        if field.reread(&refusal) {
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
            (Some(Value::Array(list)), Some(entry)) if field.left_out < MOST_ENTRIES => {
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
        if let Some(wrong) = message::of_settings(&refusal.message) {
            return wrong;
        }
        let is_about = |field: &&Field| refusal.field.is_empty() || field.name == refusal.field;
        let is_quoted = self.list.iter().filter(is_about).any(|field| {
            let value = field.value.as_ref();
            value.is_some_and(|value| message::mentions(&refusal.message, value))
                || (!refusal.field.is_empty() && is_name_of_secret(&field.name))
        });
        if is_quoted {
            return Wrong::new("is not valid; correct the value");
        }
        message::of_type(&refusal.message)
    }
}

impl Field {
    /// Takes the value in another form that the type of the field may want: an empty text for none, and a number or boolean for the text of a
    /// variable, because an empty default does not tell the type. Returns false when there is none.
    fn reread(&mut self, refusal: &Refusal) -> bool {
        let value = match (&mut self.value, refusal.entry) {
            (Some(Value::Array(list)), Some(entry)) => list.get_mut(entry),
            (value, _) => value.as_mut(),
        };
        let other = match value.as_deref() {
            Some(Value::Null) if refusal.message.starts_with("invalid type: null") => {
                Some(Value::from(""))
            }
            Some(Value::String(text))
                if self.is_text && refusal.message.starts_with("invalid type: string") =>
            {
                let typed: Option<Value> = text.parse().ok();
                typed.filter(|typed| typed.is_number() || typed.is_boolean())
            }
            _ => None,
        };
        other
            .zip(value)
            .map(|(other, value)| *value = other)
            .is_some()
    }
}

fn read<T: DeserializeOwned>(
    values: Vec<(&str, Value)>,
    ignored: &mut Vec<String>,
) -> Result<T, Refusal> {
    let values = MapDeserializer::new(values.into_iter());
    let mut ignore = |path: serde_ignored::Path<'_>| ignored.push(path.to_string());
    let values = serde_ignored::Deserializer::new(values, &mut ignore);
    serde_path_to_error::deserialize(values).map_err(
        |error: serde_path_to_error::Error<serde_json::Error>| {
            let mut refusal = Refusal {
                message: error.inner().to_string(),
                field: String::new(),
                entry: None,
            };
            for segment in error.path() {
                match segment {
                    Segment::Map { key } if refusal.field.is_empty() => {
                        refusal.field.clone_from(key)
                    }
                    Segment::Seq { index } if refusal.entry.is_none() => {
                        refusal.entry = Some(*index)
                    }
                    _ => {}
                }
            }
            if let Some(field) =
                message::named_field(&refusal.message).filter(|_| refusal.field.is_empty())
            {
                refusal.field = field.to_owned();
            }
            refusal
        },
    )
}

/// Converts a value of a section. White space at its ends is removed, because pasted values and `_FILE`s often have it, and no value of this program
/// does.
fn or_null(value: &toml::Value) -> Value {
    match json(value) {
        Value::String(text) if text.is_empty() => Value::Null,
        value => value,
    }
}

fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.trim().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(value) => (*value).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(list) => list.iter().map(json).collect(),
        toml::Value::Table(table) => {
            let fields = table.iter();
            fields
                .map(|(name, value)| (name.clone(), json(value)))
                .collect()
        }
    }
}

/// Puts a number in the place of the text with this number in the value, counted from 0. Returns false when there are fewer texts.
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
