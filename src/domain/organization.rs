//! The business that collects: one per installation to begin with, named in every row.

use chrono_tz::Tz;

use super::change::Change;
use super::currency::Currency;
use super::customer::Address;
use super::customer_change::AddressChange;
use super::decline::text_enum;
use super::id::OrganizationId;
use super::time::Timestamp;

text_enum!(
    /// What happens to an invoice of nothing.
    ZeroInvoices {
        Inherit = "inherit",
        Skip = "skip",
        Finalize = "finalize",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub slug: String,
    /// The code of its only billing entity.
    pub billing_entity_code: String,
    /// Begins every invoice number.
    pub document_number_prefix: String,
    pub default_currency: Currency,
    pub timezone: Tz,
    /// Days from issuing to due.
    pub net_payment_term: u32,
    /// Never `Inherit`.
    pub zero_invoices: ZeroInvoices,
    pub email: Option<String>,
    pub legal_name: Option<String>,
    pub legal_number: Option<String>,
    pub tax_identification_number: Option<String>,
    pub address: Address,
    pub invoice_footer: Option<String>,
    /// Days that subscription invoices stay drafts.
    pub invoice_grace_period: u32,
    pub document_locale: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a request says of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationChange {
    pub name: Change<String>,
    pub document_number_prefix: Change<String>,
    pub default_currency: Change<Currency>,
    pub timezone: Change<Tz>,
    pub net_payment_term: Change<u32>,
    pub zero_invoices: Change<ZeroInvoices>,
    pub email: Change<Option<String>>,
    pub legal_name: Change<Option<String>>,
    pub legal_number: Change<Option<String>>,
    pub tax_identification_number: Change<Option<String>>,
    pub address: AddressChange,
    pub invoice_footer: Change<Option<String>>,
    pub invoice_grace_period: Change<u32>,
    pub document_locale: Change<String>,
}

impl OrganizationChange {
    #[must_use]
    pub fn apply(self, organization: Organization, now: Timestamp) -> Organization {
        let mut changed = Organization { updated_at: now, ..organization };
        self.name.apply(&mut changed.name);
        self.document_number_prefix.apply(&mut changed.document_number_prefix);
        self.default_currency.apply(&mut changed.default_currency);
        self.timezone.apply(&mut changed.timezone);
        self.net_payment_term.apply(&mut changed.net_payment_term);
        self.zero_invoices.apply(&mut changed.zero_invoices);
        self.email.apply(&mut changed.email);
        self.legal_name.apply(&mut changed.legal_name);
        self.legal_number.apply(&mut changed.legal_number);
        self.tax_identification_number.apply(&mut changed.tax_identification_number);
        self.address.apply(&mut changed.address);
        self.invoice_footer.apply(&mut changed.invoice_footer);
        self.invoice_grace_period.apply(&mut changed.invoice_grace_period);
        self.document_locale.apply(&mut changed.document_locale);
        changed
    }
}
