-- WITHOUT ROWID stores rows in the order of the digest, so that the order of lists within a day is not kept.
CREATE TABLE lists (
    row     BLOB NOT NULL PRIMARY KEY, -- digest of the list id
    made_on TEXT NOT NULL,             -- the day
    sealed  BLOB NOT NULL              -- all renditions, encrypted together
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x504c434d; -- "PLCM", marks the file as a ledger
PRAGMA user_version = 1;
