-- Metronome's dialect.

-- How the invoices of a customer are collected. The newest that is not archived is the
-- customer's link to its provider; earlier ones are kept.
CREATE TABLE billing_configurations (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL,
    customer_id             TEXT    NOT NULL REFERENCES customers (id),
    connection_id           TEXT    NOT NULL REFERENCES connections (id),
    provider_customer_id    TEXT    NOT NULL,
    collection_method       TEXT    NOT NULL CHECK (collection_method IN
                            ('auto_charge_payment_intent', 'manually_charge_payment_intent',
                             'charge_automatically', 'send_invoice')),
    -- JSON object: members that mean nothing to us, as they were given.
    more                    TEXT    NOT NULL,
    created_at              INTEGER NOT NULL,
    archived_at             INTEGER
) STRICT;
CREATE INDEX billing_configurations_of_customer
    ON billing_configurations (customer_id, id);

-- What a customer is called beside its external id, which is the first of its aliases.
CREATE TABLE customer_aliases (
    organization_id TEXT    NOT NULL,
    alias           TEXT    NOT NULL,
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    position        INTEGER NOT NULL,
    PRIMARY KEY (organization_id, alias)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_aliases_of_customer ON customer_aliases (customer_id, position);

-- Declined attempts whose collecting somebody cancelled. The decline itself stays on record:
-- limits count it.
CREATE TABLE attempts_given_up (
    attempt_id  TEXT    NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which call brought about which attempt, so that a request that is sent again after its answer
-- was lost finds what it did.
CREATE TABLE payment_calls (
    id                  INTEGER NOT NULL PRIMARY KEY,
    -- The key it was made with; empty where none is needed.
    token               TEXT    NOT NULL,
    call                TEXT    NOT NULL CHECK (call IN ('attempt', 'cancel')),
    invoice_id          TEXT    NOT NULL REFERENCES invoices (id),
    attempt_id          TEXT    NOT NULL,
    idempotency_key     TEXT,
    at                  INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_calls_of_invoice ON payment_calls (invoice_id, at);
CREATE INDEX payment_calls_oldest ON payment_calls (at);

-- Requests with an `Idempotency-Key`, and what they were answered.
CREATE TABLE idempotent_requests (
    token           TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    -- Of path and parameters.
    fingerprint     TEXT    NOT NULL,
    -- Both none while it is executing.
    status          INTEGER,
    body            TEXT,
    began_at        INTEGER NOT NULL,
    PRIMARY KEY (token, idempotency_key),
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_requests_oldest ON idempotent_requests (began_at);

-- Which dialect an endpoint is told in. Lago's are signed with keys of the organization, each of
-- Metronome's with a secret of its own, sealed.
ALTER TABLE webhook_endpoints ADD COLUMN
    dialect TEXT NOT NULL DEFAULT 'lago' CHECK (dialect IN ('lago', 'metronome'));
ALTER TABLE webhook_endpoints ADD COLUMN secret TEXT;
