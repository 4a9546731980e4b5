-- Without a number of its own the row of a list stands where its digest puts it, so that the order within a day is not kept.
CREATE TABLE lists (
    row     BLOB NOT NULL PRIMARY KEY, -- a digest of the list's id
    made_on TEXT NOT NULL,             -- the day
    sealed  BLOB NOT NULL              -- every form of it, sealed as one
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x504c434d; -- "PLCM": no file of another program is taken for a ledger
PRAGMA user_version = 1;
