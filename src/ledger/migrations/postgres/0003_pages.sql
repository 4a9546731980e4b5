-- Unlogged: a page lasts fifteen minutes, and may be lost when the database stops.
CREATE UNLOGGED TABLE ledger_pages (
    digest  bytea  NOT NULL PRIMARY KEY, -- digest of the token and its owner
    ends_at bigint NOT NULL,             -- Unix seconds
    sealed  bytea  NOT NULL              -- the question, encrypted
);
ALTER TABLE ledger_pages ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX ledger_pages_ends_at ON ledger_pages (ends_at);
INSERT INTO ledger_versions (version) VALUES (3);
