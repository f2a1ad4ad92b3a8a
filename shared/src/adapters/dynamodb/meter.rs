//! Counts write units, so that tests can hold each operation to its budget.

use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// What a failed condition costs. DynamoDB bills it like a write but its error does not report it (fault matrix, B1); the
/// rows that conditions are about are below 1 KB.
const FAILED_CONDITION: f64 = 1.0;

/// The write units used since the last look, indexes included.
#[derive(Debug, Default)]
pub struct Meter(Mutex<f64>);

impl Meter {
    /// The write units used since the last call.
    pub fn take(&self) -> f64 {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn wrote(&self, capacity: &[ConsumedCapacity]) {
        self.add(capacity.iter().filter_map(ConsumedCapacity::capacity_units).sum());
    }

    pub(super) fn refused(&self) {
        self.add(FAILED_CONDITION);
    }

    fn add(&self, units: f64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += units;
    }
}
