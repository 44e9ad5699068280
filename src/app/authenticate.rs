//! Whose API key this is. Asked of the database every time, so that a revoked key opens nothing.

use super::App;
use crate::domain::api_key::{ApiKey, KeyHash};
use crate::domain::id::{ApiKeyId, OrganizationId};
use crate::domain::rights::Rights;
use crate::domain::secret::Secret;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    #[error("the API key is missing, unknown, expired or revoked")]
    UnknownKey,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who may see what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    pub organization_id: OrganizationId,
    /// None where no key is needed: only with throw-away data.
    pub api_key_id: Option<ApiKeyId>,
    pub rights: Rights,
}

impl App {
    pub fn authenticate(&self, key: Option<&Secret>) -> Result<Access, AuthenticateError> {
        let now = self.now();
        let found = match key {
            Some(key) => self.store.read(|read| read.api_key_by_hash(&KeyHash::of(key), now))?,
            None => None,
        };
        if let Some(key) = found {
            let api_key_id = Some(key.id);
            let ApiKey { organization_id, rights, .. } = key;
            return Ok(Access { organization_id, api_key_id, rights });
        }
        if self.rules.open_to_all
            && let Some(organization) = self.store.read(|read| read.first_organization())?
        {
            let (organization_id, rights) = (organization.id, Rights::Everything);
            return Ok(Access { organization_id, api_key_id: None, rights });
        }
        Err(AuthenticateError::UnknownKey)
    }
}
