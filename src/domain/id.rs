//! Ids: every kind is its own type, so that one cannot be handed over for another. They are
//! UUIDv7, made from the time of creation, so that they sort by it.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid};

use super::chance;
use super::time::Timestamp;

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct InvalidId;

/// 48 bits of time, 26 bits of the count, 48 random bits.
fn uuid_at(now: Timestamp) -> Uuid {
    let ms = u64::try_from(now.unix_ms()).unwrap_or(0);
    let count = chance::count();
    let mut tail: [u8; 10] = chance::bytes();
    // Twelve bits beside the version, fourteen beside the variant.
    let [_, _, high, low] = (count >> 14 & 0xFFF).to_be_bytes();
    (tail[0], tail[1]) = (high, low);
    let [_, _, high, low] = (count & 0x3FFF).to_be_bytes();
    (tail[2], tail[3]) = (high, low);
    Builder::from_unix_timestamp_millis(ms, &tail).into_uuid()
}

fn parse(text: &str) -> Result<Uuid, InvalidId> {
    // The hyphenated form only: the others would make two spellings of one id.
    if text.len() != 36 {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, sorting by `now`.
            pub fn at(now: Timestamp) -> Self {
                Self(uuid_at(now))
            }

            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        /// The lower-case hyphenated UUID.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        /// With its kind, for logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }
    };
}

typed_id!(/** A business that collects with recoup. */ OrganizationId, "org");
typed_id!(ApiKeyId, "key");
typed_id!(/** A provider with its credentials. */ ConnectionId, "con");
typed_id!(CustomerId, "cus");
typed_id!(PaymentMethodId, "met");
typed_id!(InvoiceId, "inv");
typed_id!(PaymentRequestId, "prq");
typed_id!(FeeId, "fee");
typed_id!(PlanId, "pln");
typed_id!(SubscriptionId, "sub");
typed_id!(WalletId, "wal");
typed_id!(WalletTransactionId, "wtx");
typed_id!(/** What tops a wallet up by itself. */ RecurringRuleId, "rul");
typed_id!(DunningCampaignId, "dun");
typed_id!(/** The receipt of one payment. */ ReceiptId, "rcp");
typed_id!(BulkRetryId, "blk");
typed_id!(AddOnId, "add");
typed_id!(TaxId, "tax");
typed_id!(/** One line of metadata. */ MetadataId, "mdt");
typed_id!(/** A tax as applied to one invoice. */ AppliedTaxId, "atx");
typed_id!(/** The collecting of one debt. */ RecoveryId, "rec");
typed_id!(/** One try at charging one debt. */ AttemptId, "att");
typed_id!(/** One unbroken history of what was sent. */ GenerationId, "gen");
typed_id!(/** One version of a policy. */ PolicyVersionId, "pol");
typed_id!(/** A hosted page at a provider. */ SessionId, "ses");
typed_id!(/** Our own page for a payer. */ PayerPageId, "pag");
typed_id!(/** One movement of money in the books. */ LedgerEntryId, "led");
typed_id!(/** Money that came in beyond what was due. */ SurplusId, "sur");
typed_id!(RefundId, "ref");
typed_id!(/** One changing action of a person or a program. */ AuditId, "aud");
typed_id!(/** Somebody who uses the dashboard. */ UserId, "usr");
typed_id!(/** One browser in which a user is signed in. */ SignInId, "sin");
typed_id!(EventId, "evt");
typed_id!(WebhookEndpointId, "whe");
typed_id!(/** One event on its way to one endpoint. */ DeliveryId, "whd");
typed_id!(/** A webhook that a provider sent. */ InboundId, "inb");
typed_id!(/** Work for one customer at their provider. */ CustomerSyncId, "syn");
typed_id!(/** How the invoices of a customer are collected. */ BillingConfigurationId, "bcf");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = InvoiceId::at(Timestamp::from_unix_ms(1_700_000_000_000));
        let late = InvoiceId::at(Timestamp::from_unix_ms(1_700_000_000_001));
        assert!(early < late);
    }

    #[test]
    fn ids_of_one_millisecond_sort_by_the_order_they_were_made_in() {
        let now = Timestamp::from_unix_ms(1_700_000_000_000);
        let made: Vec<InvoiceId> = (0..1000).map(|_| InvoiceId::at(now)).collect();
        assert!(made.is_sorted());
        assert_eq!(made[0].uuid().get_version_num(), 7);
    }

    #[test]
    fn only_the_hyphenated_spelling_is_an_id() {
        let id = InvoiceId::at(Timestamp::from_unix_ms(0));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.uuid().simple().to_string().parse::<InvoiceId>(), Err(InvalidId));
        assert_eq!("1".parse::<InvoiceId>(), Err(InvalidId));
    }
}
