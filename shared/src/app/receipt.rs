//! A provider reports on what was sent.

use super::{Parts, Trouble};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId,
        ids::CallbackData,
        inbound::{ProviderReceipt, ReceiptStatus, ReportedAt},
        outcome::FailureKind,
        time::{ProviderTime, believe},
    },
    ports::store::{Recorded, Report},
    telemetry,
};

/// Writes down what a provider reports on an attempt of one of our messages.
pub(super) async fn record(parts: &Parts, account: &AccountId, receipt: ProviderReceipt) -> Result<(), Trouble> {
    if receipt.status == ReceiptStatus::InProgress {
        return Ok(());
    }
    // A callback is believed only for the account that the endpoint belongs to; anything else was sent by another
    // system, or is forged.
    let callback = receipt.callback.as_deref().and_then(|text| text.parse::<CallbackData>().ok());
    let ours = |callback: &CallbackData| callback.account == *account || planted(Defect::CallbackAccountIgnored);
    let Some(callback) = callback.filter(ours) else {
        tracing::info!(account.id = %account, "a receipt is about no message of ours");
        telemetry::stray_receipt();
        return Ok(());
    };
    let now = parts.now();
    let at = match believe(receipt.at, now) {
        ProviderTime::Raw(at) => ReportedAt::Provider(at),
        ProviderTime::FirstSeen => ReportedAt::Heard(now),
    };
    let account = if planted(Defect::CallbackAccountIgnored) { &callback.account } else { account };
    let attempt = if planted(Defect::ReceiptOfAnyAttempt) {
        match parts.store.message(account, callback.message).await? {
            Some(crate::domain::message::Message::Outbound(message)) => message.attempt,
            Some(_) | None => callback.attempt,
        }
    } else {
        callback.attempt
    };
    let report = Report { status: &receipt.status, at, pricing: receipt.pricing.as_ref() };
    let recorded = parts.store.record_receipt(account, callback.message, attempt, &report).await?;
    if matches!(&receipt.status, ReceiptStatus::Failed(failure) if failure.kind == FailureKind::Template) {
        tracing::warn!(account.id = %account, message.id = %callback.message, "the provider refused its template");
        telemetry::template_failed();
    }
    if recorded == Recorded::NoSuchMessage {
        telemetry::stray_receipt();
        tracing::info!(account.id = %account, message.id = %callback.message, "a receipt is about a message that is not here");
    }
    Ok(())
}
