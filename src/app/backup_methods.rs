//! A customer's backup methods: which may be charged once the default one is spent, in which
//! order, and with whose consent. What is planned is not changed by it: it counts from the next
//! decline, and at the next attempt.

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::backup_method::BackupMethod;
use crate::domain::customer::Customer;
use crate::domain::id::OrganizationId;
use crate::domain::payment_method::{MethodState, PaymentMethod};
use crate::store::{Reader, StoreError};

#[derive(Debug, Clone, thiserror::Error)]
pub enum BackupMethodsError {
    #[error("there is no customer of this external id")]
    CustomerNotFound,
    #[error("the customer has no such payment method")]
    MethodNotFound {
        /// From 0.
        place: usize,
    },
    #[error("an inactive payment method cannot be charged: make it active first")]
    MethodInactive { place: usize },
    #[error("consent cannot be given in time to come")]
    ConsentToCome { place: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One on the list, with the method that it names.
pub type Listed = (BackupMethod, PaymentMethod);

impl App {
    pub fn backup_methods(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Vec<Listed>, BackupMethodsError> {
        self.store.read(|read| {
            let customer = customer(read, organization, external_id)?;
            listed(read, &customer)
        })
    }

    /// The list is this one from now on; an empty one takes every consent back. To ask again for
    /// what is so changes nothing.
    pub fn set_backup_methods(
        &self,
        organization: OrganizationId,
        external_id: String,
        list: Vec<BackupMethod>,
    ) -> Result<Vec<Listed>, BackupMethodsError> {
        let signed = self.signed(organization, self.clock.now());
        self.store.write(move |tx| {
            let customer = customer(tx, organization, &external_id)?;
            for (place, backup) in list.iter().enumerate() {
                let found = tx.payment_method(organization, backup.method)?;
                let method = found.filter(|it| it.customer_id == customer.id);
                match method.map(|it| it.state) {
                    None | Some(MethodState::Discarded) => {
                        return Err(BackupMethodsError::MethodNotFound { place });
                    }
                    Some(MethodState::Inactive) => {
                        return Err(BackupMethodsError::MethodInactive { place });
                    }
                    Some(MethodState::Active) => {}
                }
                if backup.consent.given_at > signed.at {
                    return Err(BackupMethodsError::ConsentToCome { place });
                }
            }
            let before = tx.backup_methods(customer.id)?;
            if before != list {
                tx.replace_backup_methods(customer.id, &list)?;
                let act = Act::on(Action::CustomerBackupMethodsChanged, customer.id);
                let act = act.changed("backup_methods", words(&before), words(&list));
                tx.append_audit(signed, &act)?;
            }
            listed(tx, &customer)
        })
    }
}

fn customer(
    read: &Reader<'_>,
    organization: OrganizationId,
    external_id: &str,
) -> Result<Customer, BackupMethodsError> {
    let found = read.customer_by_external_id(organization, external_id)?;
    found.ok_or(BackupMethodsError::CustomerNotFound)
}

/// Those that are gone are left out: they are charged no more.
fn listed(read: &Reader<'_>, customer: &Customer) -> Result<Vec<Listed>, BackupMethodsError> {
    let mut listed = Vec::new();
    for backup in read.backup_methods(customer.id)? {
        let method = read.payment_method(customer.organization_id, backup.method)?;
        if let Some(method) = method.filter(|it| it.state != MethodState::Discarded) {
            listed.push((backup, method));
        }
    }
    Ok(listed)
}

/// For the audit log: the consents stay on record there when the list changes.
fn words(list: &[BackupMethod]) -> String {
    let one = |backup: &BackupMethod| {
        let consent = &backup.consent;
        let at = consent.given_at.utc().to_rfc3339();
        format!("{}: {} on {at}: {}", backup.method, consent.given_by, consent.words)
    };
    list.iter().map(one).collect::<Vec<_>>().join("\n")
}
