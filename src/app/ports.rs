//! What recoup needs from outside: providers, endpoints of the business, the time. Each port has
//! two real implementations or more; the store is none, because there is one of it.

use crate::domain::attempt::ChargeAnswer;
use crate::domain::connection::{Connection, Mode, Provider};
use crate::domain::id::DeliveryId;
pub use crate::domain::inbound::{PspEvent, PspNews};
use crate::domain::money::Money;
use crate::domain::payment_method::MethodDetails;
use crate::domain::plugin::InstalledPlugin;
use crate::domain::refund::{RefundAnswer, RefundReason};
use crate::domain::session::SessionFinding;
use crate::domain::time::Timestamp;
use crate::domain::view::Snapshot;
pub use crate::domain::webhook::SigningKeys;
use crate::domain::webhook::{Dialect, Heard, WebhookEndpoint};

/// Reads the time. The only way to it outside `clock.rs`.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The providers, each behind its plugin. Calls block until the provider has answered or a
/// limit ended them; none holds a transaction.
pub trait Psps: Send + Sync {
    /// All that are loaded, ordered by name.
    fn providers(&self) -> Vec<Provider>;

    /// None: no plugin of that name is loaded.
    fn provider(&self, name: &str) -> Option<Provider>;

    /// From now on new calls use these beside the built-in ones. A call that is being made ends
    /// with the plugin that it began with.
    fn use_plugins(&self, installed: &[InstalledPlugin]);

    /// Which kind of money the credentials move.
    fn mode_of(&self, connection: &Connection) -> Result<Mode, PspError>;

    /// Asks the provider whether the credentials work.
    fn check(&self, connection: &Connection) -> Result<(), PspError>;

    /// Never an error: what went wrong is `NotSent` or `Unknown`.
    fn charge(&self, connection: &Connection, request: &ChargeRequest) -> ChargeAnswer;

    fn find_charge(&self, connection: &Connection, query: &ChargeQuery) -> ChargeFinding;

    fn cancel_charge(&self, connection: &Connection, query: &ChargeQuery) -> Cancellation;

    /// Never an error: what went wrong is `Failed`, `NotSent` or `Unknown`. One key gives back
    /// once.
    fn refund(&self, connection: &Connection, request: &RefundRequest) -> RefundAnswer;

    /// The provider's id of the new customer. One key makes one.
    fn create_customer(
        &self,
        connection: &Connection,
        key: &str,
        customer: &CustomerData,
    ) -> Result<String, PspError>;

    fn update_customer(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
        customer: &CustomerData,
    ) -> Result<(), PspError>;

    /// Newest first.
    fn list_methods(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
    ) -> Result<Vec<MethodDetails>, PspError>;

    fn default_method(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
    ) -> Result<Option<MethodDetails>, PspError>;

    fn set_default_method(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
        provider_method_id: &str,
    ) -> Result<(), PspError>;

    fn start_setup(
        &self,
        connection: &Connection,
        request: &SetupRequest,
    ) -> Result<HostedPage, PspError>;

    fn start_payment(
        &self,
        connection: &Connection,
        request: &LinkRequest,
    ) -> Result<HostedPage, PspError>;

    fn find_session(
        &self,
        connection: &Connection,
        provider_session_id: &str,
    ) -> Result<SessionFinding, PspError>;

    /// `Expired` only when the page certainly takes no more money.
    fn expire_session(
        &self,
        connection: &Connection,
        provider_session_id: &str,
    ) -> Result<SessionFinding, PspError>;

    /// Verifies the signature and says in our words what the provider reports.
    fn translate_webhook(
        &self,
        connection: &Connection,
        inbound: &InboundWebhook,
    ) -> Result<Translation, WebhookRefusal>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    pub idempotency_key: String,
    /// The attempt's id.
    pub reference: String,
    pub amount: Money,
    pub provider_customer_id: String,
    pub provider_method_id: String,
    pub method_kind: String,
    pub description: String,
    /// ISO 3166 alpha-2 of the payer.
    pub country: Option<String>,
    pub metadata: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeQuery {
    pub idempotency_key: String,
    pub reference: String,
    pub charge_id: Option<String>,
    pub provider_customer_id: Option<String>,
    pub started_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    pub idempotency_key: String,
    /// The refund's id.
    pub reference: String,
    pub charge_id: String,
    pub amount: Money,
    pub reason: RefundReason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeFinding {
    Found(ChargeAnswer),
    /// There is certainly none.
    Absent,
    CannotTell(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancellation {
    Cancelled(ChargeAnswer),
    /// Too late: this is what became of it.
    Final(ChargeAnswer),
    CannotTell(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerData {
    /// Our id of the customer.
    pub reference: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: crate::domain::customer::Address,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupRequest {
    pub idempotency_key: String,
    /// The session's id.
    pub reference: String,
    pub provider_customer_id: String,
    pub currency: Option<String>,
    pub method_kinds: Vec<String>,
    pub return_url: String,
    pub expires_at: Timestamp,
    pub metadata: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRequest {
    pub idempotency_key: String,
    /// The session's id.
    pub reference: String,
    pub provider_customer_id: String,
    pub amount: Money,
    pub method_kinds: Vec<String>,
    pub keep_method: bool,
    pub description: String,
    pub return_url: String,
    pub expires_at: Timestamp,
    pub metadata: Vec<(String, String)>,
}

/// A page that a provider has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostedPage {
    pub provider_session_id: String,
    pub url: String,
    /// None where the provider keeps a limit of its own.
    pub expires_at: Option<Timestamp>,
}

/// Why a call other than a charge did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PspError {
    /// The provider said no; asking again the same way changes nothing.
    #[error("the provider refused: {message}")]
    Refused { code: String, message: String },
    #[error("the provider wants fewer calls: {0}")]
    Throttled(String),
    #[error("the credentials or the account do not permit it: {message}")]
    Misconfigured { code: String, message: String },
    #[error("the provider was not reached: {0}")]
    NotSent(String),
    #[error("the provider's answer is not known: {0}")]
    Unknown(String),
    /// The plugin does not export what was asked.
    #[error("the plugin cannot do this: it does not export `{0}`")]
    Unable(&'static str),
    #[error("no plugin named `{0}` is loaded")]
    NoPlugin(String),
}

impl PspError {
    /// For programs: the provider's code, or one of ours.
    pub fn code(&self) -> &str {
        match self {
            PspError::Refused { code, .. } | PspError::Misconfigured { code, .. } => code,
            PspError::Throttled(_) => "too_many_provider_requests",
            PspError::NotSent(_) => "connection_error",
            PspError::Unknown(_) => "provider_answer_unknown",
            PspError::Unable(_) => "provider_cannot_do_this",
            PspError::NoPlugin(_) => "plugin_missing",
        }
    }
}

/// A webhook as it came in. Never logged: it may hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundWebhook {
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    pub events: Vec<PspEvent>,
    /// What the provider wants to hear.
    pub reply: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    #[error("the signature does not fit: {0}")]
    BadSignature(String),
    #[error("the webhook is not understood: {0}")]
    Unreadable(String),
    #[error("the plugin could not translate the webhook")]
    Failed(#[source] PspError),
}

/// Says events to endpoints of the business.
pub trait WebhookSender: Send + Sync {
    /// The exact bytes that are signed and sent, now and at every retry. None: the event has no
    /// webhook in this dialect.
    fn render(&self, snapshot: &Snapshot, dialect: &Dialect) -> Option<String>;

    /// New keys for an organization. Takes a second or more.
    fn new_keys(&self) -> SigningKeys;

    /// The public half, as an SPKI PEM. An error when the private key cannot be read.
    fn public_key_pem(&self, keys: &SigningKeys) -> Result<String, InvalidSigningKey>;

    /// Blocks until the endpoint has answered or the time is up.
    fn send(&self, webhook: &OutgoingWebhook<'_>) -> Heard;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signing key of the organization cannot be read")]
pub struct InvalidSigningKey;

pub struct OutgoingWebhook<'a> {
    pub endpoint: &'a WebhookEndpoint,
    pub keys: &'a SigningKeys,
    /// The same at every retry.
    pub delivery_id: DeliveryId,
    pub payload: &'a str,
}
