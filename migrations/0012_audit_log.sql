-- Who changed what, and why. One row for each changing action of a person or a program.
CREATE TABLE audit_log (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL,
    -- `anyone`: the server asks for no keys. `provider`: a webhook set right what a person said.
    actor_kind      TEXT    NOT NULL CHECK (actor_kind IN
                    ('api_key', 'command_line', 'user', 'provider', 'anyone')),
    -- The key or the user; NULL for the others.
    actor_id        TEXT,
    action          TEXT    NOT NULL,
    subject_kind    TEXT    NOT NULL,
    subject_id      TEXT    NOT NULL,
    reason          TEXT,
    -- JSON: what changed, as it was and as it is. No secrets.
    was             TEXT,
    became          TEXT,
    at              INTEGER NOT NULL,
    CHECK ((actor_kind IN ('api_key', 'user')) = (actor_id IS NOT NULL))
) STRICT;
CREATE INDEX audit_log_newest ON audit_log (organization_id, id);
CREATE INDEX audit_log_of_subject ON audit_log (organization_id, subject_kind, subject_id, id);
CREATE INDEX audit_log_by_action ON audit_log (organization_id, action, id);
CREATE INDEX audit_log_by_actor ON audit_log (organization_id, actor_id, id);

-- A guard, as on the ledger: what was done stays on record.
CREATE TRIGGER audit_log_never_changes BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_never_goes BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
