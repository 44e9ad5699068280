//! What an organization's webhooks are signed with: made once, when first needed.

use super::App;
use super::collect::CollectError;
use super::ports::SigningKeys;
use crate::domain::id::OrganizationId;

impl App {
    /// Two callers at once end with the same keys: the first pair that is stored stays.
    pub fn signing_keys(&self, organization: OrganizationId) -> Result<SigningKeys, CollectError> {
        if let Some((hmac, rsa_private_pem)) =
            self.store.read(|read| read.signing_keys(organization))?
        {
            return Ok(SigningKeys { hmac, rsa_private_pem });
        }
        // Outside the transaction: it takes a second.
        let made = self.sender.new_keys();
        let (hmac, rsa_private_pem) = self
            .store
            .write(move |tx| tx.signing_keys_or(organization, &made.hmac, &made.rsa_private_pem))?;
        Ok(SigningKeys { hmac, rsa_private_pem })
    }
}
