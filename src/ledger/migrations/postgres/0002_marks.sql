CREATE TABLE ledger_marks (
    sequence bigint PRIMARY KEY, -- of an event, possibly replaced since
    mark     bytea NOT NULL      -- random mark of that event
);
INSERT INTO ledger_versions (version) VALUES (2);
