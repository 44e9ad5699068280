-- Bulk retries and receipts.

-- Many invoices asked for at once. What it covers is frozen as rows of `bulk_retry_invoices`,
-- which are then worked through in batches.
CREATE TABLE bulk_retries (
    id                          TEXT    NOT NULL PRIMARY KEY,
    organization_id             TEXT    NOT NULL REFERENCES organizations (id),
    -- Chosen by the caller: asking again with it is not asking twice.
    client_key                  TEXT,
    state                       TEXT    NOT NULL CHECK (state IN
                                ('listing', 'queueing', 'queued', 'cancelling', 'cancelled')),
    filter_payment_overdue      INTEGER CHECK (filter_payment_overdue IN (0, 1)),
    filter_external_customer_id TEXT,
    filter_currency             TEXT,
    filter_payment_status       TEXT CHECK (filter_payment_status IN ('pending', 'failed')),
    -- JSON list; NULL means any.
    filter_decline_classes      TEXT,
    filter_amount_from          INTEGER,
    filter_amount_to            INTEGER,
    -- ISO 8601 dates.
    filter_issued_from          TEXT,
    filter_issued_to            TEXT,
    -- The last invoice that was looked at while listing; later ones are still to come.
    listed_up_to                TEXT,
    -- How many of its invoices were worked through.
    worked_through              INTEGER NOT NULL,
    invoices_count              INTEGER NOT NULL,
    created_at                  INTEGER NOT NULL,
    updated_at                  INTEGER NOT NULL,
    UNIQUE (organization_id, client_key)
) STRICT;
CREATE INDEX bulk_retries_newest ON bulk_retries (organization_id, id);
CREATE INDEX bulk_retries_by_state ON bulk_retries (state, id);

CREATE TABLE bulk_retry_invoices (
    bulk_retry_id   TEXT    NOT NULL REFERENCES bulk_retries (id),
    -- 1, 2, 3 … in the order in which they are worked through.
    position        INTEGER NOT NULL,
    invoice_id      TEXT    NOT NULL REFERENCES invoices (id),
    -- What was due when it was listed.
    amount          INTEGER NOT NULL,
    currency        TEXT    NOT NULL,
    state           TEXT    NOT NULL
                    CHECK (state IN ('listed', 'queued', 'refused', 'withdrawn')),
    -- Why it was refused.
    code            TEXT,
    recovery_id     TEXT,
    -- The number of the attempt that it was queued for.
    attempt_number  INTEGER,
    attempts_before INTEGER,
    -- What the recovery was planned as before, for who withdraws it.
    was_state       TEXT CHECK (was_state IN ('waiting', 'idle')),
    was_reason      TEXT,
    was_next_at     INTEGER,
    -- Somebody else asked for the same attempt since: it is not withdrawn any more.
    kept            INTEGER NOT NULL CHECK (kept IN (0, 1)),
    PRIMARY KEY (bulk_retry_id, position),
    CHECK ((state = 'refused') = (code IS NOT NULL)),
    CHECK (state <> 'queued' OR (recovery_id IS NOT NULL AND attempt_number IS NOT NULL
                                 AND attempts_before IS NOT NULL AND was_state IS NOT NULL
                                 AND was_reason IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_retry_invoices_by_state ON bulk_retry_invoices (bulk_retry_id, state, position);
CREATE INDEX bulk_retry_invoices_queued
    ON bulk_retry_invoices (invoice_id) WHERE state = 'queued' AND kept = 0;

-- What a bulk retry is made of, for one customer or all.
CREATE INDEX invoices_unpaid
    ON invoices (organization_id, id)
    WHERE status = 'finalized' AND payment_status <> 'succeeded';
CREATE INDEX invoices_unpaid_of_customer
    ON invoices (customer_id, id)
    WHERE status = 'finalized' AND payment_status <> 'succeeded';

-- One for each payment that succeeded: a paid attempt, or money that a person recorded.
CREATE TABLE receipts (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    payment_id      TEXT    NOT NULL UNIQUE,
    sequential_id   INTEGER NOT NULL,
    number          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (customer_id, sequential_id)
) STRICT;
CREATE INDEX receipts_newest ON receipts (organization_id, created_at DESC, id);

CREATE TABLE receipt_invoices (
    invoice_id  TEXT    NOT NULL REFERENCES invoices (id),
    receipt_id  TEXT    NOT NULL REFERENCES receipts (id),
    PRIMARY KEY (invoice_id, receipt_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_invoices_of_receipt ON receipt_invoices (receipt_id);

-- The number of the last receipt of this customer.
ALTER TABLE customers ADD COLUMN receipts_numbered INTEGER NOT NULL DEFAULT 0;
-- What links to printed papers are signed with. Sealed; made when first needed.
ALTER TABLE organizations ADD COLUMN file_link_key TEXT;

-- The name of the webhook, so that deliveries are found by it.
ALTER TABLE webhook_deliveries ADD COLUMN webhook TEXT NOT NULL DEFAULT '';
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (organization_id, id);
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (organization_id, state, id);
CREATE INDEX webhook_deliveries_by_name ON webhook_deliveries (organization_id, webhook, id);
CREATE INDEX webhook_deliveries_failed
    ON webhook_deliveries (endpoint_id, id) WHERE state = 'failed';

-- Lists of fees: those of all invoices of an organization.
ALTER TABLE fees ADD COLUMN organization_id TEXT NOT NULL DEFAULT '';
UPDATE fees
   SET organization_id =
       (SELECT i.organization_id FROM invoices i WHERE i.id = fees.invoice_id);
CREATE INDEX fees_newest ON fees (organization_id, created_at DESC, id);
CREATE INDEX fees_of_subscription
    ON fees (item_external_id, created_at DESC, id) WHERE item_kind = 'subscription';
