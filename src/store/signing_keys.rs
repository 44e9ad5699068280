//! The keys that an organization's webhooks are signed with, sealed.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::id::OrganizationId;
use crate::domain::secret::Secret;

fn hmac_place(organization: OrganizationId) -> String {
    format!("organizations/{organization}/webhook_hmac_key")
}

fn rsa_place(organization: OrganizationId) -> String {
    format!("organizations/{organization}/webhook_rsa_key")
}

impl Reader<'_> {
    /// The HMAC key and the RSA key's PEM. None until they are made.
    pub fn signing_keys(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<(Secret, Secret)>, StoreError> {
        let sealed = row!(
            self,
            "organizations",
            "SELECT webhook_hmac_key, webhook_rsa_key FROM organizations WHERE id = :id",
            named_params! { ":id": organization.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.get::<Option<String>>("webhook_hmac_key")?,
                columns.get::<Option<String>>("webhook_rsa_key")?,
            ))
        )?;
        let Some((Some(hmac), Some(rsa))) = sealed else { return Ok(None) };
        let hmac = self.sealer.open(&hmac, &hmac_place(organization))?;
        let rsa = self.sealer.open(&rsa, &rsa_place(organization))?;
        Ok(Some((hmac, rsa)))
    }
}

impl Tx<'_> {
    /// The keys that are there, else these, which are kept.
    pub fn signing_keys_or(
        &self,
        organization: OrganizationId,
        hmac: &Secret,
        rsa: &Secret,
    ) -> Result<(Secret, Secret), StoreError> {
        if let Some(there) = self.signing_keys(organization)? {
            return Ok(there);
        }
        self.connection.execute(
            "UPDATE organizations SET webhook_hmac_key = :hmac, webhook_rsa_key = :rsa
              WHERE id = :id",
            named_params! {
                ":id": organization.to_string(),
                ":hmac": self.sealer.seal(hmac, &hmac_place(organization))?,
                ":rsa": self.sealer.seal(rsa, &rsa_place(organization))?,
            },
        )?;
        Ok((hmac.clone(), rsa.clone()))
    }
}
