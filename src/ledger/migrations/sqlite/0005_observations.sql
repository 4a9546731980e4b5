ALTER TABLE told ADD COLUMN hospital TEXT; -- the hospital that a record belongs to; null for a record of none, and of an earlier version
ALTER TABLE told ADD COLUMN about TEXT;    -- for an observation: the hospital and the provider
CREATE INDEX told_about ON told (about, sequence) WHERE about IS NOT NULL;
-- A write that a caller may repeat, so that it is recorded once.
CREATE TABLE repeats (
    key_hash     BLOB NOT NULL PRIMARY KEY, -- hash of the hospital, the caller, the operation and the key
    request_hash BLOB NOT NULL,             -- hash of the body
    ends_at      INTEGER NOT NULL,          -- Unix seconds
    sequences    TEXT NOT NULL              -- the events that were recorded
) STRICT, WITHOUT ROWID;
CREATE INDEX repeats_ends_at ON repeats (ends_at);
PRAGMA user_version = 5;
