-- Plugins that were installed from files. The components themselves are files in the data
-- directory; what is used is what has the hash that stands here.
CREATE TABLE plugins (
    name            TEXT    NOT NULL PRIMARY KEY,
    sha256          TEXT    NOT NULL,
    before_sha256   TEXT,
    is_enabled      INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    changed_at      INTEGER NOT NULL,
    CHECK (before_sha256 IS NULL OR before_sha256 <> sha256)
) STRICT, WITHOUT ROWID;

-- What was approved of each version that is kept: lists are JSON, a limit that is NULL is the
-- configured one.
CREATE TABLE plugin_versions (
    plugin          TEXT    NOT NULL REFERENCES plugins (name),
    sha256          TEXT    NOT NULL CHECK (LENGTH(sha256) = 64),
    version         TEXT    NOT NULL,
    interface       TEXT    NOT NULL,
    hosts           TEXT    NOT NULL,
    settings        TEXT    NOT NULL,
    secrets         TEXT    NOT NULL,
    abilities       TEXT    NOT NULL,
    memory_mib_max  INTEGER CHECK (memory_mib_max > 0),
    call_timeout_s  INTEGER CHECK (call_timeout_s > 0),
    approved_at     INTEGER NOT NULL,
    PRIMARY KEY (plugin, sha256)
) STRICT, WITHOUT ROWID;
