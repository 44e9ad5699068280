-- What pages for people walk. Each index holds only what one tab of the invoices shows, newest
-- first, so that a page costs the same however many others there are.
CREATE INDEX invoices_outstanding
    ON invoices (organization_id, issuing_date DESC, created_at DESC, id)
    WHERE status = 'finalized' AND payment_status <> 'succeeded';
CREATE INDEX invoices_overdue_newest
    ON invoices (organization_id, issuing_date DESC, created_at DESC, id)
    WHERE payment_overdue = 1;
CREATE INDEX invoices_drafts_newest
    ON invoices (organization_id, issuing_date DESC, created_at DESC, id)
    WHERE status = 'draft';
CREATE INDEX invoices_voided_newest
    ON invoices (organization_id, issuing_date DESC, created_at DESC, id)
    WHERE status = 'voided';
CREATE INDEX invoices_disputed
    ON invoices (organization_id, issuing_date DESC, created_at DESC, id)
    WHERE dispute_lost_at IS NOT NULL;
CREATE INDEX invoices_by_number ON invoices (organization_id, number);

-- Debts that rest until somebody acts, by what they wait for.
CREATE INDEX recoveries_idle ON recoveries (organization_id, reason) WHERE state = 'idle';

-- What plugins asked providers, and how that ended: the newest, as many as the settings say. Secrets
-- are masked, and bodies are not kept: they hold personal data.
CREATE TABLE exchanges (
    id              INTEGER NOT NULL PRIMARY KEY,
    connection_id   TEXT    NOT NULL,
    -- Ours: of the attempt, where the exchange belongs to one.
    reference       TEXT,
    function        TEXT    NOT NULL,
    plugin          TEXT    NOT NULL,
    method          TEXT    NOT NULL,
    url             TEXT    NOT NULL,
    -- JSON: pairs of name and value.
    headers         TEXT    NOT NULL,
    request_bytes   INTEGER NOT NULL,
    ending          TEXT    NOT NULL
                    CHECK (ending IN ('answered', 'denied', 'not_sent', 'maybe_sent')),
    status          INTEGER,
    answer_bytes    INTEGER,
    reason          TEXT,
    duration_ms     INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    CHECK ((ending = 'answered') = (status IS NOT NULL))
) STRICT;
CREATE INDEX exchanges_of_attempt ON exchanges (reference, id) WHERE reference IS NOT NULL;
CREATE INDEX exchanges_of_connection ON exchanges (connection_id, id);
