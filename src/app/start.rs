//! The first start: the installation gets its identity, and an organization to work for.

use super::App;
use super::collect::CollectError;
use crate::domain::chance;
use crate::domain::currency::Currency;
use crate::domain::customer::Address;
use crate::domain::id::OrganizationId;
use crate::domain::organization::{Organization, ZeroInvoices};
use crate::domain::time::Timestamp;

impl App {
    /// Makes what is missing, and answers the organization. At every start but the first it
    /// changes nothing.
    pub fn prepare_installation(&self) -> Result<Organization, CollectError> {
        let now = self.clock.now();
        let identity =
            uuid::Builder::from_random_bytes(chance::bytes()).into_uuid().simple().to_string();
        let made = first_organization(now);
        self.store.write(move |tx| -> Result<_, CollectError> {
            if tx.installation_identity()?.is_none() {
                tx.insert_installation(&identity, now)?;
            }
            if let Some(organization) = tx.first_organization()? {
                return Ok(organization);
            }
            tx.insert_organization(&made)?;
            Ok(made.clone())
        })
    }
}

fn first_organization(now: Timestamp) -> Organization {
    let id = OrganizationId::at(now);
    let tail: String = id.uuid().simple().to_string().chars().skip(28).collect();
    Organization {
        id,
        name: "My business".to_owned(),
        slug: "my-business".to_owned(),
        billing_entity_code: "default".to_owned(),
        document_number_prefix: format!("REC-{}", tail.to_uppercase()),
        default_currency: Currency::USD,
        timezone: chrono_tz::UTC,
        net_payment_term: 0,
        zero_invoices: ZeroInvoices::Finalize,
        email: None,
        legal_name: None,
        legal_number: None,
        tax_identification_number: None,
        address: Address::default(),
        invoice_footer: None,
        invoice_grace_period: 0,
        document_locale: "en".to_owned(),
        created_at: now,
        updated_at: now,
    }
}
