-- WITHOUT ROWID stores rows in the order of the digest, so that the order of questions is not kept.
CREATE TABLE pages (
    row     BLOB NOT NULL PRIMARY KEY, -- digest of the token and its owner
    ends_at INTEGER NOT NULL,          -- Unix seconds
    sealed  BLOB NOT NULL              -- the question, encrypted
) STRICT, WITHOUT ROWID;
CREATE INDEX pages_ends_at ON pages (ends_at);
PRAGMA user_version = 4;
