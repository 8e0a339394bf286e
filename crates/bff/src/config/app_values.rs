//! Values of an app, by their type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The values of an app, one of each type: the settings of its sections, and what `App::data` builds.
#[derive(Clone, Default)]
pub struct AppValues(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

/// The app has no value of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no value of the type {0}; add it with App::settings or App::data")]
pub struct MissingValue(&'static str);

impl AppValues {
    /// Returns the value of the type `T`.
    ///
    /// # Errors
    /// [`MissingValue`] when neither `App::settings` nor an earlier `App::data` makes a `T`.
    pub fn get<T: Any + Send + Sync>(&self) -> Result<&T, MissingValue> {
        self.0
            .get(&TypeId::of::<T>())
            .and_then(|value| value.downcast_ref())
            .ok_or(MissingValue(type_name::<T>()))
    }

    /// Returns a shared reference to the value of the type `T`.
    pub(crate) fn share<T: Any + Send + Sync>(&self) -> Result<Arc<T>, MissingValue> {
        let value = self.0.get(&TypeId::of::<T>()).cloned();
        value
            .and_then(|value| value.downcast().ok())
            .ok_or(MissingValue(type_name::<T>()))
    }

    /// Adds a value. Returns false when there is one of this type already; that one stays.
    pub(crate) fn insert<T: Any + Send + Sync>(&mut self, value: T) -> bool {
        let is_new = !self.0.contains_key(&TypeId::of::<T>());
        if is_new {
            self.0.insert(TypeId::of::<T>(), Arc::new(value));
        }
        is_new
    }
}

/// Prints the number of values, because a value may contain a secret.
impl fmt::Debug for AppValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AppValues").field(&self.0.len()).finish()
    }
}
