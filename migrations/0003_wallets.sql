-- Wallets: what customers have paid ahead, what moves in and out, and what tops them up. Credits
-- are decimals as text; they are never added up by the database.

CREATE TABLE wallets (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    customer_id             TEXT    NOT NULL REFERENCES customers (id),
    status                  TEXT    NOT NULL CHECK (status IN ('active', 'terminated')),
    terminated_at           INTEGER,
    currency                TEXT    NOT NULL,
    name                    TEXT,
    code                    TEXT    NOT NULL,
    priority                INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 50),
    rate                    TEXT    NOT NULL,
    credits                 TEXT    NOT NULL,
    balance                 INTEGER NOT NULL CHECK (balance >= 0),
    consumed_credits        TEXT    NOT NULL,
    last_consumed_at        INTEGER,
    balance_changed_at      INTEGER,
    -- ISO 8601 date.
    last_interval_top_up_on TEXT,
    expiration_at           INTEGER,
    invoice_requires_successful_payment INTEGER NOT NULL
                            CHECK (invoice_requires_successful_payment IN (0, 1)),
    top_up_min              INTEGER CHECK (top_up_min > 0),
    top_up_max              INTEGER CHECK (top_up_max > 0),
    purchase_order_number   TEXT,
    method_choice           TEXT    NOT NULL
                            CHECK (method_choice IN ('default', 'specific', 'manual')),
    payment_method_id       TEXT REFERENCES payment_methods (id),
    -- JSON list; empty means all.
    fee_types               TEXT    NOT NULL,
    -- JSON list of pairs; NULL means never set.
    metadata                TEXT,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    CHECK ((status = 'terminated') = (terminated_at IS NOT NULL)),
    CHECK ((method_choice = 'specific') = (payment_method_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX wallets_one_active_per_code
    ON wallets (customer_id, code) WHERE status = 'active';
CREATE INDEX wallets_newest ON wallets (organization_id, created_at DESC, id);
CREATE INDEX wallets_of_customer ON wallets (customer_id, created_at DESC, id);
CREATE INDEX wallets_to_expire
    ON wallets (expiration_at, id) WHERE status = 'active' AND expiration_at IS NOT NULL;
CREATE INDEX wallets_by_method
    ON wallets (payment_method_id) WHERE payment_method_id IS NOT NULL;

CREATE TABLE recurring_rules (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    wallet_id               TEXT    NOT NULL REFERENCES wallets (id),
    trigger_interval        TEXT    CHECK (trigger_interval IN
                            ('weekly', 'monthly', 'quarterly', 'semiannual', 'yearly')),
    trigger_threshold       TEXT,
    -- NULL: what the rule says, each time.
    target                  TEXT,
    paid_credits            TEXT    NOT NULL,
    granted_credits         TEXT    NOT NULL,
    grants_target_top_up    INTEGER NOT NULL CHECK (grants_target_top_up IN (0, 1)),
    started_at              INTEGER,
    expiration_at           INTEGER,
    ignores_limits          INTEGER NOT NULL CHECK (ignores_limits IN (0, 1)),
    invoice_requires_successful_payment INTEGER NOT NULL
                            CHECK (invoice_requires_successful_payment IN (0, 1)),
    name                    TEXT,
    -- JSON list of pairs.
    metadata                TEXT    NOT NULL,
    purchase_order_number   TEXT,
    method_choice           TEXT    NOT NULL
                            CHECK (method_choice IN ('default', 'specific', 'manual')),
    payment_method_id       TEXT REFERENCES payment_methods (id),
    terminated_at           INTEGER,
    -- ISO 8601 date.
    next_on                 TEXT,
    next_look_at            INTEGER,
    created_at              INTEGER NOT NULL,
    CHECK ((trigger_interval IS NULL) <> (trigger_threshold IS NULL)),
    CHECK (terminated_at IS NULL OR next_look_at IS NULL),
    CHECK ((method_choice = 'specific') = (payment_method_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX recurring_rules_one_per_wallet
    ON recurring_rules (wallet_id) WHERE terminated_at IS NULL;
CREATE INDEX recurring_rules_due
    ON recurring_rules (next_look_at, id) WHERE next_look_at IS NOT NULL;
CREATE INDEX recurring_rules_by_method
    ON recurring_rules (payment_method_id) WHERE payment_method_id IS NOT NULL;

CREATE TABLE wallet_transactions (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    customer_id             TEXT    NOT NULL REFERENCES customers (id),
    wallet_id               TEXT    NOT NULL REFERENCES wallets (id),
    kind                    TEXT    NOT NULL
                            CHECK (kind IN ('purchased', 'granted', 'voided', 'invoiced')),
    status                  TEXT    NOT NULL CHECK (status IN ('pending', 'settled', 'failed')),
    source                  TEXT    NOT NULL
                            CHECK (source IN ('manual', 'interval', 'threshold')),
    rule_id                 TEXT REFERENCES recurring_rules (id),
    -- What it is paid by, or what it pays. The invoice may be stored after it.
    invoice_id              TEXT REFERENCES invoices (id) DEFERRABLE INITIALLY DEFERRED,
    voided_invoice_id       TEXT REFERENCES invoices (id),
    amount                  INTEGER NOT NULL CHECK (amount >= 0),
    currency                TEXT    NOT NULL,
    credits                 TEXT    NOT NULL,
    remaining_amount        INTEGER NOT NULL
                            CHECK (remaining_amount BETWEEN 0 AND amount),
    remaining_credits       TEXT    NOT NULL,
    priority                INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 50),
    name                    TEXT,
    -- JSON list of pairs.
    metadata                TEXT    NOT NULL,
    purchase_order_number   TEXT,
    invoice_requires_successful_payment INTEGER NOT NULL
                            CHECK (invoice_requires_successful_payment IN (0, 1)),
    method_choice           TEXT    NOT NULL
                            CHECK (method_choice IN ('default', 'specific', 'manual')),
    payment_method_id       TEXT REFERENCES payment_methods (id),
    settled_at              INTEGER,
    failed_at               INTEGER,
    created_at              INTEGER NOT NULL,
    CHECK ((status = 'settled') = (settled_at IS NOT NULL)),
    CHECK ((status = 'failed') = (failed_at IS NOT NULL)),
    CHECK (kind = 'purchased' OR status = 'settled'),
    -- Only what has come in can be used.
    CHECK (remaining_amount = 0
           OR (kind IN ('purchased', 'granted') AND status = 'settled')),
    CHECK ((method_choice = 'specific') = (payment_method_id IS NOT NULL))
) STRICT;
CREATE INDEX wallet_transactions_newest
    ON wallet_transactions (wallet_id, created_at DESC, id);
CREATE UNIQUE INDEX wallet_transactions_one_per_credit_invoice
    ON wallet_transactions (invoice_id) WHERE kind = 'purchased' AND invoice_id IS NOT NULL;
-- An invoice takes credits out of a wallet once.
CREATE UNIQUE INDEX wallet_transactions_one_per_invoice_and_wallet
    ON wallet_transactions (invoice_id, wallet_id) WHERE kind = 'invoiced';
CREATE INDEX wallet_transactions_with_rest
    ON wallet_transactions (wallet_id, id)
    WHERE remaining_amount > 0 OR remaining_credits <> '0';
CREATE INDEX wallet_transactions_pending
    ON wallet_transactions (wallet_id) WHERE status = 'pending';
CREATE INDEX wallet_transactions_failed
    ON wallet_transactions (wallet_id, failed_at) WHERE status = 'failed';
CREATE INDEX wallet_transactions_bought
    ON wallet_transactions (wallet_id, settled_at)
    WHERE kind = 'purchased' AND status = 'settled';
CREATE INDEX wallet_transactions_by_method
    ON wallet_transactions (payment_method_id) WHERE payment_method_id IS NOT NULL;

-- Which credits that came in were taken by what went out.
CREATE TABLE wallet_consumptions (
    outbound_id TEXT    NOT NULL REFERENCES wallet_transactions (id),
    inbound_id  TEXT    NOT NULL REFERENCES wallet_transactions (id),
    amount      INTEGER NOT NULL CHECK (amount >= 0),
    credits     TEXT    NOT NULL,
    PRIMARY KEY (outbound_id, inbound_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX wallet_consumptions_of_inbound ON wallet_consumptions (inbound_id, outbound_id);
