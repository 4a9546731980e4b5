CREATE TABLE ledger_versions (version bigint PRIMARY KEY, since timestamptz NOT NULL DEFAULT now());
CREATE TABLE ledger_lists (
    digest  bytea NOT NULL PRIMARY KEY, -- a digest of the list's id
    made_on date  NOT NULL,
    sealed  bytea NOT NULL              -- every form of it, sealed as one
);
-- What is sealed cannot be packed any further, so it is not tried.
ALTER TABLE ledger_lists ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TABLE ledger_told (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL,
    subject  text,   -- the provider or key this is the newest of; none of an outcome
    asked_on date,   -- of an outcome
    ends_at  bigint, -- of a session, the second of the Unix clock
    body     text NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX ledger_told_asked_on ON ledger_told (asked_on) WHERE asked_on IS NOT NULL;
CREATE INDEX ledger_told_ends_at ON ledger_told (ends_at) WHERE ends_at IS NOT NULL;
INSERT INTO ledger_versions (version) VALUES (1);
