//! Endpoints of the business that hear of events.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{OrganizationId, WebhookEndpointId};
use crate::domain::secret::Secret;
use crate::domain::view::{Page, PageRequest};
use crate::domain::webhook::{Dialect, SignatureAlgorithm, WebhookEndpoint};

impl Reader<'_> {
    /// All endpoints, oldest first. An organization may have few.
    pub fn all_webhook_endpoints(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<WebhookEndpoint>, StoreError> {
        rows!(
            self,
            "webhook_endpoints",
            "SELECT * FROM webhook_endpoints WHERE organization_id = :organization
              ORDER BY created_at, id LIMIT 1000",
            named_params! { ":organization": organization.to_string() },
            |columns: &Columns<'_>| self.endpoint(columns)
        )
    }

    /// In whatever dialect.
    pub fn webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        row!(
            self,
            "webhook_endpoints",
            "SELECT * FROM webhook_endpoints WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            |columns: &Columns<'_>| self.endpoint(columns)
        )
    }

    /// Those that are told in Lago's words, newest first.
    pub fn webhook_endpoints(
        &self,
        organization: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<WebhookEndpoint>, StoreError> {
        let shown = ("webhook_endpoints", "dialect = 'lago'");
        self.catalog_page(shown, organization, request, |columns| self.endpoint(columns))
    }

    pub fn webhook_endpoints_count(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        let count: i64 = self
            .connection
            .prepare_cached(
                "SELECT COUNT(*) FROM webhook_endpoints
                  WHERE organization_id = :organization AND dialect = 'lago'",
            )?
            .query_row(named_params! { ":organization": organization.to_string() }, |row| {
                row.get(0)
            })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    fn endpoint(&self, columns: &Columns<'_>) -> Result<WebhookEndpoint, StoreError> {
        let id: WebhookEndpointId = columns.parsed("id")?;
        let types: Option<String> = columns.get("event_types")?;
        let sealed: Option<String> = columns.get("secret")?;
        let dialect = match sealed {
            None => Dialect::Lago,
            Some(sealed) => {
                Dialect::Metronome { secret: self.sealer.open(&sealed, &secret_place(id))? }
            }
        };
        Ok(WebhookEndpoint {
            id,
            organization_id: columns.parsed("organization_id")?,
            url: columns.get("url")?,
            dialect,
            signature_algorithm: columns.word("signature_algorithm", SignatureAlgorithm::parse)?,
            name: columns.get("name")?,
            event_types: types.map(|_| columns.words("event_types")).transpose()?,
            created_at: columns.time("created_at")?,
        })
    }
}

fn secret_place(id: WebhookEndpointId) -> String {
    format!("webhook_endpoints/{id}/secret")
}

impl Tx<'_> {
    /// Inserts, or saves what may change. `Conflict` when the organization has another endpoint
    /// with this address.
    pub fn put_webhook_endpoint(&self, put: &WebhookEndpoint) -> Result<(), StoreError> {
        let event_types = put
            .event_types
            .as_ref()
            .map(|types| serde_json::Value::from(types.as_slice()).to_string());
        let secret = match &put.dialect {
            Dialect::Lago => None,
            Dialect::Metronome { secret } => Some(self.sealed(put.id, secret)?),
        };
        self.connection.execute(
            "INSERT INTO webhook_endpoints (id, organization_id, url, dialect, secret,
                    signature_algorithm, name, event_types, created_at)
             VALUES (:id, :organization_id, :url, :dialect, :secret,
                    :signature_algorithm, :name, :event_types, :created_at)
             ON CONFLICT (id) DO UPDATE SET
                    url = excluded.url, signature_algorithm = excluded.signature_algorithm,
                    name = excluded.name, event_types = excluded.event_types",
            named_params! {
                ":id": put.id.to_string(),
                ":organization_id": put.organization_id.to_string(),
                ":url": put.url,
                ":dialect": put.dialect.as_str(),
                ":secret": secret,
                ":signature_algorithm": put.signature_algorithm.as_str(),
                ":name": put.name,
                ":event_types": event_types,
                ":created_at": put.created_at.unix_ms(),
            },
        )?;
        Ok(())
    }

    fn sealed(&self, id: WebhookEndpointId, secret: &Secret) -> Result<String, StoreError> {
        self.sealer.seal(secret, &secret_place(id))
    }

    /// What was on its way to it goes too.
    pub fn delete_webhook_endpoint(
        &self,
        organization: OrganizationId,
        id: WebhookEndpointId,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM webhook_endpoints WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
        )?;
        Ok(())
    }
}
