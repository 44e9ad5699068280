//! Makes an API key, which is shown this once, replaces it, and takes it back.

use uuid::Uuid;

use super::App;
use crate::domain::api_key::{ApiKey, KeyHash};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{ApiKeyId, OrganizationId};
use crate::domain::rights::Rights;
use crate::domain::secret::Secret;
use crate::domain::time::Span;
use crate::store::StoreError;

impl App {
    /// The key is a random UUID, as clients of Lago expect. After its lifetime, if it has one, it
    /// opens nothing.
    pub fn create_api_key(
        &self,
        organization_id: OrganizationId,
        name: &str,
        rights: Rights,
        lifetime: Option<Span>,
    ) -> Result<(ApiKey, Secret), StoreError> {
        let now = self.now();
        let secret = Secret::new(Uuid::new_v4().to_string());
        let key = ApiKey {
            id: ApiKeyId::at(now),
            organization_id,
            name: name.to_owned(),
            rights,
            created_at: now,
            expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
        };
        let (stored, hash) = (key.clone(), KeyHash::of(&secret));
        let signed = self.signed(organization_id, now);
        self.store.write(move |tx| -> Result<(), StoreError> {
            tx.insert_api_key(&stored, &hash)?;
            let act = Act::on(Action::ApiKeyCreated, stored.id)
                .with("name", &stored.name)
                .with("rights", stored.rights);
            tx.append_audit(signed, &act)
        })?;
        Ok((key, secret))
    }

    /// Makes another key of the same name, rights and lifetime. The old one stays good for
    /// `overlap`, so that nothing stops while its users change over. None: there is no such key.
    pub fn rotate_api_key(
        &self,
        organization_id: OrganizationId,
        id: ApiKeyId,
        overlap: Span,
    ) -> Result<Option<(ApiKey, Secret)>, StoreError> {
        let now = self.now();
        let secret = Secret::new(Uuid::new_v4().to_string());
        let hash = KeyHash::of(&secret);
        let signed = self.signed(organization_id, now);
        let made = self.store.write(move |tx| {
            let Some(old) = tx.api_key(organization_id, id, now)? else {
                return Ok::<_, StoreError>(None);
            };
            let lifetime = old.expires_at.map(|ends| ends.since(old.created_at));
            let made = ApiKey {
                id: ApiKeyId::at(now),
                created_at: now,
                expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
                ..old
            };
            tx.insert_api_key(&made, &hash)?;
            tx.end_api_key(id, now.plus(overlap))?;
            let act = Act::on(Action::ApiKeyRotated, id)
                .with("new_key", made.id)
                .with("old_key_good_until", now.plus(overlap).utc().to_rfc3339());
            tx.append_audit(signed, &act)?;
            Ok(Some(made))
        })?;
        Ok(made.map(|made| (made, secret)))
    }

    /// From now on it opens nothing. False when there is no such key, or it opened nothing before.
    pub fn revoke_api_key(
        &self,
        organization_id: OrganizationId,
        id: ApiKeyId,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let signed = self.signed(organization_id, now);
        self.store.write(move |tx| {
            let revoked = tx.revoke_api_key(organization_id, id, now)?;
            if revoked {
                tx.append_audit(signed, &Act::on(Action::ApiKeyRevoked, id))?;
            }
            Ok(revoked)
        })
    }
}
