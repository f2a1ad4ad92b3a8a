//! Every minute: due timers become new intents or settled facts.
#![forbid(unsafe_code)]

use serde_json::Value;
use transom::app::{Parts, deadline::WORK_WITHIN, expire};

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Expire {
    parts: Parts,
}

impl Expire {
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

/// Sweeps. The event says nothing that the clock does not.
pub async fn handle(expire: &Expire, event: Value) -> Result<(), lambda_runtime::Error> {
    handle_until(expire, event, 0).await
}

/// The same in a function that ends at `ends_at` (milliseconds since 1970; 0: nobody says).
pub async fn handle_until(expire: &Expire, _event: Value, ends_at: u64) -> Result<(), lambda_runtime::Error> {
    let deadline = expire.parts.deadline(WORK_WITHIN, ends_at);
    let swept = expire::sweep_until(&expire.parts, deadline).await?;
    if swept != expire::Swept::default() {
        tracing::info!(swept.fired, swept.failed, swept.parked, swept.cut_short, "swept the timers");
    }
    Ok(())
}
