//! Whose API key this is. Asked of the database every time, so that a revoked key opens nothing.

use super::App;
use crate::domain::api_key::{ApiKey, KeyHash};
use crate::domain::secret::Secret;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    #[error("the API key is unknown, expired or revoked")]
    UnknownKey,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    pub fn authenticate(&self, key: &Secret) -> Result<ApiKey, AuthenticateError> {
        let (hash, now) = (KeyHash::of(key), self.now());
        self.store
            .read(|reader| reader.api_key_by_hash(&hash, now))?
            .ok_or(AuthenticateError::UnknownKey)
    }
}
