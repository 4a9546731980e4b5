CREATE TABLE marks (
    sequence INTEGER PRIMARY KEY, -- a place, also of what has been replaced since
    mark     BLOB NOT NULL        -- of the entry told there, by chance
) STRICT;
-- A trigger, so that what a version before this one tells is marked too.
CREATE TRIGGER told_is_marked AFTER INSERT ON told BEGIN
    INSERT OR REPLACE INTO marks VALUES (NEW.sequence, randomblob(16));
    DELETE FROM marks WHERE sequence <= NEW.sequence - 100000;
END;
PRAGMA user_version = 3;
