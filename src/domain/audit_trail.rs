//! The audit trail: who changed what, when and why. One entry for each changing action of a
//! person or a program; what happens by itself has events instead.

use super::decline::text_enum;
use super::id::{ApiKeyId, AuditId, OrganizationId, UserId};
use super::time::Timestamp;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    ApiKey(ApiKeyId),
    /// Somebody who is signed in to the dashboard.
    User(UserId),
    /// Somebody who can open the data directory.
    CommandLine,
    /// A webhook that sets right what a person said.
    Provider,
    /// The server asks for no keys.
    Anyone,
}

impl Actor {
    pub const fn kind(self) -> &'static str {
        match self {
            Actor::ApiKey(_) => "api_key",
            Actor::User(_) => "user",
            Actor::CommandLine => "command_line",
            Actor::Provider => "provider",
            Actor::Anyone => "anyone",
        }
    }

    /// Of the key or the user.
    pub fn id(self) -> Option<String> {
        match self {
            Actor::ApiKey(id) => Some(id.to_string()),
            Actor::User(id) => Some(id.to_string()),
            Actor::CommandLine | Actor::Provider | Actor::Anyone => None,
        }
    }
}

text_enum!(
    /// What was done, named for its subject.
    Action {
        ApiKeyCreated = "api_key.created",
        /// Another one stands in for it.
        ApiKeyRotated = "api_key.rotated",
        ApiKeyRevoked = "api_key.revoked",
        ConnectionAdded = "connection.added",
        ConnectionChanged = "connection.changed",
        ConnectionPaused = "connection.paused",
        ConnectionResumed = "connection.resumed",
        BulkRetryStarted = "bulk_retry.started",
        BulkRetryCancelled = "bulk_retry.cancelled",
        CustomerBackupMethodsChanged = "customer.backup_methods_changed",
        CustomerCollectionPaused = "customer.collection_paused",
        CustomerCollectionResumed = "customer.collection_resumed",
        CustomerDunningChanged = "customer.dunning_changed",
        /// A person asked for one.
        BackupMade = "backup.made",
        HoldEnded = "hold.ended",
        /// An address was made at which they can leave a payment method.
        CustomerMethodLinkMade = "customer.method_link_made",
        InvoiceRetried = "invoice.retried",
        InvoiceVoided = "invoice.voided",
        InvoicePaymentStatusChanged = "invoice.payment_status_changed",
        InvoiceDisputeLost = "invoice.dispute_lost",
        InvoiceMetadataChanged = "invoice.metadata_changed",
        OrganizationChanged = "organization.changed",
        PaymentRecorded = "payment.recorded",
        PaymentResolved = "payment.resolved",
        /// What a person had said of it was taken back.
        PaymentCorrected = "payment.corrected",
        /// A provider says otherwise than a person did.
        PaymentContradicted = "payment.contradicted",
        MethodMadeDefault = "payment_method.made_default",
        MethodActivated = "payment_method.activated",
        /// What named it is to be paid by hand.
        MethodDeactivated = "payment_method.deactivated",
        MethodDiscarded = "payment_method.discarded",
        /// Our ceiling of declines may be exceeded on it for a while.
        NetworkCeilingExceeded = "payment_method.ceiling_exceeded",
        PluginInstalled = "plugin.installed",
        PluginUpdated = "plugin.updated",
        PluginRolledBack = "plugin.rolled_back",
        PluginEnabled = "plugin.enabled",
        PluginDisabled = "plugin.disabled",
        PluginRemoved = "plugin.removed",
        PolicyChanged = "policy.changed",
        PolicyAssigned = "policy.assigned",
        PolicyUnassigned = "policy.unassigned",
        /// Debts that run go by another version.
        PolicyMoved = "policy.moved",
        RecoveryPaused = "recovery.paused",
        RecoveryResumed = "recovery.resumed",
        RecoveryStopped = "recovery.stopped",
        RecoveryMoved = "recovery.moved",
        RefundRequested = "refund.requested",
        RefundResolved = "refund.resolved",
        SurplusKept = "surplus_payment.kept",
        UserAdded = "user.added",
        UserRoleChanged = "user.role_changed",
        /// A link to choose another password was made, and they were signed out everywhere.
        UserReset = "user.reset",
        UserDisabled = "user.disabled",
        UserEnabled = "user.enabled",
        UserPasswordChosen = "user.password_chosen",
        UserSignedIn = "user.signed_in",
        UserSignedOut = "user.signed_out",
        WebhookResent = "webhook_delivery.resent",
        WebhookEndpointCreated = "webhook_endpoint.created",
        WebhookEndpointChanged = "webhook_endpoint.changed",
        WebhookEndpointDeleted = "webhook_endpoint.deleted",
        WebhookEndpointTested = "webhook_endpoint.tested",
        /// Everything that failed there is sent again.
        WebhookEndpointResent = "webhook_endpoint.resent",
    }
);

impl Action {
    /// What kind of thing it was done to.
    pub fn subject_kind(self) -> &'static str {
        self.as_str().split_once('.').map_or("", |(subject, _)| subject)
    }
}

/// Names and values: what changed, as it was or as it is. No secrets.
pub type Facts = Vec<(&'static str, String)>;

/// What was done, before it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub action: Action,
    pub subject_id: String,
    pub reason: Option<String>,
    pub was: Facts,
    pub became: Facts,
}

impl Act {
    pub fn on(action: Action, subject_id: impl ToString) -> Act {
        let subject_id = subject_id.to_string();
        Act { action, subject_id, reason: None, was: vec![], became: vec![] }
    }

    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Act {
        Act { reason: Some(reason.into()), ..self }
    }

    /// `name` was one thing and is another.
    #[must_use]
    pub fn changed(mut self, name: &'static str, was: impl ToString, is: impl ToString) -> Act {
        self.was.push((name, was.to_string()));
        self.became.push((name, is.to_string()));
        self
    }

    /// A value that there was not before.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Act {
        self.became.push((name, value.to_string()));
        self
    }
}

/// As it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: AuditId,
    pub organization_id: OrganizationId,
    pub actor: Actor,
    pub action: Action,
    pub subject_id: String,
    pub reason: Option<String>,
    /// JSON objects of texts.
    pub was: Option<String>,
    pub became: Option<String>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    pub action: Option<Action>,
    pub subject: Option<AuditSubject>,
    pub api_key_id: Option<ApiKeyId>,
    pub user_id: Option<UserId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSubject {
    pub kind: String,
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_names_its_subject() {
        for action in Action::ALL {
            assert!(!action.subject_kind().is_empty(), "{}", action.as_str());
        }
        assert_eq!(Action::SurplusKept.subject_kind(), "surplus_payment");
    }
}
