-- Payment requests and dunning.

CREATE TABLE dunning_campaigns (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    code                    TEXT    NOT NULL,
    name                    TEXT    NOT NULL,
    description             TEXT,
    max_attempts            INTEGER NOT NULL CHECK (max_attempts > 0),
    days_between_attempts   INTEGER NOT NULL CHECK (days_between_attempts > 0),
    -- JSON list.
    bcc_emails              TEXT    NOT NULL,
    is_default              INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    deleted_at              INTEGER
) STRICT;
CREATE UNIQUE INDEX dunning_campaigns_one_per_code
    ON dunning_campaigns (organization_id, code) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX dunning_campaigns_one_default
    ON dunning_campaigns (organization_id) WHERE is_default = 1;
CREATE INDEX dunning_campaigns_newest
    ON dunning_campaigns (organization_id, created_at DESC, id) WHERE deleted_at IS NULL;

CREATE TABLE dunning_thresholds (
    campaign_id TEXT    NOT NULL REFERENCES dunning_campaigns (id),
    currency    TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount >= 0),
    position    INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, currency)
) STRICT, WITHOUT ROWID;

-- What was said of a customer, and the clock that all their currencies share.
CREATE TABLE customer_dunning (
    customer_id     TEXT    NOT NULL PRIMARY KEY REFERENCES customers (id),
    -- Their own campaign; NULL: the organization's.
    campaign_id     TEXT REFERENCES dunning_campaigns (id),
    excluded        INTEGER NOT NULL CHECK (excluded IN (0, 1)),
    last_attempt_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_dunning_of_campaign
    ON customer_dunning (campaign_id) WHERE campaign_id IS NOT NULL;

CREATE TABLE dunning_counters (
    customer_id TEXT    NOT NULL REFERENCES customers (id),
    currency    TEXT    NOT NULL,
    attempts    INTEGER NOT NULL CHECK (attempts > 0),
    PRIMARY KEY (customer_id, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_requests (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    currency        TEXT    NOT NULL,
    email           TEXT    NOT NULL,
    payment_status  TEXT    NOT NULL
                    CHECK (payment_status IN ('pending', 'succeeded', 'failed')),
    processing      INTEGER NOT NULL CHECK (processing IN (0, 1)),
    campaign_id     TEXT REFERENCES dunning_campaigns (id),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_requests_newest ON payment_requests (organization_id, created_at DESC, id);
CREATE INDEX payment_requests_of_customer
    ON payment_requests (customer_id, created_at DESC, id);

CREATE TABLE payment_request_invoices (
    payment_request_id  TEXT    NOT NULL REFERENCES payment_requests (id),
    invoice_id          TEXT    NOT NULL REFERENCES invoices (id),
    position            INTEGER NOT NULL,
    -- How much of the charge is for this invoice, and what it was paid with it in the end.
    amount              INTEGER NOT NULL CHECK (amount >= 0),
    paid_amount         INTEGER NOT NULL CHECK (paid_amount >= 0),
    -- As the recovery of the request says: it waits for its charge, or the charge is open.
    collecting          INTEGER NOT NULL CHECK (collecting IN (0, 1)),
    PRIMARY KEY (payment_request_id, invoice_id),
    CHECK (paid_amount <= amount)
) STRICT, WITHOUT ROWID;
-- Invariant I11: at most one request collects an invoice.
CREATE UNIQUE INDEX payment_request_invoices_one_collector
    ON payment_request_invoices (invoice_id) WHERE collecting = 1;
CREATE INDEX payment_request_invoices_of_invoice
    ON payment_request_invoices (invoice_id, payment_request_id);

CREATE INDEX invoices_overdue
    ON invoices (customer_id, currency, id) WHERE payment_overdue = 1;

CREATE INDEX events_of_payment_request
    ON events (payment_request_id, id) WHERE payment_request_id IS NOT NULL;

-- Few among many: lists of payments would walk past all others to find them.
CREATE INDEX attempts_at_requests
    ON attempts (organization_id, begun_at DESC, id) WHERE payable_kind = 'payment_request';
