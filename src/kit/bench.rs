//! The plugin in the real host, with hands on its clock, its provider and its requests.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::app::ports::{ChargeFinding, Psps};
use crate::clock::TestClock;
use crate::domain::attempt::{ChargeAnswer, Outcome};
use crate::domain::connection::{Connection, Provider};
use crate::domain::id::{ConnectionId, OrganizationId};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::psp::PluginHost;

use super::KitError;
use super::fault::{Desk, Fault};
use super::orders::Order;
use super::plan::Plan;

pub struct Bench<'a> {
    pub host: PluginHost,
    pub provider: Provider,
    pub connection: Connection,
    pub plan: &'a Plan,
    pub desk: Desk,
    pub clock: Arc<TestClock>,
    /// When the trial began. The clock is set back to it before every promise.
    pub now: Timestamp,
    /// Of a charge that goes well.
    pub requests: OnceCell<usize>,
}

impl Bench<'_> {
    /// Charges while something goes wrong at the last of the requests that a charge makes.
    pub fn charge(&self, order: &Order, fault: Fault) -> ChargeAnswer {
        let spared = match fault {
            Fault::None | Fault::NotReached => 0,
            _ => self.requests_of_a_charge().saturating_sub(1),
        };
        self.desk.lay_out(order, fault, spared);
        self.host.charge(&self.connection, &order.request())
    }

    /// Asks what became of a charge while something goes wrong.
    pub fn find(&self, order: &Order, fault: Fault) -> ChargeFinding {
        self.desk.lay_out(order, fault, 0);
        self.host.find_charge(&self.connection, &order.query(self.now, None))
    }

    /// How many requests a charge takes that goes well. Found out once.
    fn requests_of_a_charge(&self) -> usize {
        *self.requests.get_or_init(|| {
            let order = Order::good(self.plan);
            self.desk.lay_out(&order, Fault::None, 0);
            self.host.charge(&self.connection, &order.request());
            self.desk.sent().len()
        })
    }

    /// The value of a setting.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.connection.setting(key).map(Secret::reveal)
    }
}

/// What an operator would have set up.
pub fn connection(
    provider: &Provider,
    plan: &Plan,
    base_url: Option<&str>,
    now: Timestamp,
) -> Result<Connection, KitError> {
    let is_known = |key: &str| provider.settings.iter().any(|setting| setting.key == key);
    if let Some(key) = plan.settings.keys().find(|key| !is_known(key)) {
        let message = format!("the plan sets `{key}`, which the plugin does not describe");
        return Err(KitError::Settings(message));
    }
    let mut settings = plan.settings.clone();
    if let Some(url) = base_url {
        if !is_known("base_url") {
            return Err(KitError::NoBaseUrl);
        }
        settings.insert("base_url".to_owned(), url.to_owned());
    }
    for setting in &provider.settings {
        if setting.required && !settings.contains_key(&setting.key) {
            let key = &setting.key;
            let message = format!("the plugin needs the setting `{key}`: the plan does not set it");
            return Err(KitError::Settings(message));
        }
    }
    Ok(Connection {
        id: ConnectionId::at(now),
        organization_id: OrganizationId::at(now),
        provider: provider.name.clone(),
        code: "kit".to_owned(),
        name: "Conformance kit".to_owned(),
        settings: settings.into_iter().map(|(key, text)| (key, Secret::new(text))).collect(),
        allows_private_network: true,
        success_redirect_url: None,
        paused: None,
        created_at: now,
    })
}

/// An outcome in words, for reports.
pub fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Paid => "paid".to_owned(),
        Outcome::Declined(decline) => format!(
            "declined (code `{}`, class {}, retry {})",
            decline.code,
            decline.class.as_str(),
            decline.retry.as_str()
        ),
        Outcome::NeedsAction(action) => format!("needs-action ({})", action.kind),
        Outcome::Pending => "pending".to_owned(),
        Outcome::NotSent(reason) => format!("not-sent ({reason})"),
        Outcome::Unknown(reason) => format!("unknown ({reason})"),
    }
}

/// A finding in words.
pub fn found_words(finding: &ChargeFinding) -> String {
    match finding {
        ChargeFinding::Found(answer) => format!("found, {}", words(&answer.outcome)),
        ChargeFinding::Absent => "absent".to_owned(),
        ChargeFinding::CannotTell(reason) => format!("cannot-tell ({reason})"),
    }
}
