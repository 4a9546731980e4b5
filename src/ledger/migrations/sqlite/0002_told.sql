-- AUTOINCREMENT, so that no number is reused, not even that of a deleted row.
CREATE TABLE told (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    subject  TEXT,    -- provider or key whose newest event this is; null for an outcome
    asked_on TEXT,    -- for an outcome: the day
    ends_at  INTEGER, -- for a session: Unix seconds
    body     TEXT NOT NULL,
    UNIQUE (kind, subject)
) STRICT;
CREATE INDEX told_asked_on ON told (asked_on) WHERE asked_on IS NOT NULL;
CREATE INDEX told_ends_at ON told (ends_at) WHERE ends_at IS NOT NULL;
PRAGMA user_version = 2;
