//! How results of bulk resends read: a word or two, and the reasons in a sentence.

use crate::domain::bulk_retry::{BulkResult, BulkState};
use crate::http::dashboard::parts::{Badge, Tone};

pub fn result(result: BulkResult) -> Badge {
    let (tone, text) = match result {
        BulkResult::Listed => (Tone::Quiet, "Its turn comes"),
        BulkResult::Refused => (Tone::Quiet, "Not eligible"),
        BulkResult::Withdrawn => (Tone::Quiet, "Taken back"),
        BulkResult::Queued => (Tone::Wait, "Asked for"),
        BulkResult::Charging => (Tone::Open, "Being charged"),
        BulkResult::Pending => (Tone::Open, "Accepted, not settled"),
        BulkResult::NeedsPayer => (Tone::Wait, "Payer has to confirm"),
        BulkResult::Unknown => (Tone::Bad, "Outcome unknown"),
        BulkResult::Succeeded => (Tone::Good, "Paid"),
        BulkResult::Failed => (Tone::Bad, "Declined"),
        BulkResult::NotChargeable => (Tone::Bad, "Nothing to charge it on"),
        BulkResult::Settled => (Tone::Good, "Settled otherwise"),
    };
    Badge::new(tone, text)
}

pub fn state(state: BulkState) -> Badge {
    let (tone, text) = match state {
        BulkState::Listing => (Tone::Open, "Being listed"),
        BulkState::Queueing => (Tone::Open, "Being asked for"),
        BulkState::Queued => (Tone::Good, "All asked for"),
        BulkState::Cancelling => (Tone::Wait, "Being taken back"),
        BulkState::Cancelled => (Tone::Quiet, "Cancelled"),
    };
    Badge::new(tone, text)
}

/// Why an invoice is not charged. Codes that are new here stand as they are.
pub fn refusal(code: &str) -> String {
    let sentence = match code {
        "invalid_status" => "It is not owed any more",
        "payment_processor_is_currently_handling_payment" => "A charge of it is under way",
        "already_requested" => "It was asked for already, and its turn comes",
        "manual" => "It is to be paid by hand",
        "paused" => "Its collecting is paused",
        "stopped" => "Its collecting was stopped by a person",
        "connection_paused" => "Its provider is paused",
        "customer_must_have_payment_provider" => "Its customer has no provider",
        "customer_has_no_payment_method" => "Its customer has no payment method",
        "payment_method_declined_for_good" => "Its method was declined for good",
        "retry_blocked_by_network_limit" => "Its card may not be tried more often for now",
        other => return other.replace('_', " "),
    };
    sentence.to_owned()
}
