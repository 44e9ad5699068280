//! What webhooks of an organization are signed with: made once, when first needed.

use super::App;
use super::ports::{InvalidSigningKey, SigningKeys};
use crate::domain::id::OrganizationId;
use crate::store::StoreError;

impl App {
    /// Two callers at once may both make a pair; both get the one that was stored first.
    pub fn signing_keys(&self, organization: OrganizationId) -> Result<SigningKeys, StoreError> {
        if let Some(keys) = self.store.read(|read| read.signing_keys(organization))? {
            return Ok(keys);
        }
        let made = self.sender.new_keys();
        self.store.write(move |tx| {
            tx.put_signing_keys_if_none(organization, &made)?;
            tx.signing_keys(organization)?.ok_or_else(|| StoreError::no_organization(organization))
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PublicKeyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Invalid(#[from] InvalidSigningKey),
}

impl App {
    /// What receivers check signatures with, as an SPKI PEM.
    pub fn webhook_public_key_pem(
        &self,
        organization: OrganizationId,
    ) -> Result<String, PublicKeyError> {
        let keys = self.signing_keys(organization)?;
        Ok(self.sender.public_key_pem(&keys)?)
    }
}
