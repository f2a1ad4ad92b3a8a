//! The use cases: load, decide, act, record.

use std::sync::Arc;

use crate::{
    adapters::providers::Providers,
    ports::{Chance, Clock, Doorbell, Secrets, Store},
};

/// What every use case works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub secrets: Arc<dyn Secrets>,
    pub doorbell: Arc<dyn Doorbell>,
    pub providers: Arc<Providers>,
}
