//! Reads a struct from named values, and reports every fault in them.
//!
//! Serde stops at the first error. So the refused value is reported and replaced (an entry of a list is left out), and the struct is read again,
//! until all values are read. Called by the reader, for sections and for `[[proxy]]` tables.

use std::collections::BTreeSet;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use toml::Table;

use super::fault::Wrong;
use super::given::Given;
use super::input::{Input, Seen};
use super::read_error::ReadError;

/// How many entries of one list are reported. The list is read once for each of them.
const MOST_ENTRIES: usize = 20;

/// The named values of a section or of a table.
pub(super) struct Fields<'a> {
    values: Vec<Field<'a>>,
    /// Values that take the place of a refused or missing one.
    stand_ins: &'a Table,
    replaced: BTreeSet<String>,
    /// The faults: the field, or an empty name for the struct as a whole.
    pub(super) faults: Vec<(String, Wrong)>,
}

struct Field<'a> {
    name: String,
    given: Given<'a>,
    left_out: BTreeSet<usize>,
    seen: Seen,
}

impl<'a> Fields<'a> {
    /// Takes the values. For a field without a value, which is already reported, the stand-in is read.
    pub(super) fn new(
        values: impl Iterator<Item = (&'a str, Option<Given<'a>>)>,
        stand_ins: &'a Table,
    ) -> Self {
        let mut fields = Self {
            values: Vec::new(),
            stand_ins,
            replaced: BTreeSet::new(),
            faults: Vec::new(),
        };
        for (name, given) in values {
            match given {
                Some(given) => fields.values.push(Field::new(name, given)),
                None => drop(fields.replace(name)),
            }
        }
        fields
    }

    /// Reads the struct. Returns `None` when a fault has no stand-in.
    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        loop {
            match T::deserialize(&*self) {
                Ok(value) => return Some(value),
                Err(error) => self.refuse(error)?,
            }
        }
    }

    /// Returns the names of the values that satisfy a condition.
    pub(super) fn names(&self, of: impl Fn(&Seen) -> bool) -> Vec<String> {
        let found = self.values.iter().filter(|field| of(&field.seen));
        found.map(|field| field.name.clone()).collect()
    }

    /// Reports the error, and takes what is wrong out of the values.
    fn refuse(&mut self, error: ReadError) -> Option<()> {
        let is_quoted = self.quotes_value(&error);
        let name = error.field.unwrap_or_default();
        let field = self.values.iter_mut().find(|field| field.name == name);
        let wrong = if is_quoted {
            Wrong::new("is not valid", "correct the value")
        } else {
            error.wrong
        };
        // An error of the list as a whole is a consequence of the entries that are left out, and an error of a stand-in one of its own.
        let is_consequence = error.entry.is_none()
            && field
                .as_ref()
                .is_some_and(|field| !field.left_out.is_empty());
        if !is_consequence && !self.replaced.contains(&name) {
            self.faults.push((name.clone(), wrong));
        }
        match (field, error.entry) {
            (Some(field), Some(entry)) if field.left_out.len() < MOST_ENTRIES => {
                field.left_out.insert(entry);
                Some(())
            }
            _ => self.replace(&name),
        }
    }

    /// Returns true when a message of a type outside this module may show a value: it is about a secret, or contains the text of the value. A message
    /// about the struct as a whole may contain any value.
    fn quotes_value(&self, error: &ReadError) -> bool {
        let is_about = |field: &&Field<'_>| match &error.field {
            Some(name) => *name == field.name,
            None => true,
        };
        let mut fields = self.values.iter().filter(is_about);
        error.is_foreign
            && fields.any(|field| {
                error.wrong.mentions(field.given) || (error.field.is_some() && field.is_secret())
            })
    }

    /// Replaces a value by its stand-in, or removes a value that has none. Returns `None` when that was done before.
    fn replace(&mut self, name: &str) -> Option<()> {
        let is_there = self.values.iter().any(|field| field.name == name);
        self.values.retain(|field| field.name != name);
        match self.stand_ins.get(name) {
            Some(value) => self.values.push(Field::new(name, Given::Toml(value))),
            None if is_there => {}
            None => return None,
        }
        self.replaced.insert(name.to_owned()).then_some(())
    }
}

impl<'a> Field<'a> {
    fn new(name: &str, given: Given<'a>) -> Self {
        Self {
            name: name.to_owned(),
            given,
            left_out: BTreeSet::new(),
            seen: Seen::default(),
        }
    }

    fn is_secret(&self) -> bool {
        self.seen.is_secret.get() || super::secret::is_name_of_secret(&self.name)
    }

    fn input(&self) -> Input<'_> {
        Input {
            given: self.given,
            left_out: Some(&self.left_out),
            seen: &self.seen,
        }
    }
}

impl<'de> Deserializer<'de> for &Fields<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(Walk {
            fields: self.values.iter(),
            next: None,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Walk<'a> {
    fields: std::slice::Iter<'a, Field<'a>>,
    next: Option<&'a Field<'a>>,
}

impl<'de> MapAccess<'de> for Walk<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        self.next = self.fields.next();
        let Some(field) = self.next else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, ReadError> = field.name.as_str().into_deserializer();
        let key = seed.deserialize(name);
        key.map(Some).map_err(|error| error.in_field(&field.name))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some(field) = self.next else {
            return Err(ReadError::new("is missing", "write it"));
        };
        let value = seed.deserialize(field.input());
        value.map_err(|error| error.in_field(&field.name))
    }
}
