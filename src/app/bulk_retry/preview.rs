//! What a bulk retry would do: the same invoices, the same guards, and nothing is changed.

use std::collections::BTreeMap;

use crate::app::App;
use crate::app::collect::{CollectError, Looking, can_be_asked};
use crate::domain::bulk_retry::{BulkFilter, BulkResult};
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::money::Money;
use crate::domain::view::BulkCount;
use crate::store::After;

/// So many invoices are looked at between two looks at the list.
const PAGE: u32 = 1_000;

/// So many of those that would be refused are named.
const REFUSED_NAMED_MAX: usize = 1_000;

#[derive(Debug, Clone, Default)]
pub struct BulkPreview {
    /// Queued and refused, per currency, as a bulk retry counts them.
    pub counts: Vec<BulkCount>,
    /// The first of those that would be refused.
    pub refused: Vec<PreviewedRefusal>,
}

#[derive(Debug, Clone)]
pub struct PreviewedRefusal {
    pub invoice_id: InvoiceId,
    pub invoice_number: String,
    pub external_customer_id: String,
    pub code: &'static str,
    pub due: Money,
}

impl App {
    pub fn preview_bulk_retry(
        &self,
        organization: OrganizationId,
        filter: &BulkFilter,
    ) -> Result<BulkPreview, CollectError> {
        let now = self.clock.now();
        let mut counted: BTreeMap<(Option<&'static str>, &'static str), BulkCount> =
            BTreeMap::new();
        let mut refused = Vec::new();
        self.store.read(|read| -> Result<(), CollectError> {
            let looking = Looking { read, rules: &self.rules, now };
            let mut after = After { invoice: None, made_until: now };
            loop {
                let meant = read.invoices_meant(organization, filter, after, PAGE)?;
                for id in &meant {
                    let code = match can_be_asked(&looking, organization, *id)? {
                        Ok(_) => None,
                        Err(refusal) => Some(refusal.0),
                    };
                    let Some(invoice) = read.invoice(organization, *id)? else { continue };
                    let due = invoice.due();
                    add(&mut counted, code, due);
                    if let Some(code) = code
                        && refused.len() < REFUSED_NAMED_MAX
                    {
                        let customer = read.customer(organization, invoice.customer_id)?;
                        refused.push(PreviewedRefusal {
                            invoice_id: invoice.id,
                            invoice_number: invoice.number,
                            external_customer_id: customer
                                .map(|customer| customer.external_id)
                                .unwrap_or_default(),
                            code,
                            due,
                        });
                    }
                }
                after.invoice = meant.last().copied().or(after.invoice);
                if u32::try_from(meant.len()).unwrap_or(PAGE) < PAGE {
                    return Ok(());
                }
            }
        })?;
        Ok(BulkPreview { counts: counted.into_values().collect(), refused })
    }
}

fn add(
    counted: &mut BTreeMap<(Option<&'static str>, &'static str), BulkCount>,
    code: Option<&'static str>,
    due: Money,
) {
    let result = if code.is_none() { BulkResult::Queued } else { BulkResult::Refused };
    let count = counted.entry((code, due.currency.code())).or_insert_with(|| BulkCount {
        result,
        code: code.map(str::to_owned),
        count: 0,
        amount: Money::zero(due.currency),
    });
    count.count += 1;
    // A sum that no figure holds stays at the largest that one does.
    count.amount.minor_units = count.amount.minor_units.saturating_add(due.minor_units);
}
