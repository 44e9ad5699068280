-- Policies: when an attempt that was declined is made again.

-- A version is never changed: what is different is a new one.
CREATE TABLE policy_versions (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    code            TEXT    NOT NULL,
    -- 1, 2, 3 … of one code.
    number          INTEGER NOT NULL CHECK (number > 0),
    -- As the person wrote it, in TOML.
    source          TEXT    NOT NULL,
    -- What was read from it, with the days of its holiday files: JSON.
    document        TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (organization_id, code, number)
) STRICT;

-- Whom a policy is for. The latest version counts when the collecting of a debt begins.
CREATE TABLE policy_assignments (
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    scope           TEXT    NOT NULL
                    CHECK (scope IN ('organization', 'provider', 'plan', 'customer')),
    -- The id of the connection, plan or customer; empty for the organization.
    target          TEXT    NOT NULL,
    code            TEXT    NOT NULL,
    assigned_at     INTEGER NOT NULL,
    PRIMARY KEY (organization_id, scope, target)
) STRICT, WITHOUT ROWID;

-- None: the built-in policy.
ALTER TABLE recoveries ADD COLUMN policy_version_id TEXT REFERENCES policy_versions (id);
CREATE INDEX recoveries_of_policy
    ON recoveries (policy_version_id, id) WHERE policy_version_id IS NOT NULL;
CREATE INDEX recoveries_newest ON recoveries (organization_id, id DESC);

-- What was decided after the attempt, and why: JSON.
ALTER TABLE attempts ADD COLUMN decision TEXT;

-- Codes of providers that no table of theirs knows, for operators to map.
CREATE TABLE unmapped_declines (
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    provider        TEXT    NOT NULL,
    code            TEXT    NOT NULL,
    currency        TEXT    NOT NULL,
    declines        INTEGER NOT NULL,
    amount          INTEGER NOT NULL,
    -- The provider's own sentence, the latest.
    message         TEXT    NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, provider, code, currency)
) STRICT, WITHOUT ROWID;
