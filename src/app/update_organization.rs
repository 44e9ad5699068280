//! Changes what the organization says of itself and bills by.

use super::App;
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
        self.store.write(move |tx| {
            let changed = change.clone().apply(tx.organization(id)?, now);
            tx.save_organization(&changed)?;
            Ok(changed)
        })
    }
}
