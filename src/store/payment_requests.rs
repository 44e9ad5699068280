//! Payment requests with their invoices, and the debts that recoveries are about. Whether a
//! request collects is the state of its recovery; here it is noted beside each invoice, so that
//! an index keeps a second request out.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::invoices::invoice;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::filter::PaymentRequestFilter;
use crate::domain::id::{InvoiceId, OrganizationId, PaymentRequestId};
use crate::domain::invoice::PaymentStatus;
use crate::domain::payment::{Payable, PayableId};
use crate::domain::payment_request::{Part, PaymentRequest, Requested};
use crate::domain::recovery::{Recovery, State};
use crate::domain::view::{Page, PageRequest, PaymentRequestView};

impl Reader<'_> {
    /// A debt as it stands, whatever it is made of.
    pub fn payable(
        &self,
        organization: OrganizationId,
        id: PayableId,
    ) -> Result<Option<Payable>, StoreError> {
        Ok(match id {
            PayableId::Invoice(id) => {
                self.invoice(organization, id)?.map(|found| Payable::Invoice(Box::new(found)))
            }
            PayableId::PaymentRequest(id) => {
                self.requested(organization, id)?.map(|found| Payable::Request(Box::new(found)))
            }
        })
    }

    pub fn payment_request(
        &self,
        organization: OrganizationId,
        id: PaymentRequestId,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        row!(
            self,
            "payment_requests",
            "SELECT * FROM payment_requests WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            request
        )
    }

    /// With its invoices as they are now, in the order in which they were asked for.
    pub fn requested(
        &self,
        organization: OrganizationId,
        id: PaymentRequestId,
    ) -> Result<Option<Requested>, StoreError> {
        let Some(request) = self.payment_request(organization, id)? else { return Ok(None) };
        let parts = rows!(
            self,
            "payment_request_invoices",
            "SELECT i.*, p.amount AS part_amount
               FROM payment_request_invoices p
               JOIN invoices i ON i.id = p.invoice_id
              WHERE p.payment_request_id = :request
              ORDER BY p.position",
            named_params! { ":request": id.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>(Part {
                invoice: invoice(columns)?,
                amount: columns.get("part_amount")?,
            })
        )?;
        Ok(Some(Requested { request, parts }))
    }

    /// The request that collects the invoice: its charge is open, or waits to be made.
    pub fn request_collecting(
        &self,
        invoice: InvoiceId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        row!(
            self,
            "payment_request_invoices",
            "SELECT payment_request_id FROM payment_request_invoices
              WHERE invoice_id = :invoice AND collecting = 1",
            named_params! { ":invoice": invoice.to_string() },
            |columns: &Columns<'_>| columns.parsed("payment_request_id")
        )
    }

    /// Whether a request that the invoice belongs to has been paid.
    pub fn is_in_paid_request(&self, invoice: InvoiceId) -> Result<bool, StoreError> {
        let found = row!(
            self,
            "payment_requests",
            "SELECT q.id
               FROM payment_request_invoices p
               JOIN payment_requests q ON q.id = p.payment_request_id
              WHERE p.invoice_id = :invoice AND q.payment_status = 'succeeded'
              LIMIT 1",
            named_params! { ":invoice": invoice.to_string() },
            |columns: &Columns<'_>| columns.parsed::<PaymentRequestId>("id")
        )?;
        Ok(found.is_some())
    }

    pub fn payment_request_view(
        &self,
        organization: OrganizationId,
        id: PaymentRequestId,
    ) -> Result<Option<PaymentRequestView>, StoreError> {
        match self.payment_request(organization, id)? {
            Some(request) => self.beside_request(request).map(Some),
            None => Ok(None),
        }
    }

    /// One page, newest first.
    pub fn payment_request_views(
        &self,
        organization: OrganizationId,
        filter: &PaymentRequestFilter,
        request: PageRequest,
    ) -> Result<Page<PaymentRequestView>, StoreError> {
        let whose = organization.to_string();
        let mut conditions =
            Conditions::of("q.organization_id = :organization", ":organization", whose);
        if let Some(external_id) = &filter.external_customer_id {
            let customers = self.customers_ever_called(organization, external_id)?;
            conditions.and_in("q.customer_id", ":customer", customers);
        }
        if let Some(wanted) = &filter.payment_statuses {
            let words = wanted.iter().map(|status| status.as_str().to_owned());
            conditions.and_in("q.payment_status", ":payment_status", words);
        }
        if let Some(currency) = &filter.currency {
            conditions.and_with("q.currency = :currency", ":currency", currency.clone());
        }
        let count = format!("SELECT COUNT(*) FROM payment_requests q WHERE {}", conditions.sql());
        let total = self.total(&count, &conditions)?;
        let sql = format!(
            "SELECT q.* FROM payment_requests q WHERE {}
              ORDER BY q.created_at DESC, q.id LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let found: Vec<PaymentRequest> =
            rows!(self, "payment_requests", &sql, conditions.values().as_slice(), self::request)?;
        let items = found.into_iter().map(|found| self.beside_request(found));
        Ok(Page { items: items.collect::<Result<_, _>>()?, total, request })
    }

    fn beside_request(&self, request: PaymentRequest) -> Result<PaymentRequestView, StoreError> {
        let missing = || StoreError::corrupt("payment_requests", "the customer is missing");
        let customer = self
            .customer_view_with_deleted(request.organization_id, request.customer_id)?
            .ok_or_else(missing)?;
        let requested = self.requested(request.organization_id, request.id)?;
        let parts = requested.map(|it| it.parts).unwrap_or_default();
        let invoices = parts.into_iter().map(|part| part.invoice).collect();
        Ok(PaymentRequestView { request, customer, invoices })
    }
}

impl Tx<'_> {
    /// Its invoices are collected by it once its recovery says so.
    pub fn insert_payment_request(&self, made: &Requested) -> Result<(), StoreError> {
        let request = &made.request;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO payment_requests (id, organization_id, customer_id, amount, currency,
                    email, payment_status, processing, campaign_id, created_at, updated_at)
             VALUES (:id, :organization_id, :customer_id, :amount, :currency,
                    :email, :payment_status, :processing, :campaign_id, :created_at, :updated_at)",
        )?;
        statement.execute(named_params! {
            ":id": request.id.to_string(),
            ":organization_id": request.organization_id.to_string(),
            ":customer_id": request.customer_id.to_string(),
            ":amount": request.amount.minor_units,
            ":currency": request.amount.currency.code(),
            ":email": request.email,
            ":payment_status": request.payment_status.as_str(),
            ":processing": request.processing,
            ":campaign_id": request.campaign_id.map(|id| id.to_string()),
            ":created_at": request.created_at.unix_ms(),
            ":updated_at": request.updated_at.unix_ms(),
        })?;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO payment_request_invoices
                    (payment_request_id, invoice_id, position, amount, paid_amount, collecting)
             VALUES (:request, :invoice, :position, :amount, 0, 0)",
        )?;
        for (position, part) in (0_i64..).zip(&made.parts) {
            statement.execute(named_params! {
                ":request": request.id.to_string(),
                ":invoice": part.invoice.id.to_string(),
                ":position": position,
                ":amount": part.amount,
            })?;
        }
        Ok(())
    }

    /// What can change of it once it exists.
    pub fn save_payment_request(&self, saved: &PaymentRequest) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE payment_requests
                SET payment_status = :payment_status, processing = :processing,
                    updated_at = :updated_at
              WHERE id = :id AND organization_id = :organization",
        )?;
        statement.execute(named_params! {
            ":id": saved.id.to_string(),
            ":organization": saved.organization_id.to_string(),
            ":payment_status": saved.payment_status.as_str(),
            ":processing": saved.processing,
            ":updated_at": saved.updated_at.unix_ms(),
        })?;
        Ok(())
    }

    /// The charge begins: so much of it is for each invoice.
    pub fn save_request_parts(&self, saved: &Requested) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE payment_request_invoices SET amount = :amount
              WHERE payment_request_id = :request AND invoice_id = :invoice",
        )?;
        for part in &saved.parts {
            statement.execute(named_params! {
                ":request": saved.request.id.to_string(),
                ":invoice": part.invoice.id.to_string(),
                ":amount": part.amount,
            })?;
        }
        Ok(())
    }

    /// The invoice was paid so much by the request.
    pub fn save_request_paid(
        &self,
        request: PaymentRequestId,
        invoice: InvoiceId,
        paid: i64,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE payment_request_invoices SET paid_amount = :paid
              WHERE payment_request_id = :request AND invoice_id = :invoice",
        )?;
        statement.execute(named_params! {
            ":request": request.to_string(),
            ":invoice": invoice.to_string(),
            ":paid": paid,
        })?;
        Ok(())
    }

    /// A request collects its invoices while its recovery waits for the charge or has it open.
    pub(super) fn note_collecting(&self, saved: &Recovery) -> Result<(), StoreError> {
        let PayableId::PaymentRequest(request) = saved.payable else { return Ok(()) };
        let collecting = match saved.state {
            State::Waiting { .. } | State::Charging { .. } => true,
            State::Idle { .. } | State::Recovered { .. } | State::Cancelled { .. } => false,
        };
        let mut statement = self.connection.prepare_cached(
            "UPDATE payment_request_invoices SET collecting = :collecting
              WHERE payment_request_id = :request",
        )?;
        statement.execute(named_params! {
            ":request": request.to_string(),
            ":collecting": collecting,
        })?;
        Ok(())
    }
}

fn request(columns: &Columns<'_>) -> Result<PaymentRequest, StoreError> {
    Ok(PaymentRequest {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        amount: columns.money("amount", "currency")?,
        email: columns.get("email")?,
        payment_status: columns.word("payment_status", PaymentStatus::parse)?,
        processing: columns.get("processing")?,
        campaign_id: columns.parsed_option("campaign_id")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}
