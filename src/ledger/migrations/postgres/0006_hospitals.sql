ALTER TABLE ledger_lists ADD COLUMN hospital text;   -- the hospital that made the list; null for a list of an earlier version
ALTER TABLE ledger_repeats ADD COLUMN hospital text; -- the hospital whose request it was; null for one without
-- Row-level security: a transaction names its hospital in placement.hospital and reaches the rows of that hospital, and those of none.
-- '*' reads and deletes the rows of all, for the reader of the whole ledger and for deleting by age; it writes none. Servers of this version
-- always set it, '' for no hospital. Where it was never set the server is of an earlier version, which runs beside this one during an upgrade.
-- FORCE, because the role of the program usually owns the tables. A superuser and a role with BYPASSRLS pass all the same.
ALTER TABLE ledger_told ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_told FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_told_own ON ledger_told USING (
    hospital IS NULL OR current_setting('placement.hospital', true) IS NULL OR hospital = current_setting('placement.hospital', true));
CREATE POLICY ledger_told_read ON ledger_told FOR SELECT USING (current_setting('placement.hospital', true) = '*');
CREATE POLICY ledger_told_forget ON ledger_told FOR DELETE USING (current_setting('placement.hospital', true) = '*');
ALTER TABLE ledger_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_lists_own ON ledger_lists USING (
    hospital IS NULL OR current_setting('placement.hospital', true) IS NULL OR hospital = current_setting('placement.hospital', true));
CREATE POLICY ledger_lists_read ON ledger_lists FOR SELECT USING (current_setting('placement.hospital', true) = '*');
CREATE POLICY ledger_lists_forget ON ledger_lists FOR DELETE USING (current_setting('placement.hospital', true) = '*');
ALTER TABLE ledger_repeats ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_repeats FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_repeats_own ON ledger_repeats USING (
    hospital IS NULL OR current_setting('placement.hospital', true) IS NULL OR hospital = current_setting('placement.hospital', true));
INSERT INTO ledger_versions (version) VALUES (6);
