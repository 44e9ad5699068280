//! What webhooks of an organization are signed with, sealed.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::id::OrganizationId;
use crate::domain::webhook::SigningKeys;

impl Reader<'_> {
    /// None until they are made.
    pub fn signing_keys(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<SigningKeys>, StoreError> {
        let id = organization.to_string();
        let sealed = row!(
            self,
            "organizations",
            "SELECT webhook_hmac_key, webhook_rsa_key FROM organizations WHERE id = :id",
            named_params! { ":id": id },
            |columns: &Columns<'_>| -> Result<(Option<String>, Option<String>), StoreError> {
                Ok((columns.get("webhook_hmac_key")?, columns.get("webhook_rsa_key")?))
            }
        )?;
        let Some((Some(hmac), Some(rsa))) = sealed else { return Ok(None) };
        Ok(Some(SigningKeys {
            hmac: self.sealer.open(&hmac, &place("hmac", organization))?,
            rsa_private_pem: self.sealer.open(&rsa, &place("rsa", organization))?,
        }))
    }
}

impl Tx<'_> {
    /// Keeps keys that are there already: what was signed with them must stay provable.
    pub fn put_signing_keys_if_none(
        &self,
        organization: OrganizationId,
        keys: &SigningKeys,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE organizations SET webhook_hmac_key = :hmac, webhook_rsa_key = :rsa
              WHERE id = :id AND (webhook_hmac_key IS NULL OR webhook_rsa_key IS NULL)",
            named_params! {
                ":id": organization.to_string(),
                ":hmac": self.sealer.seal(&keys.hmac, &place("hmac", organization))?,
                ":rsa": self.sealer.seal(&keys.rsa_private_pem, &place("rsa", organization))?,
            },
        )?;
        Ok(())
    }
}

fn place(kind: &'static str, organization: OrganizationId) -> String {
    format!("organizations/{organization}/webhook_{kind}_key")
}
