-- Coming back from a backup.

-- How often something that may take money was handed to a provider. The same stands in a file
-- beside the database, which no restored database replaces.
CREATE TABLE sending (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    -- One unbroken history. NULL until it stands in the file too.
    generation      TEXT,
    sends           INTEGER NOT NULL CHECK (sends >= 0),
    -- While it is held nothing is charged.
    held_since      INTEGER,
    held_because    TEXT,
    -- How many sends the file knows of and this database does not, where that can be told.
    unknown_sends   INTEGER CHECK (unknown_sends > 0),
    CHECK ((held_since IS NULL) = (held_because IS NULL))
) STRICT;
INSERT INTO sending (id, sends) VALUES (1, 0);

-- Debts whose provider could not be asked after a restore: a person decides. Their recoveries are
-- paused.
CREATE TABLE held_debts (
    recovery_id     TEXT    NOT NULL PRIMARY KEY REFERENCES recoveries (id),
    organization_id TEXT    NOT NULL,
    because         TEXT    NOT NULL,
    held_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX held_debts_of_organization ON held_debts (organization_id, recovery_id);
