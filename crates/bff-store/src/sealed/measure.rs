//! Measures the operations of the store. A session that comes from the memory costs no operation, and is not measured.

use super::store::SealedStore;
use crate::store::StoreError;
use bff_core::calls::{self, CallTimer, Callee};

impl SealedStore {
    /// Awaits an operation of the store, and reports how long it took.
    pub(super) async fn measured<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let span = calls::store_span(self.store.system(), operation);
        let timer = CallTimer::start(Callee::Store(operation), span);
        let result = call.await;
        timer.end(result.as_ref().map_or("failed", |_| calls::OK));
        result
    }
}
