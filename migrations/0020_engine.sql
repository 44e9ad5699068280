-- What retries need: backup methods, outages of connections, attempts that are told ahead.

-- What else of a customer may be charged once the default method is spent: in its order, each with
-- the consent that was given to it.
CREATE TABLE backup_methods (
    customer_id         TEXT    NOT NULL REFERENCES customers (id),
    -- From 1.
    position            INTEGER NOT NULL CHECK (position > 0),
    payment_method_id   TEXT    NOT NULL REFERENCES payment_methods (id),
    -- Who gave the consent, when, and in which words.
    consent_by          TEXT    NOT NULL,
    consent_at          INTEGER NOT NULL,
    consent_words       TEXT    NOT NULL,
    PRIMARY KEY (customer_id, position),
    UNIQUE (customer_id, payment_method_id)
) STRICT, WITHOUT ROWID;

-- Which of them the debt has moved to. None: it is charged on the default method.
ALTER TABLE recoveries ADD COLUMN backup_method_id TEXT;

-- How connections answer lately. One without a row answers as it should.
CREATE TABLE connection_troubles (
    connection_id       TEXT    NOT NULL PRIMARY KEY REFERENCES connections (id),
    -- Technical failures less the other answers, never below none.
    level               INTEGER NOT NULL CHECK (level >= 0),
    -- While it is out: since when, and when one attempt goes through to see.
    out_since           INTEGER,
    next_probe_at       INTEGER,
    CHECK ((out_since IS NULL) = (next_probe_at IS NULL))
) STRICT, WITHOUT ROWID;

-- Steps of the ladder that were left out, because the business asked for it.
ALTER TABLE recoveries ADD COLUMN steps_skipped INTEGER NOT NULL DEFAULT 0;
-- The planned attempt that the business was told of ahead.
ALTER TABLE recoveries ADD COLUMN announced_for INTEGER;
CREATE INDEX recoveries_to_announce
    ON recoveries (next_attempt_at, id)
    WHERE state = 'waiting' AND paused = 0 AND reason = 'retry'
      AND announced_for IS NOT next_attempt_at;
