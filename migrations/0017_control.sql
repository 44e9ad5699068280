-- What persons decide about collecting: how far an instrument may go, and whose debts wait.

-- Our ceiling of declines may be exceeded on this instrument.
CREATE TABLE network_allowances (
    organization_id TEXT    NOT NULL,
    limit_key       TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    expires_at      INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    CHECK (expires_at > created_at)
) STRICT;
CREATE INDEX network_allowances_of_instrument ON network_allowances (limit_key, expires_at);

-- Attempts that may still be declined, by their instrument.
CREATE INDEX attempts_open_on_instrument
    ON attempts (limit_key)
    WHERE state IN ('charging', 'pending', 'needs_action', 'unknown');

-- Customers whose debts are not collected for now, the later ones included.
CREATE TABLE collection_pauses (
    customer_id     TEXT    NOT NULL PRIMARY KEY REFERENCES customers (id),
    reason          TEXT,
    paused_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
