//! Changes what the organization says of itself and bills by.

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::OrganizationId;
use crate::domain::organization::{Organization, OrganizationChange};
use crate::store::StoreError;

impl App {
    pub fn update_organization(
        &self,
        id: OrganizationId,
        change: OrganizationChange,
    ) -> Result<Organization, StoreError> {
        let now = self.clock.now();
        let signed = self.signed(id, now);
        self.store.write(move |tx| {
            let was = tx.organization(id)?;
            let changed = change.clone().apply(was.clone(), now);
            tx.save_organization(&changed)?;
            tx.append_audit(signed, &act(&was, &changed))?;
            Ok(changed)
        })
    }
}

/// What counts for invoices and their collecting, where it is another.
fn act(was: &Organization, is: &Organization) -> Act {
    let pairs = [
        ("name", was.name.clone(), is.name.clone()),
        ("timezone", was.timezone.to_string(), is.timezone.to_string()),
        ("currency", was.default_currency.to_string(), is.default_currency.to_string()),
        ("prefix", was.document_number_prefix.clone(), is.document_number_prefix.clone()),
        ("payment_term", was.net_payment_term.to_string(), is.net_payment_term.to_string()),
        ("grace_period", was.invoice_grace_period.to_string(), is.invoice_grace_period.to_string()),
    ];
    let differing = pairs.into_iter().filter(|(_, was, is)| was != is);
    let act = Act::on(Action::OrganizationChanged, is.id);
    differing.fold(act, |act, (name, was, is)| act.changed(name, was, is))
}
