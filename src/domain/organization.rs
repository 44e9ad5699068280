//! The business that collects: one per installation to begin with, named in every row.

use chrono_tz::Tz;

use super::currency::Currency;
use super::customer::Address;
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
