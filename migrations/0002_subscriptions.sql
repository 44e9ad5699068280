-- Plans and subscriptions. Days are ISO 8601 dates of the customer's calendar.

CREATE TABLE plans (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    -- The plan that it is a variation of, made for one subscription.
    parent_id               TEXT REFERENCES plans (id),
    code                    TEXT    NOT NULL,
    name                    TEXT    NOT NULL,
    invoice_display_name    TEXT,
    description             TEXT,
    interval                TEXT    NOT NULL CHECK (interval IN
                            ('weekly', 'monthly', 'quarterly', 'semiannual', 'yearly')),
    amount                  INTEGER NOT NULL CHECK (amount >= 0),
    currency                TEXT    NOT NULL,
    pay_when                TEXT    NOT NULL CHECK (pay_when IN ('in_advance', 'in_arrears')),
    trial_days              INTEGER CHECK (trial_days >= 0),
    bill_charges_monthly    INTEGER CHECK (bill_charges_monthly IN (0, 1)),
    -- JSON list of pairs.
    metadata                TEXT,
    created_at              INTEGER NOT NULL,
    deleted_at              INTEGER
) STRICT;
CREATE UNIQUE INDEX plans_one_per_code
    ON plans (organization_id, code) WHERE deleted_at IS NULL AND parent_id IS NULL;
CREATE INDEX plans_newest
    ON plans (organization_id, created_at DESC, id)
    WHERE deleted_at IS NULL AND parent_id IS NULL;
CREATE INDEX plans_by_code ON plans (organization_id, code);
CREATE INDEX plans_by_currency ON plans (organization_id, currency);
CREATE INDEX plans_by_parent ON plans (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE plan_taxes (
    plan_id     TEXT    NOT NULL REFERENCES plans (id),
    tax_id      TEXT    NOT NULL REFERENCES taxes (id),
    position    INTEGER NOT NULL,
    PRIMARY KEY (plan_id, tax_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
    id                      TEXT    NOT NULL PRIMARY KEY,
    organization_id         TEXT    NOT NULL REFERENCES organizations (id),
    customer_id             TEXT    NOT NULL REFERENCES customers (id),
    plan_id                 TEXT    NOT NULL REFERENCES plans (id),
    external_id             TEXT    NOT NULL,
    name                    TEXT,
    billing_time            TEXT    NOT NULL CHECK (billing_time IN ('calendar', 'anniversary')),
    subscription_at         INTEGER NOT NULL,
    anchor                  TEXT    NOT NULL,
    ending_at               INTEGER,
    state                   TEXT    NOT NULL
                            CHECK (state IN ('pending', 'active', 'terminated', 'canceled')),
    starts_on               TEXT,
    started_at              INTEGER,
    trial_ends_on           TEXT,
    billed_until            TEXT,
    paid_ahead              INTEGER NOT NULL CHECK (paid_ahead >= 0),
    terminated_at           INTEGER,
    canceled_at             INTEGER,
    previous_id             TEXT REFERENCES subscriptions (id),
    method_choice           TEXT    NOT NULL
                            CHECK (method_choice IN ('default', 'specific', 'manual')),
    payment_method_id       TEXT REFERENCES payment_methods (id),
    consolidates            INTEGER NOT NULL CHECK (consolidates IN (0, 1)),
    purchase_order_number   TEXT,
    final_invoice           TEXT    NOT NULL CHECK (final_invoice IN ('generate', 'skip')),
    credit_note_wish        TEXT
                            CHECK (credit_note_wish IN ('credit', 'skip', 'refund', 'offset')),
    -- When the biller is to look at it next.
    due_at                  INTEGER,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    CHECK ((state = 'pending') = (starts_on IS NOT NULL)),
    CHECK ((state IN ('active', 'terminated')) = (started_at IS NOT NULL)),
    CHECK ((started_at IS NULL) = (billed_until IS NULL)),
    CHECK ((state = 'terminated') = (terminated_at IS NOT NULL)),
    CHECK ((state = 'canceled') = (canceled_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX subscriptions_one_active
    ON subscriptions (organization_id, external_id) WHERE state = 'active';
CREATE UNIQUE INDEX subscriptions_one_pending
    ON subscriptions (organization_id, external_id) WHERE state = 'pending';
CREATE INDEX subscriptions_by_external_id ON subscriptions (organization_id, external_id);
CREATE INDEX subscriptions_newest
    ON subscriptions (organization_id, subscription_at DESC, created_at DESC, id);
CREATE INDEX subscriptions_of_customer ON subscriptions (customer_id, state);
CREATE INDEX subscriptions_of_plan ON subscriptions (plan_id, state);
CREATE INDEX subscriptions_by_previous
    ON subscriptions (previous_id) WHERE previous_id IS NOT NULL;
CREATE INDEX subscriptions_by_method
    ON subscriptions (payment_method_id) WHERE payment_method_id IS NOT NULL;
CREATE INDEX subscriptions_due ON subscriptions (due_at, customer_id) WHERE due_at IS NOT NULL;
CREATE INDEX subscriptions_due_of_customer
    ON subscriptions (customer_id, due_at) WHERE due_at IS NOT NULL;

-- Which days of which subscription stand on which invoice.
CREATE TABLE billed_periods (
    invoice_id      TEXT    NOT NULL REFERENCES invoices (id),
    position        INTEGER NOT NULL,
    subscription_id TEXT    NOT NULL REFERENCES subscriptions (id),
    plan_id         TEXT    NOT NULL REFERENCES plans (id),
    pay_when        TEXT    NOT NULL CHECK (pay_when IN ('in_advance', 'in_arrears')),
    reason          TEXT    NOT NULL CHECK (reason IN ('subscription_starting',
                            'subscription_periodic', 'subscription_terminating')),
    from_on         TEXT    NOT NULL,
    to_on           TEXT    NOT NULL CHECK (to_on > from_on),
    -- The whole period, of which these days may be a part.
    period_from_on  TEXT    NOT NULL,
    period_to_on    TEXT    NOT NULL,
    from_at         INTEGER NOT NULL,
    to_at           INTEGER NOT NULL,
    -- What was paid ahead on another plan and is not asked for again.
    taken_off       INTEGER NOT NULL CHECK (taken_off >= 0),
    PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID;
-- However often the biller runs, these days are billed once.
CREATE UNIQUE INDEX billed_periods_once ON billed_periods (subscription_id, from_on, pay_when);
CREATE INDEX billed_periods_of_plan ON billed_periods (plan_id, invoice_id);

-- Invoices that are drafts, and when their time of grace is over.
CREATE TABLE invoice_drafts (
    invoice_id  TEXT    NOT NULL PRIMARY KEY REFERENCES invoices (id),
    customer_id TEXT    NOT NULL REFERENCES customers (id),
    finalize_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_drafts_due ON invoice_drafts (finalize_at, invoice_id);
CREATE INDEX invoice_drafts_of_customer ON invoice_drafts (customer_id, invoice_id);
