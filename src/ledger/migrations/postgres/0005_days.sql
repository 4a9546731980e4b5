-- The days on which a server with this ledger ran. Old referral requests are deleted by them, so that a clock that is wrong for some days deletes nothing.
CREATE TABLE ledger_days (
    day date NOT NULL PRIMARY KEY
);
INSERT INTO ledger_versions (version) VALUES (5);
