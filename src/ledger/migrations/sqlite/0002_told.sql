-- AUTOINCREMENT, so that a number is never given twice, not even that of a row that is gone.
CREATE TABLE told (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    subject  TEXT,    -- the provider or key this is the newest of; none of an outcome
    asked_on TEXT,    -- of an outcome, the day
    ends_at  INTEGER, -- of a session, the second of the Unix clock
    body     TEXT NOT NULL,
    UNIQUE (kind, subject)
) STRICT;
CREATE INDEX told_asked_on ON told (asked_on) WHERE asked_on IS NOT NULL;
CREATE INDEX told_ends_at ON told (ends_at) WHERE ends_at IS NOT NULL;
PRAGMA user_version = 2;
