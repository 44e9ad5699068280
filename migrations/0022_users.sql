-- People who use the dashboard: who they are, how they get in, and where they are signed in.

CREATE TABLE users (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    -- In small letters: nobody has to remember how it was written.
    email           TEXT    NOT NULL,
    role            TEXT    NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    -- Argon2id, with its parameters and salt. NULL: they have not chosen a password yet.
    password_hash   TEXT,
    created_at      INTEGER NOT NULL,
    disabled_at     INTEGER,
    last_sign_in_at INTEGER
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (organization_id, email);

-- Links that let somebody choose a password, once. Only a hash of what stands in them is kept.
CREATE TABLE user_links (
    token_hash      BLOB    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    -- NULL: whoever opens it becomes an administrator.
    user_id         TEXT    REFERENCES users (id),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    CHECK (expires_at > created_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_links_of_user ON user_links (organization_id, user_id);
CREATE INDEX user_links_by_end ON user_links (expires_at);

-- One for each browser in which somebody is signed in.
CREATE TABLE sign_ins (
    id              TEXT    NOT NULL PRIMARY KEY,
    user_id         TEXT    NOT NULL REFERENCES users (id),
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    token_hash      BLOB    NOT NULL,
    -- What the browser calls itself.
    agent           TEXT,
    created_at      INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    -- However often it is used.
    expires_at      INTEGER NOT NULL,
    CHECK (expires_at > created_at)
) STRICT;
CREATE UNIQUE INDEX sign_ins_by_token ON sign_ins (token_hash);
CREATE INDEX sign_ins_of_user ON sign_ins (user_id, id);
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);
