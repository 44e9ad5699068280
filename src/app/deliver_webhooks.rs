//! Says events to the endpoints that subscribed to them: at least once, the same bytes at every
//! try, or they stand on the list of failed ones.

use std::sync::{Arc, Mutex, PoisonError};

use super::App;
use super::collect::{Answer, CollectError, Within, heed};
use super::crash_point::{CrashPoint, crash_point};
use super::ports::OutgoingWebhook;
use crate::domain::event::WebhookName;
use crate::domain::id::DeliveryId;
use crate::domain::webhook::{
    Delivery, DeliveryAnswer, DeliveryState, Heard, ToldName, WebhookEndpoint,
};

const PAGE: u32 = 256;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    pub delivered: u64,
    pub refused: u64,
}

impl Delivered {
    fn count(&mut self, state: Option<DeliveryState>) {
        match state {
            Some(DeliveryState::Succeeded) => self.delivered += 1,
            Some(DeliveryState::Failed | DeliveryState::Pending | DeliveryState::Retrying) => {
                self.refused += 1
            }
            None => {}
        }
    }
}

impl App {
    pub fn deliver_webhooks(&self) -> Result<Delivered, CollectError> {
        let mut run = Delivered::default();
        loop {
            let now = self.clock.now();
            let due = self.store.read(|read| read.due_deliveries(now, PAGE))?;
            if due.is_empty() {
                return Ok(run);
            }
            let page = self.deliver_page(due);
            run.delivered += page.delivered;
            run.refused += page.refused;
            // What cannot even be tried would be due for ever: the next run looks again.
            if page == Delivered::default() {
                return Ok(run);
            }
        }
    }

    fn deliver_page(&self, due: Vec<Delivery>) -> Delivered {
        if self.rules.single_threaded {
            let mut run = Delivered::default();
            due.into_iter().for_each(|delivery| run.count(self.deliver_counted(delivery)));
            return run;
        }
        let threads = self.rules.webhooks_max.min(due.len()).max(1);
        let queue = Mutex::new(due);
        let run = Mutex::new(Delivered::default());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                        let Some(delivery) = next else { return };
                        let state = self.deliver_counted(delivery);
                        run.lock().unwrap_or_else(PoisonError::into_inner).count(state);
                    }
                });
            }
        });
        run.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// None: it was not tried.
    fn deliver_counted(&self, delivery: Delivery) -> Option<DeliveryState> {
        let id = delivery.id;
        match self.deliver(delivery) {
            Ok(state) => Some(state),
            Err(error) => {
                tracing::error!(delivery = ?id, %error, "a webhook was not tried");
                None
            }
        }
    }

    fn deliver(&self, delivery: Delivery) -> Result<DeliveryState, CollectError> {
        let now = self.clock.now();
        let endpoint = self
            .store
            .read(|read| read.webhook_endpoint(delivery.organization_id, delivery.endpoint_id))?;
        // Removed meanwhile, and its deliveries with it.
        let Some(endpoint) = endpoint else { return Ok(DeliveryState::Failed) };
        let delivery = match delivery.payload {
            Some(_) => delivery,
            None => self.frozen(delivery, &endpoint)?,
        };
        crash_point(CrashPoint::DeliveryFrozen);
        let heard = match &delivery.payload {
            Some(payload) => self.send(&endpoint, delivery.id, payload)?,
            None => DeliveryAnswer::Unreachable {
                reason: "what the event is about does not exist any more".to_owned(),
            }
            .into(),
        };
        crash_point(CrashPoint::DeliverySent);
        let persistence = endpoint.persistence(self.rules.webhook_tries_max);
        let answered = delivery.answered(&heard, persistence, now);
        let state = answered.state;
        let veto = veto_of(&answered, &heard.answer, &endpoint);
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        self.store.write(move |tx| -> Result<(), CollectError> {
            tx.save_delivery(&answered)?;
            match &veto {
                Some(veto) => heed(&Within { tx, rules: &rules, now }, veto),
                None => Ok(()),
            }
        })?;
        Ok(state)
    }

    /// The payload is written down before it is sent, so that every try sends the same bytes.
    fn frozen(
        &self,
        delivery: Delivery,
        endpoint: &WebhookEndpoint,
    ) -> Result<Delivery, CollectError> {
        let mut snapshot = self.store.read(|read| read.snapshot(delivery.event_id))?;
        if let Some(snapshot) = &mut snapshot
            && let Some(receipt) = snapshot.receipt.take()
        {
            snapshot.receipt = Some(self.with_file_url(receipt)?);
        }
        let payload =
            snapshot.and_then(|snapshot| self.sender.render(&snapshot, &endpoint.dialect));
        let delivery = Delivery { payload, ..delivery };
        let saved = delivery.clone();
        self.store.write(move |tx| tx.save_delivery(&saved))?;
        Ok(delivery)
    }

    fn send(
        &self,
        endpoint: &WebhookEndpoint,
        delivery_id: DeliveryId,
        payload: &str,
    ) -> Result<Heard, CollectError> {
        let keys = self.signing_keys(endpoint.organization_id)?;
        let webhook = OutgoingWebhook { endpoint, keys: &keys, delivery_id, payload };
        Ok(self.sender.send(&webhook))
    }
}

/// Only an answer to the news of an attempt can be one.
fn veto_of(
    delivery: &Delivery,
    answer: &DeliveryAnswer,
    endpoint: &WebhookEndpoint,
) -> Option<Answer> {
    let veto = match answer {
        DeliveryAnswer::Vetoed { veto, .. } => *veto,
        DeliveryAnswer::Accepted { .. }
        | DeliveryAnswer::Refused { .. }
        | DeliveryAnswer::Unreachable { .. } => return None,
    };
    let asks = delivery.webhook == ToldName::Webhook(WebhookName::RecoveryAttemptDue);
    let name = endpoint.name.clone().unwrap_or_else(|| endpoint.id.to_string());
    asks.then(|| Answer {
        event: delivery.event_id,
        endpoint: format!("webhook endpoint {name}"),
        veto,
    })
}
