//! Payments as the outside sees them: attempts at invoices and at requests, and what people
//! recorded, in one list. Those of invoices that are not shown are not shown either.

use rusqlite::{ToSql, named_params};

use super::conditions::Conditions;
use super::invoices::shown_statuses;
use super::recoveries::payable;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError};
use crate::domain::attempt::Action;
use crate::domain::filter::PaymentFilter;
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId, PaymentRequestId};
use crate::domain::payment::PayableId;
use crate::domain::view::{Page, PageRequest, PaymentProgress, PaymentSource, PaymentView};

const FROM_ATTEMPTS: &str = "attempts a
           JOIN invoices i ON i.id = a.payable_id
           JOIN customers c ON c.id = a.customer_id
           JOIN connections k ON k.id = a.connection_id";

/// What a request asks for is overdue, so it is shown.
const FROM_REQUESTED: &str = "attempts q
           JOIN customers c ON c.id = q.customer_id
           JOIN connections k ON k.id = q.connection_id";

const FROM_MANUAL: &str = "manual_payments m
           JOIN invoices i ON i.id = m.invoice_id
           JOIN customers c ON c.id = m.customer_id";

/// The same columns from all.
const COLUMNS_OF_ATTEMPTS: &str = "
           a.id AS id, a.customer_id AS customer_id, c.external_id AS external_customer_id,
           a.payable_kind AS payable_kind, a.payable_id AS payable_id,
           i.number AS invoice_number,
           a.amount AS amount, a.currency AS currency, a.status AS status, a.state AS state,
           NULL AS reference, k.provider AS provider, k.code AS connection_code,
           a.charge_id AS charge_id, a.provider_customer_id AS provider_customer_id,
           a.action_kind AS action_kind, a.action_url AS action_url, a.begun_at AS created_at";

const COLUMNS_OF_REQUESTED: &str = "
           q.id AS id, q.customer_id AS customer_id, c.external_id AS external_customer_id,
           q.payable_kind AS payable_kind, q.payable_id AS payable_id,
           NULL AS invoice_number,
           q.amount AS amount, q.currency AS currency, q.status AS status, q.state AS state,
           NULL AS reference, k.provider AS provider, k.code AS connection_code,
           q.charge_id AS charge_id, q.provider_customer_id AS provider_customer_id,
           q.action_kind AS action_kind, q.action_url AS action_url, q.begun_at AS created_at";

const COLUMNS_OF_MANUAL: &str = "
           m.id AS id, m.customer_id AS customer_id, c.external_id AS external_customer_id,
           'invoice' AS payable_kind, m.invoice_id AS payable_id,
           i.number AS invoice_number,
           m.amount AS amount, m.currency AS currency, 'succeeded' AS status, 'paid' AS state,
           m.reference AS reference, NULL AS provider, NULL AS connection_code,
           NULL AS charge_id, NULL AS provider_customer_id,
           NULL AS action_kind, NULL AS action_url, m.paid_at AS created_at";

impl Reader<'_> {
    /// None also when its invoice is not shown.
    pub fn payment_view(
        &self,
        organization: OrganizationId,
        id: AttemptId,
    ) -> Result<Option<PaymentView>, StoreError> {
        let mut arms = Arms::of(organization);
        arms.only_shown();
        self.one_payment(arms, id)
    }

    /// Whether its invoice is shown or not.
    pub fn payment_of_any_invoice(
        &self,
        organization: OrganizationId,
        id: AttemptId,
    ) -> Result<Option<PaymentView>, StoreError> {
        self.one_payment(Arms::of(organization), id)
    }

    fn one_payment(
        &self,
        mut arms: Arms,
        id: AttemptId,
    ) -> Result<Option<PaymentView>, StoreError> {
        arms.attempts.and_with("a.id = :id", ":id", id.to_string());
        arms.requested.and("q.id = :id");
        arms.manual.and("m.id = :id");
        row!(self, "payments", &arms.sql(), arms.values().as_slice(), |columns: &Columns<'_>| {
            self.payment(columns)
        })
    }

    /// One page, newest first.
    pub fn payment_views(
        &self,
        organization: OrganizationId,
        filter: &PaymentFilter,
        request: PageRequest,
    ) -> Result<Page<PaymentView>, StoreError> {
        let customers = match &filter.external_customer_id {
            Some(external_id) => Some(self.customers_ever_called(organization, external_id)?),
            None => None,
        };
        // Of no customer there is nothing to be found, whichever way.
        let is_of_few = filter.invoice_id.is_some()
            || customers.as_ref().is_some_and(|customers| !customers.is_empty());
        let mut arms = if is_of_few { Arms::of_few(organization) } else { Arms::of(organization) };
        arms.only_shown();
        if let Some(customers) = customers {
            arms.attempts.and_in("a.customer_id", ":customer", customers.clone());
            arms.requested.and_in("q.customer_id", ":customer", customers.clone());
            arms.manual.and_in("m.customer_id", ":customer", customers);
        }
        if let Some(invoice) = filter.invoice_id {
            let sql = "a.recovery_id = (SELECT r.id
                                          FROM recoveries r
                                         WHERE r.payable_kind = 'invoice'
                                           AND r.payable_id = :invoice)";
            arms.attempts.and_with(sql, ":invoice", invoice.to_string());
            arms.requested.and(
                "q.recovery_id IN (SELECT r.id
                                     FROM payment_request_invoices p
                                     JOIN recoveries r
                                       ON r.payable_kind = 'payment_request'
                                      AND r.payable_id = p.payment_request_id
                                    WHERE p.invoice_id = :invoice)",
            );
            arms.manual.and("m.invoice_id = :invoice");
        }
        let total = if *filter == PaymentFilter::default() {
            self.counted_payments(organization)?
        } else {
            let mut counting = self.connection.prepare_cached(&arms.count_sql())?;
            let total: i64 = counting.query_row(arms.values().as_slice(), |row| row.get(0))?;
            total.unsigned_abs()
        };
        let sql =
            format!("{}\n ORDER BY created_at DESC, id\n LIMIT :limit OFFSET :offset", arms.sql());
        arms.attempts.bind(":limit", request.per_page);
        arms.attempts.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let items =
            rows!(self, "payments", &sql, arms.values().as_slice(), |columns: &Columns<'_>| self
                .payment(columns))?;
        Ok(Page { items, total, request })
    }

    fn payment(&self, columns: &Columns<'_>) -> Result<PaymentView, StoreError> {
        let payable = payable(columns)?;
        let invoices = match payable {
            PayableId::Invoice(id) => vec![(id, columns.get("invoice_number")?)],
            PayableId::PaymentRequest(id) => self.invoices_of_request(id)?,
        };
        Ok(PaymentView {
            id: columns.parsed("id")?,
            customer_id: columns.parsed("customer_id")?,
            external_customer_id: columns.get("external_customer_id")?,
            payable,
            invoices,
            amount: columns.money("amount", "currency")?,
            status: columns.get("status")?,
            progress: columns.word("state", progress)?,
            source: source(columns)?,
            created_at: columns.time("created_at")?,
        })
    }

    /// With their numbers, in the order in which they were asked for.
    fn invoices_of_request(
        &self,
        request: PaymentRequestId,
    ) -> Result<Vec<(InvoiceId, String)>, StoreError> {
        rows!(
            self,
            "payment_request_invoices",
            "SELECT i.id AS id, i.number AS number
               FROM payment_request_invoices p
               JOIN invoices i ON i.id = p.invoice_id
              WHERE p.payment_request_id = :request
              ORDER BY p.position",
            named_params! { ":request": request.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.parsed("id")?,
                columns.get("number")?,
            ))
        )
    }
}

/// The conditions on each. A value that several name is bound once or more; either is fine.
struct Arms {
    attempts: Conditions,
    requested: Conditions,
    manual: Conditions,
}

impl Arms {
    fn of(organization: OrganizationId) -> Arms {
        Arms::with(organization, "organization_id")
    }

    /// Of one debt or customer: few of the organization's. A name behind a plus is not looked up
    /// in an index; SQLite would rather walk all payments in the order that is asked for, and
    /// leave out a million, than sort ten.
    fn of_few(organization: OrganizationId) -> Arms {
        Arms::with(organization, "+organization_id")
    }

    fn with(organization: OrganizationId, column: &str) -> Arms {
        let of = |table: &str| {
            let named = column.replace("organization_id", &format!("{table}.organization_id"));
            let sql = format!("{named} = :organization");
            Conditions::of(&sql, ":organization", organization.to_string())
        };
        let (mut attempts, mut requested, manual) = (of("a"), of("q"), of("m"));
        attempts.and("a.payable_kind = 'invoice'");
        requested.and("q.payable_kind = 'payment_request'");
        Arms { attempts, requested, manual }
    }

    fn only_shown(&mut self) {
        for conditions in [&mut self.attempts, &mut self.manual] {
            conditions.and_in("i.status", ":status", shown_statuses(None));
        }
    }

    fn sql(&self) -> String {
        format!(
            "SELECT {COLUMNS_OF_ATTEMPTS} FROM {FROM_ATTEMPTS} WHERE {}
              UNION ALL
             SELECT {COLUMNS_OF_REQUESTED} FROM {FROM_REQUESTED} WHERE {}
              UNION ALL
             SELECT {COLUMNS_OF_MANUAL} FROM {FROM_MANUAL} WHERE {}",
            self.attempts.sql(),
            self.requested.sql(),
            self.manual.sql()
        )
    }

    fn count_sql(&self) -> String {
        format!(
            "SELECT (SELECT COUNT(*) FROM {FROM_ATTEMPTS} WHERE {})
                  + (SELECT COUNT(*) FROM {FROM_REQUESTED} WHERE {})
                  + (SELECT COUNT(*) FROM {FROM_MANUAL} WHERE {})",
            self.attempts.sql(),
            self.requested.sql(),
            self.manual.sql()
        )
    }

    fn values(&self) -> Vec<(&str, &dyn ToSql)> {
        [self.attempts.values(), self.requested.values(), self.manual.values()].concat()
    }
}

fn source(columns: &Columns<'_>) -> Result<PaymentSource, StoreError> {
    if let Some(reference) = columns.get("reference")? {
        return Ok(PaymentSource::Manual { reference });
    }
    let kind: Option<String> = columns.get("action_kind")?;
    let action = match kind {
        Some(kind) => Some(Action { kind, url: columns.get("action_url")? }),
        None => None,
    };
    Ok(PaymentSource::Provider {
        provider: columns.get("provider")?,
        connection_code: columns.get("connection_code")?,
        charge_id: columns.get("charge_id")?,
        provider_customer_id: columns.get("provider_customer_id")?,
        action,
        method: None,
    })
}

/// From the state of an attempt.
fn progress(state: &str) -> Option<PaymentProgress> {
    match state {
        // It has not reached the provider, or its call is being made.
        "not_sent" | "charging" => Some(PaymentProgress::Pending),
        "pending" | "needs_action" | "unknown" => Some(PaymentProgress::Processing),
        "paid" => Some(PaymentProgress::Succeeded),
        "declined" | "cancelled" => Some(PaymentProgress::Failed),
        _ => None,
    }
}
