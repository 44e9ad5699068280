//! Codes of providers that no table of theirs knows: how often they came, and for how much.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::decline::Decline;
use crate::domain::id::{ConnectionId, OrganizationId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::view::UnmappedDecline;

impl Reader<'_> {
    /// The most frequent first.
    pub fn unmapped_declines(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<UnmappedDecline>, StoreError> {
        rows!(
            self,
            "unmapped_declines",
            "SELECT * FROM unmapped_declines
              WHERE organization_id = :organization
              ORDER BY declines DESC, provider, code, currency
              LIMIT :limit",
            named_params! { ":organization": organization.to_string(), ":limit": limit },
            |columns: &Columns<'_>| Ok::<_, StoreError>(UnmappedDecline {
                provider: columns.get("provider")?,
                code: columns.get("code")?,
                declines: columns.get("declines")?,
                amount: columns.money("amount", "currency")?,
                message: columns.get("message")?,
                first_at: columns.time("first_at")?,
                last_at: columns.time("last_at")?,
            })
        )
    }

    /// The plugin behind a connection, without its credentials.
    pub fn provider_of_connection(&self, id: ConnectionId) -> Result<Option<String>, StoreError> {
        super::row::row!(
            self,
            "connections",
            "SELECT provider FROM connections WHERE id = :id",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| columns.get("provider")
        )
    }
}

impl Tx<'_> {
    pub fn count_unmapped_decline(
        &self,
        (organization, provider): (OrganizationId, &str),
        decline: &Decline,
        amount: Money,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO unmapped_declines (organization_id, provider, code, currency, declines,
                    amount, message, first_at, last_at)
             VALUES (:organization, :provider, :code, :currency, 1,
                    :amount, :message, :now, :now)
             ON CONFLICT (organization_id, provider, code, currency) DO UPDATE SET
                    declines = declines + 1,
                    amount = CASE WHEN amount > 9223372036854775807 - excluded.amount
                                  THEN 9223372036854775807
                                  ELSE amount + excluded.amount END,
                    message = excluded.message, last_at = excluded.last_at",
        )?;
        statement.execute(named_params! {
            ":organization": organization.to_string(),
            ":provider": provider,
            ":code": decline.code,
            ":currency": amount.currency.code(),
            ":amount": amount.minor_units,
            ":message": decline.message,
            ":now": now.unix_ms(),
        })?;
        Ok(())
    }
}
