-- The days on which a server with this ledger ran. Old referral requests are deleted by them, so that a clock that is wrong for some days deletes nothing.
CREATE TABLE days (
    day TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 6;
