CREATE TABLE ledger_marks (
    sequence bigint PRIMARY KEY, -- a place, also of what has been replaced since
    mark     bytea NOT NULL      -- of the entry told there, by chance
);
INSERT INTO ledger_versions (version) VALUES (2);
