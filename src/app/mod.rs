//! What recoup does: one use case, one file. Use cases write down what they are about to do, do
//! it, and write down what came of it; no transaction is open while anyone outside is asked.

pub mod add_ons;
pub mod analytics;
pub mod archive_customer;
pub mod audit;
pub mod authenticate;
pub mod back_up;
pub mod backup_methods;
pub mod bulk_retry;
pub mod change_connection;
pub mod change_method;
pub mod collect;
pub mod configure_billing;
mod connections;
pub mod control;
pub mod crash_point;
mod create_api_key;
pub mod create_invoice;
pub mod create_payment_request;
mod deactivate_method;
pub mod delete_customer;
mod deliver_webhooks;
mod digest_webhooks;
mod due;
pub mod dunning_campaigns;
pub mod exceed_limit;
mod exchanges;
pub mod finalize_invoices;
pub mod forecast;
pub mod forget_old;
pub mod hold;
pub mod idempotent_requests;
pub mod introduce_customer;
pub mod invoice_changes;
pub mod issue_invoice;
mod ledger;
pub mod links;
pub mod lose_dispute;
pub mod mark_overdue;
mod methods;
pub mod notification_endpoints;
mod patience;
pub mod plans;
pub mod plugins;
pub mod policies;
pub mod ports;
pub mod price_invoice;
pub mod receipts;
mod receive_webhook;
pub mod record_payment;
pub mod recovery_figures;
pub mod refunds;
pub mod rename_customer;
pub mod resend_webhooks;
mod run_dunning;
pub mod signing_keys;
mod start;
pub mod subscriptions;
pub mod surplus;
mod sync_customers;
pub mod taxes;
pub mod update_invoice;
mod update_organization;
pub mod upsert_customer;
pub mod users;
pub mod void_invoice;
pub mod void_unpaid;
mod wake;
pub mod wallets;
pub mod webhook_endpoints;

use std::sync::Arc;

use crate::domain::audit_trail::Actor;
use crate::domain::decline::DeclineMap;
use crate::domain::id::OrganizationId;
use crate::domain::network::NetworkRules;
use crate::domain::policy::{NetworkLimit, Policy};
use crate::domain::sign_in::SignInRules;
use crate::domain::time::{Span, Timestamp};
use crate::store::{Signed, Store};
use back_up::BackupRules;
pub use connections::{ConnectionError, NewConnection};
pub use deliver_webhooks::Delivered;
pub use digest_webhooks::Digested;
use ports::{Clock, Psps, WebhookSender};
pub use receive_webhook::{Addressee, ReceiveError};
pub use run_dunning::Dunned;
pub use sync_customers::Synced;
pub use wake::{Bell, Wake};

/// Everything the use cases need. Clones share it.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) psps: Arc<dyn Psps>,
    pub(crate) sender: Arc<dyn WebhookSender>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Figures that the operator sets.
    pub(crate) rules: Arc<Rules>,
    /// So that new work does not wait for the next tick of its job.
    pub(crate) wake: Arc<Wake>,
    /// Who is at work, for the audit trail. A use case that a person or a program calls is called
    /// on a copy that knows them.
    actor: Actor,
}

/// Figures that the operator sets; `config.example.toml` says what each is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The built-in one: for debts that no other policy is given to.
    pub policy: Policy,
    pub network_limit: NetworkLimit,
    /// What networks allow, and our own ceiling beside it.
    pub networks: NetworkRules,
    /// What codes mean that no plugin knows.
    pub declines: DeclineMap,
    /// Only credentials that move no real money may be charged.
    pub test_mode: bool,
    /// Where payers and receivers of webhooks find this server. No slash at the end.
    pub public_url: String,
    /// How many charges run at once on one connection.
    pub charges_per_connection_max: usize,
    /// How many charges run at once in all.
    pub charges_max: usize,
    /// Longer than any call to a provider can take: after it nobody is charging any more.
    pub charge_lease: Span,
    /// How long a new invoice waits for its first charge, so that its payer can pay by link first.
    pub first_charge_delay: Span,
    /// When technical failures outweigh other answers of a connection by so many, its attempts
    /// wait. 0: never.
    pub outage_after: u32,
    /// How long before an attempt of the schedule the business is told of it. Zero: never.
    pub attempt_due_ahead: Span,
    /// How long an open payment link keeps the next automatic attempt away.
    pub link_grace: Span,
    /// How long payment and checkout links are good for.
    pub link_lifetime: Span,
    /// How often one webhook is tried in all.
    pub webhook_tries_max: u32,
    /// How many webhooks are sent at once.
    pub webhooks_max: usize,
    /// How many endpoints for webhooks an organization may have.
    pub webhook_endpoints_max: u32,
    /// How long a webhook that was sent, or given up, can be looked at and sent again.
    pub deliveries_kept: Span,
    /// How long a page for a payer still says that its time is up.
    pub pages_kept: Span,
    pub backup: BackupRules,
    /// So many of what plugins asked providers are kept.
    pub exchanges_kept: u32,
    pub sign_ins: SignInRules,
    /// Requests need no key: only for a demonstration with throw-away data.
    pub open_to_all: bool,
    /// Everything runs where it is called, and nothing waits: only for simulations, whose
    /// histories must come again.
    pub single_threaded: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            policy: Policy::standard(),
            network_limit: NetworkLimit::CARDS,
            networks: NetworkRules::without_figures(NetworkLimit::CARDS),
            declines: DeclineMap::default(),
            test_mode: true,
            public_url: "http://127.0.0.1:8080".to_owned(),
            charges_per_connection_max: 256,
            charges_max: 512,
            charge_lease: Span::minutes(5),
            first_charge_delay: Span::ZERO,
            outage_after: 10,
            attempt_due_ahead: Span::ZERO,
            link_grace: Span::hours(1),
            link_lifetime: Span::hours(24),
            webhook_tries_max: 3,
            webhooks_max: 32,
            webhook_endpoints_max: 10,
            deliveries_kept: Span::days(90),
            pages_kept: Span::days(90),
            backup: BackupRules {
                folder: std::path::PathBuf::from("backups"),
                every: Span::ZERO,
                keep_max: 14,
            },
            exchanges_kept: 20_000,
            sign_ins: SignInRules::default(),
            open_to_all: false,
            single_threaded: false,
        }
    }
}

/// What a server is made of, for `App::new`.
pub struct Parts {
    pub store: Store,
    pub psps: Arc<dyn Psps>,
    pub sender: Arc<dyn WebhookSender>,
    pub clock: Arc<dyn Clock>,
    pub rules: Rules,
}

impl App {
    pub fn new(parts: Parts) -> App {
        App {
            store: parts.store,
            psps: parts.psps,
            sender: parts.sender,
            clock: parts.clock,
            rules: Arc::new(parts.rules),
            wake: Arc::new(Wake::default()),
            actor: Actor::CommandLine,
        }
    }

    /// The same for somebody: what they change is signed with their name.
    #[must_use]
    pub fn on_behalf_of(&self, actor: Actor) -> App {
        App { actor, ..self.clone() }
    }

    fn signed(&self, organization: OrganizationId, at: Timestamp) -> Signed {
        Signed { organization, actor: self.actor, at }
    }

    /// For plain reads by handlers.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn psps(&self) -> &dyn Psps {
        self.psps.as_ref()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Rings when there is new work for a job.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }
}
