//! The names of webhooks that an endpoint may subscribe to: every name of the dialect, also
//! those of features that recoup has not.

/// A group, and what can happen to it.
const NAMES: &[(&str, &[&str])] = &[
    ("alert", &["triggered"]),
    ("billable_metric", &["created", "updated", "deleted"]),
    (
        "customer",
        &[
            "created",
            "updated",
            "accounting_provider_created",
            "accounting_provider_error",
            "crm_provider_created",
            "crm_provider_error",
            "payment_provider_created",
            "payment_provider_error",
            "checkout_url_generated",
            "tax_provider_error",
            "vies_check",
        ],
    ),
    // Ours.
    ("connection", &["outage_began", "outage_ended"]),
    ("credit_note", &["created", "generated", "provider_refund_failure"]),
    ("dunning_campaign", &["finished"]),
    ("event", &["error"]),
    ("events", &["errors"]),
    ("feature", &["created", "updated", "deleted"]),
    ("fee", &["created", "tax_provider_error"]),
    (
        "invoice",
        &[
            "created",
            "one_off_created",
            "paid_credit_added",
            "generated",
            "drafted",
            "ready_to_finalize",
            "voided",
            "deleted",
            "payment_dispute_lost",
            "payment_status_updated",
            "payment_overdue",
            "payment_failure",
            "resynced",
        ],
    ),
    ("integration", &["provider_error"]),
    ("order", &["created", "executed"]),
    ("order_form", &["created", "signed", "expired", "voided"]),
    // The last three are ours.
    ("payment", &["succeeded", "requires_action", "surplus", "unresolved", "contradicted"]),
    ("payment_provider", &["error"]),
    ("payment_receipt", &["created", "generated"]),
    ("payment_request", &["created", "payment_failure", "payment_status_updated"]),
    ("plan", &["created", "updated", "deleted"]),
    ("quote", &["created", "approved", "voided"]),
    // Not in Lago: what our own recoveries tell.
    (
        "recovery",
        &["started", "waiting", "recovered", "exhausted", "paused", "stopped", "attempt_due"],
    ),
    // Ours.
    ("refund", &["succeeded", "failed"]),
    (
        "subscription",
        &[
            "canceled",
            "incomplete",
            "terminated",
            "started",
            "updated",
            "termination_alert",
            "trial_ended",
            "usage_threshold_reached",
        ],
    ),
    ("wallet", &["created", "updated", "terminated", "depleted_ongoing_balance"]),
    ("wallet_transaction", &["created", "updated", "payment_failure"]),
];

pub fn is_known(name: &str) -> bool {
    let Some((group, happening)) = name.split_once('.') else { return false };
    NAMES.iter().any(|(known, all)| *known == group && all.contains(&happening))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::WebhookName;

    #[test]
    fn every_webhook_that_is_sent_can_be_subscribed_to() {
        for name in WebhookName::ALL {
            assert!(is_known(name.as_str()), "{}", name.as_str());
        }
        for wrong in ["wrong.type", "invoice", "invoice.", ".created", "invoice.created.x"] {
            assert!(!is_known(wrong), "{wrong}");
        }
    }
}
