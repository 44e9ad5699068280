//! A connection: a provider (a plugin) with the credentials of one account there.

use super::id::{ConnectionId, OrganizationId};
use super::plugin::Asks;
use super::secret::Secret;
use super::time::{Span, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub organization_id: OrganizationId,
    /// The plugin's name, such as `stripe`.
    pub provider: String,
    /// The operator's name for it; unique in the organization.
    pub code: String,
    pub name: String,
    /// What the plugin is given, secrets included, ordered by key.
    pub settings: Vec<(String, Secret)>,
    /// The operator lets this connection reach private and loopback addresses.
    pub allows_private_network: bool,
    /// Where payers are sent after a hosted page.
    pub success_redirect_url: Option<String>,
    /// Set while nothing is charged through it.
    pub paused: Option<Pause>,
    pub created_at: Timestamp,
}

impl Connection {
    pub fn setting(&self, key: &str) -> Option<&Secret> {
        self.settings.iter().find(|(k, _)| k == key).map(|(_, value)| value)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub at: Timestamp,
    pub reason: String,
}

/// A loaded plugin, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    pub name: String,
    pub title: String,
    pub version: String,
    pub settings: Vec<SettingSpec>,
    pub idempotency: Idempotency,
    /// Customers must exist at the provider before a charge.
    pub has_customers: bool,
    pub abilities: Abilities,
    /// Lower-case hex SHA-256 of the component.
    pub sha256: String,
    /// Part of this binary, or loaded from the data directory.
    pub built_in: bool,
    /// Which interface it speaks, such as `recoup:psp@0.1.0`.
    pub interface: String,
    /// Where it may send to, `*.` for what is below a host; a `base_url` takes their place.
    pub hosts: Vec<String>,
}

impl Provider {
    /// What an operator approves.
    pub fn asks(&self) -> Asks {
        let keys = |of: fn(&SettingSpec) -> bool| {
            let settings = self.settings.iter().filter(|it| of(it));
            settings.map(|setting| setting.key.clone()).collect()
        };
        Asks {
            interface: self.interface.clone(),
            hosts: self.hosts.clone(),
            settings: keys(|_| true),
            secrets: keys(|setting| setting.secret),
            abilities: self.abilities.names().into_iter().map(str::to_owned).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingSpec {
    pub key: String,
    pub help: String,
    pub secret: bool,
    pub required: bool,
    pub default: Option<String>,
}

/// How sure a provider is to make one charge of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// Zero: it does not know keys.
    pub key_lifetime: Span,
    pub replays_declines: bool,
    pub finds_by_reference: bool,
}

impl Idempotency {
    /// Whether a charge begun at `begun_at` may still be sent again under its key: inside 80 %
    /// of the key's life, so that clocks that differ do no harm.
    pub fn may_resend(&self, begun_at: Timestamp, now: Timestamp) -> bool {
        let safe_ms = self.key_lifetime.as_ms() / 5 * 4;
        safe_ms > 0 && now.since(begun_at).as_ms() < safe_ms
    }
}

/// Which interfaces a plugin exports, `gateway` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    pub charging: bool,
    pub customers: bool,
    pub methods: bool,
    pub checkout: bool,
    pub refunds: bool,
    pub webhooks: bool,
}

impl Abilities {
    /// As the interfaces are called.
    pub fn names(self) -> Vec<&'static str> {
        [
            (self.charging, "charging"),
            (self.customers, "customers"),
            (self.methods, "methods"),
            (self.checkout, "checkout"),
            (self.refunds, "refunds"),
            (self.webhooks, "webhooks"),
        ]
        .into_iter()
        .filter_map(|(can, name)| can.then_some(name))
        .collect()
    }
}

/// Which kind of money a connection moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Test,
    Live,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_again_only_while_it_surely_lives() {
        let day = Idempotency {
            key_lifetime: Span::hours(24),
            replays_declines: true,
            finds_by_reference: false,
        };
        let start = Timestamp::from_unix_ms(0);
        assert!(day.may_resend(start, start.plus(Span::hours(19))));
        assert!(!day.may_resend(start, start.plus(Span::hours(20))));
        let none = Idempotency { key_lifetime: Span::ZERO, ..day };
        assert!(!none.may_resend(start, start));
    }
}
