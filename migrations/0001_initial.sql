-- The first schema. Times are integer milliseconds UTC, money is integer minor units with a
-- currency, ids are UUIDv7 as text, lists and maps are JSON text, secrets are sealed.

CREATE TABLE installation (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    -- Idempotency keys are derived from it: a restored backup must make the same keys.
    identity    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE organizations (
    id                          TEXT    NOT NULL PRIMARY KEY,
    name                        TEXT    NOT NULL,
    slug                        TEXT    NOT NULL UNIQUE,
    billing_entity_code         TEXT    NOT NULL,
    document_number_prefix      TEXT    NOT NULL,
    default_currency            TEXT    NOT NULL,
    timezone                    TEXT    NOT NULL,
    net_payment_term            INTEGER NOT NULL CHECK (net_payment_term >= 0),
    zero_invoices               TEXT    NOT NULL CHECK (zero_invoices IN ('skip', 'finalize')),
    email                       TEXT,
    legal_name                  TEXT,
    legal_number                TEXT,
    tax_identification_number   TEXT,
    address_line1               TEXT,
    address_line2               TEXT,
    city                        TEXT,
    state                       TEXT,
    zipcode                     TEXT,
    country                     TEXT,
    invoice_footer              TEXT,
    invoice_grace_period        INTEGER NOT NULL CHECK (invoice_grace_period >= 0),
    document_locale             TEXT    NOT NULL,
    -- Sealed; made when first needed.
    webhook_hmac_key            TEXT,
    webhook_rsa_key             TEXT,
    created_at                  INTEGER NOT NULL,
    updated_at                  INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    name            TEXT    NOT NULL,
    key_hash        BLOB    NOT NULL UNIQUE,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    revoked_at      INTEGER
) STRICT;
CREATE INDEX api_keys_by_organization ON api_keys (organization_id, id);

CREATE TABLE connections (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    provider                TEXT    NOT NULL,
    code                    TEXT    NOT NULL,
    name                    TEXT    NOT NULL,
    settings                TEXT    NOT NULL,
    allows_private_network  INTEGER NOT NULL CHECK (allows_private_network IN (0, 1)),
    success_redirect_url    TEXT,
    paused_at               INTEGER,
    paused_reason           TEXT,
    created_at              INTEGER NOT NULL,
    UNIQUE (organization_id, code)
) STRICT;

CREATE TABLE taxes (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    code                    TEXT    NOT NULL,
    name                    TEXT    NOT NULL,
    description             TEXT,
    rate                    TEXT    NOT NULL,
    applied_to_organization INTEGER NOT NULL CHECK (applied_to_organization IN (0, 1)),
    created_at              INTEGER NOT NULL,
    deleted_at              INTEGER
) STRICT;
CREATE UNIQUE INDEX taxes_one_per_code ON taxes (organization_id, code) WHERE deleted_at IS NULL;
CREATE INDEX taxes_newest ON taxes (organization_id, created_at DESC, id) WHERE deleted_at IS NULL;

CREATE TABLE add_ons (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    code                    TEXT    NOT NULL,
    name                    TEXT    NOT NULL,
    invoice_display_name    TEXT,
    description             TEXT,
    amount                  INTEGER NOT NULL CHECK (amount > 0),
    currency                TEXT    NOT NULL,
    created_at              INTEGER NOT NULL,
    deleted_at              INTEGER
) STRICT;
CREATE UNIQUE INDEX add_ons_one_per_code
    ON add_ons (organization_id, code) WHERE deleted_at IS NULL;
CREATE INDEX add_ons_newest
    ON add_ons (organization_id, created_at DESC, id) WHERE deleted_at IS NULL;

CREATE TABLE add_on_taxes (
    add_on_id   TEXT    NOT NULL REFERENCES add_ons (id),
    tax_id      TEXT    NOT NULL REFERENCES taxes (id),
    position    INTEGER NOT NULL,
    PRIMARY KEY (add_on_id, tax_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
    id                          TEXT    NOT NULL PRIMARY KEY,
    organization_id             TEXT    NOT NULL REFERENCES organizations (id),
    external_id                 TEXT    NOT NULL,
    sequential_id               INTEGER NOT NULL,
    name                        TEXT,
    firstname                   TEXT,
    lastname                    TEXT,
    legal_name                  TEXT,
    legal_number                TEXT,
    tax_identification_number   TEXT,
    customer_type               TEXT CHECK (customer_type IN ('company', 'individual')),
    email                       TEXT,
    phone                       TEXT,
    url                         TEXT,
    logo_url                    TEXT,
    external_salesforce_id      TEXT,
    address_line1               TEXT,
    address_line2               TEXT,
    city                        TEXT,
    state                       TEXT,
    zipcode                     TEXT,
    country                     TEXT,
    shipping_address_line1      TEXT,
    shipping_address_line2      TEXT,
    shipping_city               TEXT,
    shipping_state              TEXT,
    shipping_zipcode            TEXT,
    shipping_country            TEXT,
    currency                    TEXT,
    timezone                    TEXT,
    net_payment_term            INTEGER CHECK (net_payment_term >= 0),
    zero_invoices               TEXT    NOT NULL
                                CHECK (zero_invoices IN ('inherit', 'skip', 'finalize')),
    invoice_grace_period        INTEGER CHECK (invoice_grace_period >= 0),
    document_locale             TEXT,
    issuing_date_anchor         TEXT,
    issuing_date_adjustment     TEXT,
    -- The provider that collects; the account there may not exist yet.
    provider                    TEXT,
    connection_code             TEXT,
    connection_id               TEXT REFERENCES connections (id),
    has_provider_account        INTEGER NOT NULL CHECK (has_provider_account IN (0, 1)),
    provider_customer_id        TEXT,
    sync_with_provider          INTEGER NOT NULL CHECK (sync_with_provider IN (0, 1)),
    -- JSON list of the provider's words.
    method_kinds                TEXT    NOT NULL,
    -- The number of the last invoice of this customer.
    invoices_numbered           INTEGER NOT NULL DEFAULT 0,
    created_at                  INTEGER NOT NULL,
    updated_at                  INTEGER NOT NULL,
    deleted_at                  INTEGER,
    UNIQUE (organization_id, sequential_id)
) STRICT;
CREATE UNIQUE INDEX customers_one_per_external_id
    ON customers (organization_id, external_id) WHERE deleted_at IS NULL;
-- Also the deleted ones: their invoices are still found.
CREATE INDEX customers_by_external_id ON customers (organization_id, external_id);
CREATE INDEX customers_newest
    ON customers (organization_id, created_at DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_provider_id ON customers (connection_id, provider_customer_id);

CREATE TABLE customer_taxes (
    customer_id TEXT    NOT NULL REFERENCES customers (id),
    tax_id      TEXT    NOT NULL REFERENCES taxes (id),
    position    INTEGER NOT NULL,
    PRIMARY KEY (customer_id, tax_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_metadata (
    id                  TEXT    NOT NULL PRIMARY KEY,
    customer_id         TEXT    NOT NULL REFERENCES customers (id),
    key                 TEXT    NOT NULL,
    value               TEXT    NOT NULL,
    display_in_invoice  INTEGER NOT NULL CHECK (display_in_invoice IN (0, 1)),
    -- In the order in which the lines were given.
    position            INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    UNIQUE (customer_id, key)
) STRICT;

CREATE TABLE payment_methods (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL REFERENCES organizations (id),
    customer_id         TEXT    NOT NULL REFERENCES customers (id),
    connection_id       TEXT    NOT NULL REFERENCES connections (id),
    provider_method_id  TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    brand               TEXT,
    last4               TEXT,
    expiry_month        INTEGER,
    expiry_year         INTEGER,
    fingerprint         TEXT,
    is_default          INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    state               TEXT    NOT NULL CHECK (state IN ('active', 'inactive', 'discarded')),
    stopped_at          INTEGER,
    created_at          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX payment_methods_one_default
    ON payment_methods (customer_id) WHERE is_default = 1;
CREATE UNIQUE INDEX payment_methods_one_per_instrument
    ON payment_methods (customer_id, connection_id, provider_method_id)
    WHERE state <> 'discarded';
CREATE INDEX payment_methods_by_provider_id
    ON payment_methods (connection_id, provider_method_id);
CREATE INDEX payment_methods_newest ON payment_methods (customer_id, created_at DESC, id);

CREATE TABLE invoices (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    customer_id             TEXT    NOT NULL REFERENCES customers (id),
    invoice_type            TEXT    NOT NULL
                            CHECK (invoice_type IN ('one_off', 'subscription', 'credit')),
    status                  TEXT    NOT NULL CHECK (status IN
                            ('draft', 'open', 'finalized', 'closed', 'voided', 'deleted')),
    payment_status          TEXT    NOT NULL
                            CHECK (payment_status IN ('pending', 'succeeded', 'failed')),
    sequential_id           INTEGER,
    number                  TEXT    NOT NULL,
    purchase_order_number   TEXT,
    currency                TEXT    NOT NULL,
    fees_amount             INTEGER NOT NULL CHECK (fees_amount >= 0),
    taxes_amount            INTEGER NOT NULL CHECK (taxes_amount >= 0),
    prepaid_granted_amount  INTEGER NOT NULL CHECK (prepaid_granted_amount >= 0),
    prepaid_purchased_amount INTEGER NOT NULL CHECK (prepaid_purchased_amount >= 0),
    total_amount            INTEGER NOT NULL CHECK (total_amount >= 0),
    paid_amount             INTEGER NOT NULL CHECK (paid_amount >= 0),
    -- ISO 8601 dates.
    issuing_date            TEXT    NOT NULL,
    payment_due_date        TEXT    NOT NULL,
    net_payment_term        INTEGER NOT NULL,
    payment_overdue         INTEGER NOT NULL CHECK (payment_overdue IN (0, 1)),
    dispute_lost_at         INTEGER,
    voided_at               INTEGER,
    skip_automatic_payment  INTEGER NOT NULL CHECK (skip_automatic_payment IN (0, 1)),
    method_choice           TEXT    NOT NULL
                            CHECK (method_choice IN ('default', 'specific', 'manual')),
    payment_method_id       TEXT REFERENCES payment_methods (id),
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    UNIQUE (customer_id, sequential_id)
) STRICT;
CREATE INDEX invoices_newest
    ON invoices (organization_id, issuing_date DESC, created_at DESC, id);
CREATE INDEX invoices_of_customer
    ON invoices (customer_id, issuing_date DESC, created_at DESC, id);
CREATE INDEX invoices_to_mark_overdue
    ON invoices (payment_due_date, id)
    WHERE status = 'finalized' AND payment_status <> 'succeeded'
      AND payment_overdue = 0 AND dispute_lost_at IS NULL;

-- Few: what lists do not show.
CREATE INDEX invoices_hidden
    ON invoices (organization_id, id) WHERE status IN ('open', 'closed', 'deleted');

-- How many invoices are in each state, kept with every change of one.
CREATE TABLE invoice_counts (
    organization_id TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    payment_status  TEXT    NOT NULL,
    payment_overdue INTEGER NOT NULL,
    invoices        INTEGER NOT NULL CHECK (invoices >= 0),
    PRIMARY KEY (organization_id, status, payment_status, payment_overdue)
) STRICT, WITHOUT ROWID;

-- How many attempts and manual payments there are in all.
CREATE TABLE payment_counts (
    organization_id TEXT    NOT NULL PRIMARY KEY,
    payments        INTEGER NOT NULL CHECK (payments >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE fees (
    id                      TEXT    NOT NULL PRIMARY KEY,
    invoice_id              TEXT    NOT NULL REFERENCES invoices (id),
    position                INTEGER NOT NULL,
    item_kind               TEXT    NOT NULL
                            CHECK (item_kind IN ('add_on', 'subscription', 'credit')),
    -- Of the table that the kind names.
    item_id                 TEXT    NOT NULL,
    item_external_id        TEXT,
    -- Only of subscriptions.
    item_pay_when           TEXT CHECK (item_pay_when IN ('in_advance', 'in_arrears')),
    item_code               TEXT    NOT NULL,
    item_name               TEXT    NOT NULL,
    description             TEXT,
    invoice_display_name    TEXT,
    units                   TEXT    NOT NULL,
    unit_amount             INTEGER NOT NULL,
    amount                  INTEGER NOT NULL,
    taxes_amount            INTEGER NOT NULL,
    taxes_rate              TEXT    NOT NULL,
    currency                TEXT    NOT NULL,
    from_at                 INTEGER NOT NULL,
    to_at                   INTEGER NOT NULL,
    payment_status          TEXT    NOT NULL
                            CHECK (payment_status IN ('pending', 'succeeded', 'failed')),
    succeeded_at            INTEGER,
    failed_at               INTEGER,
    created_at              INTEGER NOT NULL,
    UNIQUE (invoice_id, position)
) STRICT;

CREATE TABLE applied_taxes (
    id              TEXT    NOT NULL PRIMARY KEY,
    invoice_id      TEXT    NOT NULL REFERENCES invoices (id),
    tax_id          TEXT    NOT NULL REFERENCES taxes (id),
    position        INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    code            TEXT    NOT NULL,
    rate            TEXT    NOT NULL,
    description     TEXT,
    amount          INTEGER NOT NULL,
    fees_amount     INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (invoice_id, tax_id)
) STRICT;

CREATE TABLE invoice_metadata (
    id          TEXT    NOT NULL PRIMARY KEY,
    invoice_id  TEXT    NOT NULL REFERENCES invoices (id),
    key         TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    -- In the order in which the pairs were given.
    position    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (invoice_id, key)
) STRICT;

CREATE TABLE recoveries (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL,
    payable_kind        TEXT    NOT NULL CHECK (payable_kind IN ('invoice', 'payment_request')),
    payable_id          TEXT    NOT NULL,
    customer_id         TEXT    NOT NULL REFERENCES customers (id),
    connection_id       TEXT,
    state               TEXT    NOT NULL
                        CHECK (state IN ('waiting', 'charging', 'idle', 'recovered', 'cancelled')),
    -- Why it waits, rests, or how it ended.
    reason              TEXT    NOT NULL,
    next_attempt_at     INTEGER,
    open_attempt_id     TEXT,
    ended_at            INTEGER,
    attempts_made       INTEGER NOT NULL,
    not_sent_in_a_row   INTEGER NOT NULL,
    requested_method_id TEXT,
    paused              INTEGER NOT NULL CHECK (paused IN (0, 1)),
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    UNIQUE (payable_kind, payable_id),
    CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'charging') = (open_attempt_id IS NOT NULL)),
    CHECK ((state IN ('recovered', 'cancelled')) = (ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX recoveries_due
    ON recoveries (next_attempt_at, id) WHERE state = 'waiting' AND paused = 0;
CREATE INDEX recoveries_changed ON recoveries (organization_id, updated_at DESC, id);
CREATE INDEX recoveries_of_customer ON recoveries (customer_id, id);

CREATE TABLE attempts (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL,
    recovery_id             TEXT    NOT NULL REFERENCES recoveries (id),
    payable_kind            TEXT    NOT NULL,
    payable_id              TEXT    NOT NULL,
    customer_id             TEXT    NOT NULL,
    connection_id           TEXT    NOT NULL,
    number                  INTEGER NOT NULL,
    origin                  TEXT    NOT NULL CHECK (origin IN ('schedule', 'person', 'link')),
    amount                  INTEGER NOT NULL CHECK (amount > 0),
    currency                TEXT    NOT NULL,
    payment_method_id       TEXT,
    provider_method_id      TEXT,
    method_kind             TEXT,
    limit_key               TEXT,
    provider_customer_id    TEXT,
    session_id              TEXT,
    idempotency_key         TEXT    NOT NULL UNIQUE,
    sends                   INTEGER NOT NULL,
    state                   TEXT    NOT NULL CHECK (state IN
                            ('charging', 'pending', 'needs_action', 'unknown',
                             'not_sent', 'paid', 'declined', 'cancelled')),
    -- While charging: nobody can still be at it after this.
    lease_until             INTEGER,
    -- While it is not known: when to ask; none, and a person has to.
    lookups_made            INTEGER NOT NULL,
    next_lookup_at          INTEGER,
    reason                  TEXT,
    action_kind             TEXT,
    action_url              TEXT,
    decline_class           TEXT,
    decline_retry           TEXT,
    decline_code            TEXT,
    decline_network_code    TEXT,
    decline_advice_code     TEXT,
    decline_retry_after_ms  INTEGER,
    decline_message         TEXT,
    settled_at              INTEGER,
    charge_id               TEXT,
    status                  TEXT    NOT NULL,
    begun_at                INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    UNIQUE (recovery_id, number)
) STRICT, WITHOUT ROWID;
-- Invariant I4: at most one open attempt per debt.
CREATE UNIQUE INDEX attempts_one_open
    ON attempts (payable_kind, payable_id)
    WHERE state IN ('charging', 'pending', 'needs_action', 'unknown');
CREATE INDEX attempts_to_look_up
    ON attempts (next_lookup_at) WHERE next_lookup_at IS NOT NULL;
CREATE INDEX attempts_leased ON attempts (lease_until) WHERE state = 'charging';
CREATE INDEX attempts_declined_on_instrument
    ON attempts (limit_key, settled_at) WHERE state = 'declined';
CREATE UNIQUE INDEX attempts_one_per_charge
    ON attempts (connection_id, charge_id) WHERE charge_id IS NOT NULL;
CREATE UNIQUE INDEX attempts_one_per_session
    ON attempts (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX attempts_newest ON attempts (organization_id, begun_at DESC, id);
CREATE INDEX attempts_of_customer ON attempts (customer_id, begun_at DESC, id);

CREATE TABLE manual_payments (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    invoice_id      TEXT    NOT NULL REFERENCES invoices (id),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    currency        TEXT    NOT NULL,
    reference       TEXT    NOT NULL,
    paid_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX manual_payments_of_invoice ON manual_payments (invoice_id, id);
CREATE INDEX manual_payments_newest ON manual_payments (organization_id, paid_at DESC, id);

CREATE TABLE sessions (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL,
    customer_id         TEXT    NOT NULL REFERENCES customers (id),
    connection_id       TEXT    NOT NULL REFERENCES connections (id),
    purpose             TEXT    NOT NULL CHECK (purpose IN ('setup', 'payment')),
    payable_kind        TEXT,
    payable_id          TEXT,
    amount              INTEGER,
    currency            TEXT,
    progress            TEXT    NOT NULL CHECK (progress IN
                        ('starting', 'open', 'completed', 'expired', 'refused')),
    provider_session_id TEXT,
    url                 TEXT,
    created_at          INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    CHECK ((purpose = 'payment') = (payable_id IS NOT NULL)),
    CHECK ((purpose = 'payment') = (amount IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX sessions_one_open_per_debt
    ON sessions (payable_kind, payable_id)
    WHERE purpose = 'payment' AND progress IN ('starting', 'open');
CREATE INDEX sessions_to_expire ON sessions (expires_at) WHERE progress IN ('starting', 'open');
CREATE INDEX sessions_by_provider_id ON sessions (connection_id, provider_session_id);

CREATE TABLE events (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    customer_id     TEXT,
    invoice_id      TEXT,
    attempt_id      TEXT,
    session_id      TEXT,
    connection_id   TEXT,
    subscription_id TEXT,
    wallet_id       TEXT,
    wallet_transaction_id TEXT,
    payment_request_id TEXT,
    receipt_id      TEXT,
    code            TEXT,
    message         TEXT,
    due_at          INTEGER,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of_invoice ON events (invoice_id, id) WHERE invoice_id IS NOT NULL;

CREATE TABLE webhook_endpoints (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL REFERENCES organizations (id),
    url                 TEXT    NOT NULL,
    signature_algorithm TEXT    NOT NULL CHECK (signature_algorithm IN ('jwt', 'hmac')),
    name                TEXT,
    -- JSON list; NULL means all.
    event_types         TEXT,
    created_at          INTEGER NOT NULL,
    UNIQUE (organization_id, url)
) STRICT;

CREATE TABLE webhook_deliveries (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    event_id        TEXT    NOT NULL REFERENCES events (id),
    endpoint_id     TEXT    NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    state           TEXT    NOT NULL
                    CHECK (state IN ('pending', 'retrying', 'succeeded', 'failed')),
    tries_made      INTEGER NOT NULL,
    next_try_at     INTEGER,
    payload         TEXT,
    last_status     INTEGER,
    last_error      TEXT,
    created_at      INTEGER NOT NULL,
    CHECK ((state IN ('pending', 'retrying')) = (next_try_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_deliveries_due
    ON webhook_deliveries (next_try_at, id) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);

-- What providers told us, translated, waiting to be digested.
CREATE TABLE inbound_events (
    id                  TEXT    NOT NULL PRIMARY KEY,
    organization_id     TEXT    NOT NULL,
    connection_id       TEXT    NOT NULL REFERENCES connections (id),
    provider_event_id   TEXT    NOT NULL,
    occurred_at         INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    -- JSON: the event in our words. No card data.
    news                TEXT    NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN ('new', 'digested', 'failed')),
    tries_made          INTEGER NOT NULL,
    next_try_at         INTEGER,
    last_error          TEXT,
    received_at         INTEGER NOT NULL,
    UNIQUE (connection_id, provider_event_id),
    CHECK ((state = 'new') = (next_try_at IS NOT NULL))
) STRICT;
CREATE INDEX inbound_events_new
    ON inbound_events (next_try_at, id) WHERE next_try_at IS NOT NULL;

-- Work for one customer at their provider: make the account there, read their methods.
CREATE TABLE customer_syncs (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    task            TEXT    NOT NULL
                    CHECK (task IN ('create', 'update', 'find_methods', 'checkout_link')),
    tries_made      INTEGER NOT NULL,
    next_try_at     INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (customer_id, task)
) STRICT;
CREATE INDEX customer_syncs_due ON customer_syncs (next_try_at, id);

CREATE TABLE jobs (
    name            TEXT    NOT NULL PRIMARY KEY,
    last_began_at   INTEGER,
    last_ended_at   INTEGER,
    last_outcome    TEXT,
    runs            INTEGER NOT NULL DEFAULT 0
) STRICT;
