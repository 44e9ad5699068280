//! Payment methods: references to instruments that providers hold.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{ConnectionId, CustomerId, OrganizationId, PaymentMethodId};
use crate::domain::payment_method::{MethodDetails, MethodFilter, MethodState, PaymentMethod};
use crate::domain::view::{MethodView, Page, PageRequest};

impl Reader<'_> {
    /// Discarded ones included: objects may still name them.
    pub fn payment_method(
        &self,
        organization: OrganizationId,
        id: PaymentMethodId,
    ) -> Result<Option<PaymentMethod>, StoreError> {
        row!(
            self,
            "payment_methods",
            "SELECT * FROM payment_methods WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            method
        )
    }

    pub fn default_method(
        &self,
        customer: CustomerId,
    ) -> Result<Option<PaymentMethod>, StoreError> {
        row!(
            self,
            "payment_methods",
            "SELECT * FROM payment_methods WHERE customer_id = :customer AND is_default = 1",
            named_params! { ":customer": customer.to_string() },
            method
        )
    }

    /// The customer's row for an instrument, unless it is discarded.
    pub fn method_by_instrument(
        &self,
        customer: CustomerId,
        connection: ConnectionId,
        provider_method_id: &str,
    ) -> Result<Option<PaymentMethod>, StoreError> {
        row!(
            self,
            "payment_methods",
            "SELECT * FROM payment_methods
              WHERE customer_id = :customer AND connection_id = :connection
                AND provider_method_id = :provider_method_id AND state <> 'discarded'",
            named_params! {
                ":customer": customer.to_string(),
                ":connection": connection.to_string(),
                ":provider_method_id": provider_method_id,
            },
            method
        )
    }

    /// All rows for an instrument that the provider names, whoever they belong to.
    pub fn methods_by_provider_id(
        &self,
        connection: ConnectionId,
        provider_method_id: &str,
    ) -> Result<Vec<PaymentMethod>, StoreError> {
        rows!(
            self,
            "payment_methods",
            "SELECT * FROM payment_methods
              WHERE connection_id = :connection AND provider_method_id = :provider_method_id
                AND state <> 'discarded'
              ORDER BY created_at, id
              LIMIT 100",
            named_params! {
                ":connection": connection.to_string(),
                ":provider_method_id": provider_method_id,
            },
            method
        )
    }

    /// One method as it is shown; None for discarded ones.
    pub fn method_view(
        &self,
        organization: OrganizationId,
        id: PaymentMethodId,
    ) -> Result<Option<MethodView>, StoreError> {
        row!(
            self,
            "payment_methods",
            "SELECT m.*, c.provider AS c_provider, c.code AS c_code, c.name AS c_name
               FROM payment_methods AS m JOIN connections AS c ON c.id = m.connection_id
              WHERE m.organization_id = :organization AND m.id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            view
        )
    }

    /// A customer's methods, newest first. Discarded ones are left out.
    pub fn method_views(
        &self,
        customer: CustomerId,
        filter: MethodFilter,
        page: PageRequest,
    ) -> Result<Page<MethodView>, StoreError> {
        let mut conditions =
            Conditions::of("m.customer_id = :customer", ":customer", customer.to_string());
        let states = filter.states().iter().map(|state| state.as_str().to_owned());
        conditions.and_in("m.state", ":state", states);
        let count = format!("SELECT COUNT(*) FROM payment_methods AS m WHERE {}", conditions.sql());
        let total = self.total(&count, &conditions)?;
        let sql = format!(
            "SELECT m.*, c.provider AS c_provider, c.code AS c_code, c.name AS c_name
               FROM payment_methods AS m JOIN connections AS c ON c.id = m.connection_id
              WHERE {}
              ORDER BY m.created_at DESC, m.id
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", i64::from(page.per_page));
        conditions.bind(":offset", i64::try_from(page.offset()).unwrap_or(i64::MAX));
        let items = rows!(self, "payment_methods", &sql, conditions.values().as_slice(), view)?;
        Ok(Page { items, total, request: page })
    }
}

impl Tx<'_> {
    /// Inserts, or saves what may change. Never makes it the default: `make_default` does.
    pub fn put_payment_method(&self, put: &PaymentMethod) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO payment_methods (id, organization_id, customer_id, connection_id,
                    provider_method_id, kind, brand, last4, expiry_month, expiry_year,
                    fingerprint, is_default, state, stopped_at, created_at)
             VALUES (:id, :organization_id, :customer_id, :connection_id,
                    :provider_method_id, :kind, :brand, :last4, :expiry_month, :expiry_year,
                    :fingerprint, 0, :state, :stopped_at, :created_at)
             ON CONFLICT (id) DO UPDATE SET
                    kind = excluded.kind, brand = excluded.brand, last4 = excluded.last4,
                    expiry_month = excluded.expiry_month, expiry_year = excluded.expiry_year,
                    fingerprint = excluded.fingerprint, state = excluded.state,
                    stopped_at = excluded.stopped_at",
        )?;
        statement.execute(named_params! {
            ":id": put.id.to_string(),
            ":organization_id": put.organization_id.to_string(),
            ":customer_id": put.customer_id.to_string(),
            ":connection_id": put.connection_id.to_string(),
            ":provider_method_id": put.details.provider_method_id,
            ":kind": put.details.kind,
            ":brand": put.details.brand,
            ":last4": put.details.last4,
            ":expiry_month": put.details.expiry_month,
            ":expiry_year": put.details.expiry_year,
            ":fingerprint": put.details.fingerprint,
            ":state": put.state.as_str(),
            ":stopped_at": put.stopped_at.map(|at| at.unix_ms()),
            ":created_at": put.created_at.unix_ms(),
        })?;
        Ok(())
    }

    /// The customer's default is this one from now on.
    pub fn make_default(
        &self,
        customer: CustomerId,
        id: PaymentMethodId,
    ) -> Result<(), StoreError> {
        self.clear_default(customer)?;
        self.connection
            .prepare_cached(
                "UPDATE payment_methods SET is_default = 1
                  WHERE customer_id = :customer AND id = :id AND state = 'active'",
            )?
            .execute(named_params! {
                ":customer": customer.to_string(),
                ":id": id.to_string(),
            })?;
        Ok(())
    }

    /// The customer has no default from now on.
    pub fn clear_default(&self, customer: CustomerId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE payment_methods SET is_default = 0
                  WHERE customer_id = :customer AND is_default = 1",
            )?
            .execute(named_params! { ":customer": customer.to_string() })?;
        Ok(())
    }

    /// Gone, for us or at the provider. No other method becomes the default.
    pub fn discard_payment_method(
        &self,
        organization: OrganizationId,
        id: PaymentMethodId,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE payment_methods SET state = 'discarded', is_default = 0
                  WHERE organization_id = :organization AND id = :id",
            )?
            .execute(named_params! {
                ":organization": organization.to_string(),
                ":id": id.to_string(),
            })?;
        Ok(())
    }

    /// All of a customer's methods at one connection, as when the customer leaves it.
    pub fn discard_methods_of_connection(
        &self,
        customer: CustomerId,
        connection: ConnectionId,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE payment_methods SET state = 'discarded', is_default = 0
                  WHERE customer_id = :customer AND connection_id = :connection",
            )?
            .execute(named_params! {
                ":customer": customer.to_string(),
                ":connection": connection.to_string(),
            })?;
        Ok(())
    }
}

fn method(columns: &Columns<'_>) -> Result<PaymentMethod, StoreError> {
    Ok(PaymentMethod {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        connection_id: columns.parsed("connection_id")?,
        details: MethodDetails {
            provider_method_id: columns.get("provider_method_id")?,
            kind: columns.get("kind")?,
            brand: columns.get("brand")?,
            last4: columns.get("last4")?,
            expiry_month: columns.get("expiry_month")?,
            expiry_year: columns.get("expiry_year")?,
            fingerprint: columns.get("fingerprint")?,
        },
        is_default: columns.get("is_default")?,
        state: columns.word("state", MethodState::parse)?,
        stopped_at: columns.time_option("stopped_at")?,
        created_at: columns.time("created_at")?,
    })
}

fn view(columns: &Columns<'_>) -> Result<MethodView, StoreError> {
    Ok(MethodView {
        method: method(columns)?,
        provider: columns.get("c_provider")?,
        connection_code: columns.get("c_code")?,
        connection_name: columns.get("c_name")?,
    })
}
