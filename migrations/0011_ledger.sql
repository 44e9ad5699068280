-- The ledger, surplus payments, refunds, and what persons said of outcomes nobody knew.

-- Money as it moved: written in the transaction that learns of it, and never changed. In is
-- positive, out is negative. What an invoice was paid (`paid_amount`) is the sum of its entries of
-- the kinds `charge`, `manual_payment`, `surplus` and `correction`. What is left of a payment is
-- the sum of all its entries but those of the kind `surplus`.
CREATE TABLE ledger_entries (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    customer_id     TEXT    NOT NULL,
    -- The debt that was collected: of a payment request, each invoice has an entry of its own.
    payable_kind    TEXT    NOT NULL CHECK (payable_kind IN ('invoice', 'payment_request')),
    payable_id      TEXT    NOT NULL,
    -- Which invoice it is for; NULL where a request took more than all its parts.
    invoice_id      TEXT,
    -- An attempt or a manual payment.
    payment_id      TEXT    NOT NULL,
    refund_id       TEXT,
    kind            TEXT    NOT NULL CHECK (kind IN
                    ('charge', 'manual_payment', 'surplus', 'refund', 'refund_returned',
                     'dispute', 'correction')),
    amount          INTEGER NOT NULL CHECK (amount <> 0),
    currency        TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    CHECK ((kind IN ('refund', 'refund_returned')) = (refund_id IS NOT NULL)),
    CHECK (kind NOT IN ('charge', 'manual_payment', 'refund_returned') OR amount > 0),
    CHECK (kind NOT IN ('surplus', 'refund', 'dispute') OR amount < 0)
) STRICT;
CREATE INDEX ledger_entries_of_payment ON ledger_entries (payment_id, id);
CREATE INDEX ledger_entries_of_invoice
    ON ledger_entries (invoice_id, id) WHERE invoice_id IS NOT NULL;
CREATE INDEX ledger_entries_newest ON ledger_entries (organization_id, id);

-- Money that came in beyond what was due. Each waits for a person: refunded, or kept.
CREATE TABLE surplus_payments (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    payment_id      TEXT    NOT NULL REFERENCES attempts (id),
    connection_id   TEXT    NOT NULL,
    payable_kind    TEXT    NOT NULL CHECK (payable_kind IN ('invoice', 'payment_request')),
    payable_id      TEXT    NOT NULL,
    invoice_id      TEXT,
    amount          INTEGER NOT NULL CHECK (amount > 0),
    currency        TEXT    NOT NULL,
    reason          TEXT    NOT NULL CHECK (reason IN
                    ('debt_settled', 'debt_gone', 'more_than_due')),
    state           TEXT    NOT NULL CHECK (state IN
                    ('open', 'refunding', 'refunded', 'refund_failed', 'kept')),
    -- What was refunded of it, and is on its way.
    refunded_amount INTEGER NOT NULL CHECK (refunded_amount >= 0),
    kept_reason     TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CHECK (refunded_amount <= amount),
    CHECK ((state = 'kept') = (kept_reason IS NOT NULL))
) STRICT;
-- Of one payment, an invoice has a surplus once.
CREATE UNIQUE INDEX surplus_payments_once
    ON surplus_payments (payment_id, COALESCE(invoice_id, ''));
CREATE INDEX surplus_payments_newest ON surplus_payments (organization_id, id);
CREATE INDEX surplus_payments_by_state ON surplus_payments (organization_id, state, id);
CREATE INDEX surplus_payments_of_invoice
    ON surplus_payments (invoice_id, id) WHERE invoice_id IS NOT NULL;
CREATE INDEX surplus_payments_of_payment ON surplus_payments (payment_id, id);
CREATE INDEX surplus_payments_of_customer ON surplus_payments (customer_id, id);
CREATE INDEX surplus_payments_waiting
    ON surplus_payments (currency, amount) WHERE state IN ('open', 'refund_failed');

-- Money that is given back through a provider. The intent is stored before the call.
CREATE TABLE refunds (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL,
    customer_id         TEXT    NOT NULL REFERENCES customers (id),
    payment_id          TEXT    NOT NULL REFERENCES attempts (id),
    connection_id       TEXT    NOT NULL,
    charge_id           TEXT    NOT NULL,
    surplus_id          TEXT    REFERENCES surplus_payments (id),
    -- 1, 2, 3 … of one payment: the idempotency key is derived from it.
    number              INTEGER NOT NULL CHECK (number > 0),
    amount              INTEGER NOT NULL CHECK (amount > 0),
    currency            TEXT    NOT NULL,
    idempotency_key     TEXT    NOT NULL UNIQUE,
    -- Chosen by the caller: asking again with it is not asking twice.
    client_key          TEXT,
    reason              TEXT    NOT NULL CHECK (reason IN
                        ('duplicate', 'fraudulent', 'requested_by_customer')),
    state               TEXT    NOT NULL CHECK (state IN
                        ('sending', 'not_sent', 'unknown', 'pending', 'succeeded', 'failed')),
    sends               INTEGER NOT NULL,
    -- One of the sends may have reached the provider.
    maybe_processed     INTEGER NOT NULL CHECK (maybe_processed IN (0, 1)),
    -- While sending: nobody can still be at it after this.
    lease_until         INTEGER,
    -- While it is not known, or was not sent: when it is sent again. None: a person has to look.
    next_send_at        INTEGER,
    provider_refund_id  TEXT,
    failure_code        TEXT,
    message             TEXT,
    begun_at            INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    settled_at          INTEGER,
    UNIQUE (payment_id, number),
    UNIQUE (organization_id, client_key),
    CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CHECK (next_send_at IS NULL OR state IN ('not_sent', 'unknown')),
    CHECK ((state IN ('succeeded', 'failed')) = (settled_at IS NOT NULL))
) STRICT;
-- Of one payment, at most one refund is under way whose outcome is not known.
CREATE UNIQUE INDEX refunds_one_open
    ON refunds (payment_id) WHERE state IN ('sending', 'not_sent', 'unknown');
CREATE UNIQUE INDEX refunds_one_per_provider_refund
    ON refunds (connection_id, provider_refund_id) WHERE provider_refund_id IS NOT NULL;
CREATE INDEX refunds_leased ON refunds (lease_until) WHERE state = 'sending';
CREATE INDEX refunds_to_send ON refunds (next_send_at) WHERE next_send_at IS NOT NULL;
CREATE INDEX refunds_by_state ON refunds (organization_id, state, id);
CREATE INDEX refunds_newest ON refunds (organization_id, id);
CREATE INDEX refunds_of_charge ON refunds (connection_id, charge_id, id);
CREATE INDEX refunds_of_surplus ON refunds (surplus_id, id) WHERE surplus_id IS NOT NULL;
CREATE INDEX refunds_unresolved
    ON refunds (organization_id, id)
 WHERE state = 'unknown' OR (state = 'not_sent' AND next_send_at IS NULL);

-- What a person found out about an attempt whose outcome nobody knew. Their word is no charge of
-- the provider's: should the provider say otherwise later, that is noted here and told.
CREATE TABLE resolutions (
    attempt_id      TEXT    NOT NULL PRIMARY KEY REFERENCES attempts (id),
    organization_id TEXT    NOT NULL,
    outcome         TEXT    NOT NULL CHECK (outcome IN ('paid', 'not_paid')),
    reason          TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    contradicted_at INTEGER,
    contradiction   TEXT,
    CHECK ((contradicted_at IS NULL) = (contradiction IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX resolutions_contradicted
    ON resolutions (organization_id, attempt_id) WHERE contradicted_at IS NOT NULL;

-- What stands on the list of unresolved ones.
CREATE INDEX attempts_unresolved
    ON attempts (organization_id, id)
 WHERE state = 'unknown' OR (state IN ('pending', 'needs_action') AND next_lookup_at IS NULL);

-- What was collected before there was a ledger. An id that is made here sorts by the time of the
-- payment's, whose first half it shares.
INSERT INTO ledger_entries (id, organization_id, customer_id, payable_kind, payable_id, invoice_id,
       payment_id, refund_id, kind, amount, currency, at)
SELECT a.id, a.organization_id, a.customer_id, a.payable_kind, a.payable_id, a.payable_id,
       a.id, NULL, 'charge', a.amount, a.currency, COALESCE(a.settled_at, a.updated_at)
  FROM attempts a
 WHERE a.state = 'paid' AND a.payable_kind = 'invoice';
INSERT INTO ledger_entries (id, organization_id, customer_id, payable_kind, payable_id, invoice_id,
       payment_id, refund_id, kind, amount, currency, at)
SELECT SUBSTR(a.id, 1, 24) || LOWER(HEX(RANDOMBLOB(6))), a.organization_id, a.customer_id,
       a.payable_kind, a.payable_id, p.invoice_id, a.id, NULL, 'charge', p.paid_amount, a.currency,
       COALESCE(a.settled_at, a.updated_at)
  FROM attempts a
  JOIN payment_request_invoices p ON p.payment_request_id = a.payable_id
 WHERE a.state = 'paid' AND a.payable_kind = 'payment_request' AND p.paid_amount > 0;
INSERT INTO ledger_entries (id, organization_id, customer_id, payable_kind, payable_id, invoice_id,
       payment_id, refund_id, kind, amount, currency, at)
SELECT m.id, m.organization_id, m.customer_id, 'invoice', m.invoice_id, m.invoice_id,
       m.id, NULL, 'manual_payment', m.amount, m.currency, m.paid_at
  FROM manual_payments m;
-- What a request took beyond what its invoices were owed.
INSERT INTO surplus_payments (id, organization_id, customer_id, payment_id, connection_id,
       payable_kind, payable_id, invoice_id, amount, currency, reason, state, refunded_amount,
       kept_reason, created_at, updated_at)
SELECT a.id, a.organization_id, a.customer_id, a.id, a.connection_id, a.payable_kind, a.payable_id,
       NULL, a.amount - s.paid, a.currency, 'debt_settled', 'open', 0, NULL,
       COALESCE(a.settled_at, a.updated_at), COALESCE(a.settled_at, a.updated_at)
  FROM attempts a
  JOIN (SELECT p.payment_request_id AS request_id, SUM(p.paid_amount) AS paid
          FROM payment_request_invoices p
         GROUP BY p.payment_request_id) s ON s.request_id = a.payable_id
 WHERE a.state = 'paid' AND a.payable_kind = 'payment_request' AND a.amount > s.paid;
-- What invoices were paid twice: on the latest charge of each.
INSERT INTO surplus_payments (id, organization_id, customer_id, payment_id, connection_id,
       payable_kind, payable_id, invoice_id, amount, currency, reason, state, refunded_amount,
       kept_reason, created_at, updated_at)
SELECT a.id, a.organization_id, a.customer_id, a.id, a.connection_id, a.payable_kind, a.payable_id,
       i.id, MIN(s.collected - i.paid_amount, a.amount), a.currency, 'debt_settled', 'open', 0,
       NULL, COALESCE(a.settled_at, a.updated_at), COALESCE(a.settled_at, a.updated_at)
  FROM (SELECT l.invoice_id AS invoice_id, SUM(l.amount) AS collected,
               MAX(CASE WHEN l.kind = 'charge' AND l.payable_kind = 'invoice'
                        THEN l.payment_id END) AS latest
          FROM ledger_entries l
         WHERE l.invoice_id IS NOT NULL
         GROUP BY l.invoice_id) s
  JOIN invoices i ON i.id = s.invoice_id
  JOIN attempts a ON a.id = s.latest
 WHERE s.collected > i.paid_amount;
INSERT INTO ledger_entries (id, organization_id, customer_id, payable_kind, payable_id, invoice_id,
       payment_id, refund_id, kind, amount, currency, at)
SELECT SUBSTR(s.id, 1, 24) || LOWER(HEX(RANDOMBLOB(6))), s.organization_id, s.customer_id,
       s.payable_kind, s.payable_id, NULL,
       s.payment_id, NULL, 'charge', s.amount, s.currency, s.created_at
  FROM surplus_payments s
 WHERE s.invoice_id IS NULL;
INSERT INTO ledger_entries (id, organization_id, customer_id, payable_kind, payable_id, invoice_id,
       payment_id, refund_id, kind, amount, currency, at)
SELECT SUBSTR(s.id, 1, 24) || LOWER(HEX(RANDOMBLOB(6))), s.organization_id, s.customer_id,
       s.payable_kind, s.payable_id, s.invoice_id, s.payment_id, NULL, 'surplus', -s.amount,
       s.currency, s.created_at
  FROM surplus_payments s;

-- What events tell of.
ALTER TABLE events ADD COLUMN surplus_id TEXT;
ALTER TABLE events ADD COLUMN refund_id TEXT;

-- Append-only is a promise to whoever reads the books, so the database keeps it, against our own
-- code as well. This is a guard and no logic: nothing is computed, and without it nothing changes
-- but what is refused.
CREATE TRIGGER ledger_entries_never_change BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER ledger_entries_never_go BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
