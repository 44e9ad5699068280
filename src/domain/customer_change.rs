//! What a request changes of a customer: only what it names.

use chrono_tz::Tz;

use super::change::Change;
use super::currency::Currency;
use super::customer::{Address, Customer, CustomerMetadata, CustomerType, Profile};
use super::id::MetadataId;
use super::linking::LinkChange;
use super::organization::ZeroInvoices;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerChange {
    pub profile: ProfileChange,
    pub terms: TermsChange,
    /// Replaces all there is.
    pub metadata: Change<Vec<MetadataChange>>,
    /// Replaces all there are.
    pub tax_codes: Change<Vec<String>>,
    pub link: LinkChange,
    /// Must be the organization's only one.
    pub billing_entity_code: Option<String>,
}

type Text = Change<Option<String>>;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    pub name: Text,
    pub firstname: Text,
    pub lastname: Text,
    pub legal_name: Text,
    pub legal_number: Text,
    pub tax_identification_number: Text,
    pub customer_type: Change<Option<CustomerType>>,
    pub email: Text,
    pub phone: Text,
    pub url: Text,
    pub logo_url: Text,
    pub external_salesforce_id: Text,
    pub address: AddressChange,
    pub shipping_address: AddressChange,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressChange {
    pub line1: Text,
    pub line2: Text,
    pub city: Text,
    pub state: Text,
    pub zipcode: Text,
    pub country: Text,
}

/// How the customer is billed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TermsChange {
    pub currency: Change<Option<Currency>>,
    pub timezone: Change<Option<Tz>>,
    pub net_payment_term: Change<Option<u32>>,
    pub zero_invoices: Change<ZeroInvoices>,
    pub invoice_grace_period: Change<Option<u32>>,
    pub document_locale: Text,
    pub issuing_date_anchor: Text,
    pub issuing_date_adjustment: Text,
}

/// One line of metadata as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataChange {
    /// Of the line that it changes; a new one is made when there is none.
    pub id: Option<MetadataId>,
    pub key: String,
    pub value: String,
    pub display_in_invoice: Option<bool>,
}

impl ProfileChange {
    pub fn apply(self, profile: &mut Profile) {
        self.name.apply(&mut profile.name);
        self.firstname.apply(&mut profile.firstname);
        self.lastname.apply(&mut profile.lastname);
        self.legal_name.apply(&mut profile.legal_name);
        self.legal_number.apply(&mut profile.legal_number);
        self.tax_identification_number.apply(&mut profile.tax_identification_number);
        self.customer_type.apply(&mut profile.customer_type);
        self.email.apply(&mut profile.email);
        self.phone.apply(&mut profile.phone);
        self.url.apply(&mut profile.url);
        self.logo_url.apply(&mut profile.logo_url);
        self.external_salesforce_id.apply(&mut profile.external_salesforce_id);
        self.address.apply(&mut profile.address);
        self.shipping_address.apply(&mut profile.shipping_address);
    }
}

impl AddressChange {
    pub fn apply(self, address: &mut Address) {
        self.line1.apply(&mut address.line1);
        self.line2.apply(&mut address.line2);
        self.city.apply(&mut address.city);
        self.state.apply(&mut address.state);
        self.zipcode.apply(&mut address.zipcode);
        self.country.apply(&mut address.country);
    }
}

impl TermsChange {
    pub fn apply(self, customer: &mut Customer) {
        self.currency.apply(&mut customer.currency);
        self.timezone.apply(&mut customer.timezone);
        self.net_payment_term.apply(&mut customer.net_payment_term);
        self.zero_invoices.apply(&mut customer.zero_invoices);
        self.invoice_grace_period.apply(&mut customer.invoice_grace_period);
        self.document_locale.apply(&mut customer.document_locale);
        self.issuing_date_anchor.apply(&mut customer.issuing_date_anchor);
        self.issuing_date_adjustment.apply(&mut customer.issuing_date_adjustment);
    }
}

/// The lines after the change: lines that are named keep their id and age.
pub fn changed_metadata(
    current: &[CustomerMetadata],
    asked: Vec<MetadataChange>,
    now: Timestamp,
) -> Vec<CustomerMetadata> {
    let changed = asked.into_iter().map(|line| {
        let known = current.iter().find(|known| Some(known.id) == line.id);
        CustomerMetadata {
            id: known.map_or_else(|| MetadataId::at(now), |known| known.id),
            key: line.key,
            value: line.value,
            display_in_invoice: line
                .display_in_invoice
                .unwrap_or_else(|| known.is_some_and(|known| known.display_in_invoice)),
            created_at: known.map_or(now, |known| known.created_at),
        }
    });
    changed.collect()
}
