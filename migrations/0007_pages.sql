-- Pages for payers.

-- What names a method that is made inactive.
CREATE INDEX invoices_by_method
    ON invoices (payment_method_id) WHERE payment_method_id IS NOT NULL;

-- Our own pages for payers, behind addresses that do not change. Each holds one random token: the
-- page is found by its hash; sealed, so that the same address can be told again.
CREATE TABLE payer_pages (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    customer_id     TEXT    NOT NULL REFERENCES customers (id),
    purpose         TEXT    NOT NULL CHECK (purpose IN ('payment', 'setup', 'portal')),
    invoice_id      TEXT    REFERENCES invoices (id),
    amount          INTEGER,
    currency        TEXT,
    -- The latest page at the provider, where a method is to be left.
    session_id      TEXT    REFERENCES sessions (id),
    token_hash      BLOB    NOT NULL UNIQUE,
    token           TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    -- Over before its time: what it asks for is not due any more.
    ended_at        INTEGER,
    CHECK ((purpose = 'payment') = (invoice_id IS NOT NULL)),
    CHECK ((purpose = 'payment') = (amount IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX payer_pages_one_per_invoice
    ON payer_pages (invoice_id) WHERE purpose = 'payment' AND ended_at IS NULL;

-- What is searched in, in small letters of every alphabet: SQLite itself knows the English ones.
ALTER TABLE customers ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE customers
   SET search_text = LOWER(COALESCE(name, '') || char(10) || COALESCE(firstname, '') || char(10)
                  || COALESCE(lastname, '') || char(10) || COALESCE(legal_name, '') || char(10)
                  || external_id || char(10) || COALESCE(email, ''));
ALTER TABLE invoices ADD COLUMN purchase_order_folded TEXT;
UPDATE invoices SET purchase_order_folded = LOWER(purchase_order_number);
CREATE INDEX invoices_by_purchase_order
    ON invoices (organization_id, purchase_order_folded, issuing_date DESC, created_at DESC, id)
 WHERE purchase_order_folded IS NOT NULL;
