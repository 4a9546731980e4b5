CREATE TABLE ledger_versions (version bigint PRIMARY KEY, since timestamptz NOT NULL DEFAULT now());
CREATE TABLE ledger_lists (
    digest  bytea NOT NULL PRIMARY KEY, -- digest of the list id
    made_on date  NOT NULL,
    sealed  bytea NOT NULL              -- all renditions, encrypted together
);
-- Encrypted data cannot be compressed, so compression is off.
ALTER TABLE ledger_lists ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TABLE ledger_told (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL,
    subject  text,   -- provider or key whose newest event this is; null for an outcome
    asked_on date,   -- for an outcome: the day
    ends_at  bigint, -- for a session: Unix seconds
    body     text NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX ledger_told_asked_on ON ledger_told (asked_on) WHERE asked_on IS NOT NULL;
CREATE INDEX ledger_told_ends_at ON ledger_told (ends_at) WHERE ends_at IS NOT NULL;
INSERT INTO ledger_versions (version) VALUES (1);
