ALTER TABLE ledger_told ADD COLUMN hospital text; -- the hospital that a record belongs to; null for a record of none, and of an earlier version
ALTER TABLE ledger_told ADD COLUMN about text;    -- for an observation: the hospital and the provider
CREATE INDEX ledger_told_about ON ledger_told (about, sequence) WHERE about IS NOT NULL;
-- A write that a caller may repeat, so that it is recorded once.
CREATE TABLE ledger_repeats (
    key_hash     bytea NOT NULL PRIMARY KEY, -- hash of the hospital, the caller, the operation and the key
    request_hash bytea NOT NULL,             -- hash of the body
    ends_at      bigint NOT NULL,            -- Unix seconds
    sequences    text NOT NULL               -- the events that were recorded
);
CREATE INDEX ledger_repeats_ends_at ON ledger_repeats (ends_at);
INSERT INTO ledger_versions (version) VALUES (4);
