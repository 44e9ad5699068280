//! How states read on pages: a word or two, and whether that is well.

use super::parts::{Badge, Tone};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::audit_trail::Action;
use crate::domain::decline::{DeclineClass, RetryClass};
use crate::domain::exchange::Ending;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::recovery::{IdleReason, Recovery, State};

/// How the collecting of a debt stands.
pub fn collecting(recovery: &Recovery) -> Badge {
    if recovery.paused && !recovery.is_ended() {
        return Badge::new(Tone::Quiet, "Paused");
    }
    let (tone, text) = match recovery.state {
        State::Waiting { .. } => (Tone::Wait, "Waiting"),
        State::Charging { .. } => (Tone::Open, "Being charged"),
        State::Idle { reason } => return Badge::new(tone_of(reason), idle(reason)),
        State::Recovered { .. } => (Tone::Good, "Recovered"),
        State::Cancelled { .. } => (Tone::Quiet, "Cancelled"),
    };
    Badge::new(tone, text)
}

const fn tone_of(reason: IdleReason) -> Tone {
    match reason {
        IdleReason::Manual | IdleReason::Uncollectible | IdleReason::Stopped => Tone::Quiet,
        IdleReason::NeedsPayer => Tone::Wait,
        IdleReason::NoProvider
        | IdleReason::NeedsMethod
        | IdleReason::Held
        | IdleReason::Exhausted => Tone::Bad,
    }
}

/// What is missing, or why nothing is tried by itself.
pub const fn idle(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NoProvider => "Needs a provider",
        IdleReason::Manual => "To be paid by hand",
        IdleReason::NeedsPayer => "Needs the payer",
        IdleReason::NeedsMethod => "Needs a method",
        IdleReason::Held => "Needs a person",
        IdleReason::Exhausted => "No further attempt",
        IdleReason::Uncollectible => "Uncollectible",
        IdleReason::Stopped => "Stopped",
    }
}

/// `retry_planned` as people write it: `Retry planned`.
pub fn sentence_case(word: &str) -> String {
    let text = word.replace(['_', '-'], " ");
    let mut signs = text.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", signs.as_str())
}

/// What an error says, as a sentence of its own.
pub fn sentence(text: &str) -> String {
    let mut signs = text.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", signs.as_str())
}

/// What came of an attempt, and the provider's own code for it.
pub struct Outcome {
    pub badge: Badge,
    pub code: Option<String>,
}

impl Outcome {
    fn new(tone: Tone, text: &str, code: Option<String>) -> Outcome {
        Outcome { badge: Badge::new(tone, text), code }
    }
}

pub fn outcome(attempt: &Attempt) -> Outcome {
    let plain = |tone, text| Outcome::new(tone, text, None);
    match &attempt.state {
        AttemptState::Charging { .. } => plain(Tone::Open, "Being charged"),
        AttemptState::Pending { .. } => plain(Tone::Open, "Accepted, not settled"),
        AttemptState::NeedsAction { .. } => plain(Tone::Wait, "Payer has to confirm"),
        AttemptState::Unknown { .. } => plain(Tone::Bad, "Outcome unknown"),
        AttemptState::NotSent { .. } => plain(Tone::Wait, "Never reached the provider"),
        AttemptState::Paid { .. } => plain(Tone::Good, "Paid"),
        AttemptState::Cancelled { .. } => plain(Tone::Quiet, "Called off"),
        AttemptState::Declined { decline: it, .. } => {
            Outcome::new(Tone::Bad, decline(it.class), Some(it.code.clone()))
        }
    }
}

/// The class of a decline, in a word or three.
pub const fn decline(class: DeclineClass) -> &'static str {
    match class {
        DeclineClass::InsufficientFunds => "Insufficient funds",
        DeclineClass::LimitExceeded => "Limit exceeded",
        DeclineClass::IssuerUnavailable => "Bank unavailable",
        DeclineClass::ProcessingError => "Technical failure",
        DeclineClass::DoNotHonor => "Do not honor",
        DeclineClass::Unclassified => "Unknown reason",
        DeclineClass::AuthenticationRequired => "Confirmation needed",
        DeclineClass::ExpiredCard => "Expired card",
        DeclineClass::InvalidAccount => "Invalid account",
        DeclineClass::IncorrectDetails => "Incorrect details",
        DeclineClass::LostOrStolen => "Lost or stolen",
        DeclineClass::Fraud => "Suspected fraud",
        DeclineClass::NotPermitted => "Not permitted",
        DeclineClass::RevokedAuthorization => "Consent withdrawn",
        DeclineClass::MandateCancelled => "Mandate cancelled",
        DeclineClass::Disputed => "Disputed",
        DeclineClass::Cancelled => "Cancelled",
        DeclineClass::InvalidConfiguration => "Our configuration",
    }
}

/// What a decline allows next, in a sentence.
pub const fn retry(class: RetryClass) -> &'static str {
    match class {
        RetryClass::Soft => "It may succeed later on the same method.",
        RetryClass::SoftShort => "It may succeed within hours on the same method.",
        RetryClass::Limited => "It may be tried again, but seldom.",
        RetryClass::CustomerAction => "The payer has to do something first.",
        RetryClass::NewMethod => "This method is never tried again for this debt.",
        RetryClass::Stop => "Nothing is tried again for this debt.",
        RetryClass::Merchant => "Something on our side is wrong; a person has to mend it.",
        RetryClass::Hold => "A person has to look at it.",
    }
}

/// How far an invoice is paid, or why it is not asked for.
pub fn payment(invoice: &Invoice) -> Badge {
    let (tone, text) = match (invoice.status, invoice.payment_status) {
        (InvoiceStatus::Draft, _) => (Tone::Quiet, "Draft"),
        (InvoiceStatus::Voided, _) => (Tone::Quiet, "Voided"),
        (InvoiceStatus::Deleted | InvoiceStatus::Closed | InvoiceStatus::Open, _) => {
            (Tone::Quiet, "Not shown")
        }
        (InvoiceStatus::Finalized, _) if invoice.dispute_lost_at.is_some() => {
            (Tone::Bad, "Disputed")
        }
        (InvoiceStatus::Finalized, PaymentStatus::Succeeded) => (Tone::Good, "Succeeded"),
        (InvoiceStatus::Finalized, PaymentStatus::Failed) => (Tone::Bad, "Failed"),
        (InvoiceStatus::Finalized, PaymentStatus::Pending) => (Tone::Wait, "Pending"),
    };
    Badge::new(tone, text)
}

/// What somebody did, as it stands in a story or a list.
pub const fn act(action: Action) -> &'static str {
    match action {
        Action::ApiKeyCreated => "Made an API key",
        Action::ApiKeyRevoked => "Took an API key back",
        Action::ConnectionAdded => "Added a connection",
        Action::ConnectionResumed => "Resumed a connection",
        Action::BulkRetryStarted => "Resent in bulk",
        Action::BulkRetryCancelled => "Cancelled a bulk resend",
        Action::CustomerCollectionPaused => "Paused collecting of a customer",
        Action::CustomerCollectionResumed => "Resumed collecting of a customer",
        Action::CustomerDunningChanged => "Changed the dunning of a customer",
        Action::InvoiceRetried => "Asked to resend it for collection",
        Action::InvoiceVoided => "Voided it",
        Action::InvoicePaymentStatusChanged => "Changed its payment status",
        Action::InvoiceDisputeLost => "Noted that a dispute was lost",
        Action::InvoiceMetadataChanged => "Changed its metadata",
        Action::PaymentRecorded => "Recorded a payment",
        Action::PaymentResolved => "Said what became of a payment",
        Action::PaymentCorrected => "Corrected what was said of a payment",
        Action::PaymentContradicted => "Said otherwise than a person did of a payment",
        Action::NetworkCeilingExceeded => "Let our ceiling of declines be exceeded",
        Action::RecoveryPaused => "Paused collecting",
        Action::RecoveryResumed => "Resumed collecting",
        Action::RecoveryStopped => "Stopped collecting",
        Action::RecoveryMoved => "Moved the next attempt",
        Action::RefundRequested => "Asked for a refund",
        Action::RefundResolved => "Said what became of a refund",
        Action::SurplusKept => "Kept a surplus payment",
        action => act_beside(action),
    }
}

const fn act_beside(action: Action) -> &'static str {
    match action {
        Action::UserAdded => "Added a user",
        Action::UserRoleChanged => "Changed the role of a user",
        Action::UserReset => "Made a link to choose another password",
        Action::UserDisabled => "Disabled a user",
        Action::UserEnabled => "Enabled a user",
        Action::UserPasswordChosen => "Chose a password",
        Action::UserSignedIn => "Signed in",
        Action::UserSignedOut => "Signed out",
        Action::CustomerBackupMethodsChanged => "Changed the backup methods of a customer",
        Action::CustomerMethodLinkMade => "Made a link to leave a payment method",
        Action::MethodMadeDefault => "Made a payment method the default",
        Action::MethodActivated => "Made a payment method active",
        Action::MethodDeactivated => "Made a payment method inactive",
        Action::MethodDiscarded => "Discarded a payment method",
        Action::PluginInstalled => "Installed a plugin",
        Action::PluginUpdated => "Updated a plugin",
        Action::PluginRolledBack => "Rolled a plugin back",
        Action::PluginEnabled => "Enabled a plugin",
        Action::PluginDisabled => "Disabled a plugin",
        Action::PluginRemoved => "Removed a plugin",
        action => act_of_setting_up(action),
    }
}

const fn act_of_setting_up(action: Action) -> &'static str {
    match action {
        Action::ApiKeyRotated => "Rotated an API key",
        Action::BackupMade => "Made a backup",
        Action::ConnectionChanged => "Changed a connection",
        Action::ConnectionPaused => "Paused a connection",
        Action::HoldEnded => "Ended a hold",
        Action::OrganizationChanged => "Changed settings",
        Action::PolicyChanged => "Kept a version of a policy",
        Action::PolicyAssigned => "Gave a policy",
        Action::PolicyUnassigned => "Took a policy away",
        Action::PolicyMoved => "Moved debts to a version of a policy",
        Action::WebhookResent => "Sent a webhook again",
        Action::WebhookEndpointCreated => "Made a webhook endpoint",
        Action::WebhookEndpointChanged => "Changed a webhook endpoint",
        Action::WebhookEndpointDeleted => "Deleted a webhook endpoint",
        Action::WebhookEndpointTested => "Tested a webhook endpoint",
        Action::WebhookEndpointResent => "Sent failed webhooks again",
        _ => "Changed something",
    }
}

/// How a request of a plugin ended.
pub fn ending(ending: &Ending) -> Badge {
    match ending {
        Ending::Answered { status, .. } if *status < 400 => {
            Badge::new(Tone::Good, format!("Answered {status}"))
        }
        Ending::Answered { status, .. } => Badge::new(Tone::Wait, format!("Answered {status}")),
        Ending::Denied(_) => Badge::new(Tone::Bad, "Denied by recoup"),
        Ending::NotSent(_) => Badge::new(Tone::Wait, "Not sent"),
        Ending::MaybeSent(_) => Badge::new(Tone::Bad, "No whole answer"),
    }
}
