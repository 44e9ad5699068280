//! Makes an API key. It is shown this once.

use uuid::Uuid;

use super::App;
use crate::domain::api_key::{ApiKey, KeyHash};
use crate::domain::id::{ApiKeyId, OrganizationId};
use crate::domain::secret::Secret;
use crate::store::StoreError;

impl App {
    /// The key is a random UUID, as clients of Lago expect.
    pub fn create_api_key(
        &self,
        organization_id: OrganizationId,
        name: &str,
    ) -> Result<(ApiKey, Secret), StoreError> {
        let now = self.now();
        let secret = Secret::new(Uuid::new_v4().to_string());
        let key = ApiKey {
            id: ApiKeyId::at(now),
            organization_id,
            name: name.to_owned(),
            created_at: now,
            expires_at: None,
        };
        let (stored, hash) = (key.clone(), KeyHash::of(&secret));
        self.store.write(move |tx| tx.insert_api_key(&stored, &hash))?;
        Ok((key, secret))
    }
}
