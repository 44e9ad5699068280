//! The same of the lists for who sets recoup up: they walk an index. A test only.

use super::query_plans::{faults, nobody};
use crate::domain::event::WebhookName;
use crate::domain::filter::DeliveryFilter;
use crate::domain::id::{ApiKeyId, ConnectionId, WebhookEndpointId};
use crate::domain::subscription::SubscriptionStatus;
use crate::domain::time::Timestamp;
use crate::domain::view::SliceRequest;
use crate::domain::webhook::{DeliveryState, ToldName};

#[test]
fn what_developers_look_at_is_found_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let slice = SliceRequest { after: Some(nobody().uuid()), limit: 10 };
    let endpoint = Some(WebhookEndpointId::at(now));
    let state = Some(DeliveryState::Failed);
    let webhook = Some(ToldName::Webhook(WebhookName::InvoiceCreated));
    let found = faults(|read| {
        read.api_keys(nobody(), now)?;
        read.api_key(nobody(), ApiKeyId::at(now), now)?;
        read.events(nobody(), slice)?;
        read.exchanges_through(ConnectionId::at(now), 10)?;
        for filter in [
            DeliveryFilter::default(),
            DeliveryFilter { state, ..DeliveryFilter::default() },
            DeliveryFilter { endpoint_id: endpoint, ..DeliveryFilter::default() },
            DeliveryFilter { webhook, ..DeliveryFilter::default() },
            DeliveryFilter { state, endpoint_id: endpoint, webhook },
        ] {
            read.delivery_slice(nobody(), &filter, slice)?;
            read.delivery_count(nobody(), &filter, 10_000)?;
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_customers_have_is_found_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let slice = SliceRequest::default();
    let found = faults(|read| {
        for state in [None, Some(SubscriptionStatus::Active)] {
            read.subscription_slice(nobody(), (state, slice), now)?;
        }
        for status in [None, Some("terminated")] {
            read.wallet_slice(nobody(), status, slice)?;
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
