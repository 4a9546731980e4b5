CREATE TABLE marks (
    sequence INTEGER PRIMARY KEY, -- of an event, possibly replaced since
    mark     BLOB NOT NULL        -- random mark of that event
) STRICT;
-- A trigger, so that events written by an older version are marked too.
CREATE TRIGGER told_is_marked AFTER INSERT ON told BEGIN
    INSERT OR REPLACE INTO marks VALUES (NEW.sequence, randomblob(16));
    DELETE FROM marks WHERE sequence <= NEW.sequence - 100000;
END;
PRAGMA user_version = 3;
