//! Every minute: due timers become new intents or settled facts.
#![forbid(unsafe_code)]

use serde_json::Value;
use transom::app::{Parts, expire};

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
pub async fn handle(expire: &Expire, _event: Value) -> Result<(), lambda_runtime::Error> {
    let swept = expire::sweep(&expire.parts).await?;
    if swept.fired > 0 || swept.failed > 0 {
        tracing::info!(swept.fired, swept.failed, "swept the timers");
    }
    Ok(())
}
