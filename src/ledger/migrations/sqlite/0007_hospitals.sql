ALTER TABLE lists ADD COLUMN hospital TEXT;   -- the hospital that made the list; null for a list of an earlier version
ALTER TABLE repeats ADD COLUMN hospital TEXT; -- the hospital whose request it was; null for one without
PRAGMA user_version = 7;
